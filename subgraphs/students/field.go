package students

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/scalar"
)

// Fields are values for a record, as texts, by the names of its fields. An
// empty text empties a field; one that is not given is left as it is.
type Fields map[string]string

// field is one field of a record, in the words of the schema: what it may be,
// and who sees it.
type field struct {
	name     string
	of       func(*Record) *string
	read     func(name, text string) (kept string, err error) // checks a text that is not empty
	show     func(kept string) string                         // nil: as it is kept
	needed   bool                                             // may not be empty
	personal bool                                             // for the student's teacher and administrators alone
}

// fields are all fields that can be set, in the order of a CSV file's columns.
var fields = []field{
	{name: "studentId", of: func(r *Record) *string { return &r.StudentID }, read: text(50), needed: true},
	{name: "fullName", of: func(r *Record) *string { return &r.FullName }, read: fullName, needed: true},
	{name: "gender", of: func(r *Record) *string { return &r.Gender }, read: oneOf(AllGender)},
	{name: "gradeLevel", of: func(r *Record) *string { return &r.Grade }, read: readGrade, show: showGrade},
	{name: "nativeLanguage", of: func(r *Record) *string { return &r.NativeLanguage }, read: languageTag},
	{name: "race", of: func(r *Record) *string { return &r.Race }, read: oneOf(AllRace), personal: true},
	{name: "dateOfBirth", of: func(r *Record) *string { return &r.DateOfBirth }, read: day, personal: true},
	{name: "cityOfBirth", of: func(r *Record) *string { return &r.CityOfBirth }, read: text(200), personal: true},
	{name: "countryOfBirth", of: func(r *Record) *string { return &r.CountryOfBirth }, read: country, personal: true},
	{name: "teacherId", of: func(r *Record) *string { return &r.TeacherID }, read: id},
	{name: "photoId", of: func(r *Record) *string { return &r.PhotoID }, read: id},
}

// fieldNamed is the field with the name, nil if there is none.
func fieldNamed(name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

func (f field) shown(kept string) string {
	if f.show == nil || kept == "" {
		return kept
	}
	return f.show(kept)
}

// check gives the form in which a text is kept as the field's value.
func (f field) check(given string) (string, error) {
	given = strings.TrimSpace(norm.NFC.String(given))
	if given == "" && f.needed {
		return "", fault.Field(f.name, "A student has a %s; it may not be empty.", f.name)
	}
	if given == "" {
		return "", nil
	}
	return f.read(f.name, given)
}

// set puts the values into the record; all needed fields must be there if it is new.
func (r *Record) set(given Fields, isNew bool, now time.Time) error {
	for _, f := range fields {
		value, there := given[f.name]
		if !there && (!isNew || !f.needed) {
			continue
		}
		kept, err := f.check(value)
		if err != nil {
			return err
		}
		*f.of(r) = kept
	}
	if today := now.Format(time.DateOnly); r.DateOfBirth > today {
		return fault.Field("dateOfBirth", "A student is born by now; this one would be on %s.", r.DateOfBirth)
	}
	return nil
}

// text is a line of text with a limit, in characters.
func text(limit int) func(name, text string) (string, error) {
	return func(name, text string) (string, error) {
		if n := utf8.RuneCountInString(text); n > limit {
			return "", fault.Field(name, "%s has at most %d characters; this one has %d.", name, limit, n)
		}
		if !page.Text(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return "", fault.Field(name, "%s is text without control characters.", name)
		}
		return text, nil
	}
}

// nameLimit is the length of a name, in characters.
const nameLimit = 200

func fullName(name, given string) (string, error) {
	given, err := text(nameLimit)(name, strings.Join(strings.Fields(given), " "))
	if err == nil && !strings.ContainsFunc(given, unicode.IsLetter) {
		err = fault.Field(name, "A name has letters; %q has none.", given)
	}
	return given, err
}

// oneOf is a value of an enumeration, whatever its case.
func oneOf[E ~string](all []E) func(name, text string) (string, error) {
	return func(name, text string) (string, error) {
		upper := strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(text))
		if i := slices.Index(all, E(upper)); i >= 0 {
			return upper, nil
		}
		return "", fault.Field(name, "%q is not a %s. Give one of %s.", text, name, list(all))
	}
}

func list[E ~string](all []E) string {
	words := make([]string, len(all))
	for i, e := range all {
		words[i] = string(e)
	}
	return strings.Join(words, ", ")
}

func id(name, text string) (string, error) {
	id, err := scalar.UnmarshalID(text)
	if err != nil {
		return "", fault.Field(name, "%q is not an id.", text)
	}
	return id, nil
}

// earliest is the first day that anybody's birth is taken for.
const earliest = "1900-01-01"

func day(name, text string) (string, error) {
	day, err := scalar.UnmarshalDate(text)
	if err != nil {
		return "", fault.Field(name, "%s", err.Error())
	}
	if day < earliest {
		return "", fault.Field(name, "A student is not born before %s; this one would be on %s.", earliest, day)
	}
	return day, nil
}

func languageTag(name, text string) (string, error) {
	tag, err := language.Parse(text)
	if base, _ := tag.Base(); err != nil || tag == language.Und || base.String() == "und" {
		return "", fault.Field(name, "%q is not a language tag such as es or zh-Hant (BCP 47).", text)
	}
	return tag.String(), nil
}

func country(name, text string) (string, error) {
	region, err := language.ParseRegion(text)
	if err != nil || !region.IsCountry() || len(text) != 2 {
		return "", fault.Field(name, "%q is not a country's code such as MX (ISO 3166-1, alpha-2).", text)
	}
	return strings.ToUpper(text), nil
}
