package scalar_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"heddle/internal/fault"
	"heddle/internal/scalar"
)

func TestUnmarshalID(t *testing.T) {
	t.Parallel()
	const id = "0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d"
	for _, c := range []struct {
		name    string
		v       any
		want    string
		refused string
	}{
		{"a UUID", id, id, ""},
		{"in capitals", strings.ToUpper(id), id, ""},
		{"a number", json.Number("42"), "", "An ID is a string; it was 42."},
		{"nothing", nil, "", "An ID is a string; it was <nil>."},
		{"a word", "42", "", `"42" is not an id.`},
		{"empty", "", "", `"" is not an id.`},
		{"a URN", "urn:uuid:" + id, "", `"urn:uuid:` + id + `" is not an id.`},
		{"in braces", "{" + id + "}", "", `"{` + id + `}" is not an id.`},
		{"without dashes", strings.ReplaceAll(id, "-", ""), "", `"` + strings.ReplaceAll(id, "-", "") + `" is not an id.`},
		{"with a bad digit", "g" + id[1:], "", `"g` + id[1:] + `" is not an id.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := scalar.UnmarshalID(c.v)
			check(t, got, c.want, err, c.refused)
		})
	}
}

func TestUnmarshalDateTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		v       any
		want    time.Time
		refused string
	}{
		{"in UTC", "2026-11-22T12:00:00Z", noon, ""},
		{"in another zone", "2026-11-22T13:00:00+01:00", noon, ""},
		{"with a fraction", "2026-11-22T12:00:00.5Z", noon.Add(time.Second / 2), ""},
		{"a date", "2026-11-22", time.Time{}, `"2026-11-22" is not a DateTime such as "2026-11-22T09:30:00Z".`},
		{"no such day", "2026-02-30T12:00:00Z", time.Time{}, `"2026-02-30T12:00:00Z" is not a DateTime such as "2026-11-22T09:30:00Z".`},
		{"a number", 5, time.Time{}, "A DateTime is a string; it was 5."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := scalar.UnmarshalDateTime(c.v)
			check(t, got, c.want, err, c.refused)
		})
	}
}

func check[T comparable](t *testing.T, got, want T, err error, refused string) {
	t.Helper()
	if refused == "" {
		if err != nil || got != want {
			t.Errorf("value %v (%v), want %v", got, err, want)
		}
		return
	}
	if fault.CodeOf(err) != fault.BadInput || err.Error() != refused {
		t.Errorf("error %v, want BAD_USER_INPUT %q", err, refused)
	}
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	scalar.MarshalID("a\"b").MarshalGQL(&out)
	scalar.MarshalDateTime(time.Date(2026, 11, 22, 13, 0, 0, 123456789, time.FixedZone("", 3600))).MarshalGQL(&out)
	if want := `"a\"b""2026-11-22T12:00:00.123456Z"`; out.String() != want {
		t.Errorf("written %s, want %s", out.String(), want)
	}
}

func TestUnmarshalDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value any
		want  string
		err   string
	}{
		{"a day", "2015-09-01", "2015-09-01", ""},
		{"a leap day", "2016-02-29", "2016-02-29", ""},
		{"no leap day", "2015-02-29", "", `"2015-02-29" is not a Date such as "2015-09-01".`},
		{"a time", "2015-09-01T00:00:00Z", "", `"2015-09-01T00:00:00Z" is not a Date such as "2015-09-01".`},
		{"another order", "01/09/2015", "", `"01/09/2015" is not a Date such as "2015-09-01".`},
		{"year 0", "0000-01-01", "", `"0000-01-01" is not a Date such as "2015-09-01".`},
		{"nothing", "", "", `"" is not a Date such as "2015-09-01".`},
		{"a number", 20150901, "", `A Date is a string; it was 20150901.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := scalar.UnmarshalDate(c.value)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("UnmarshalDate(%v) = %q, %v; want %q, %s", c.value, got, err, c.want, c.err)
			}
		})
	}
}
