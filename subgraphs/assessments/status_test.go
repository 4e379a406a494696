package assessments

import (
	"strings"
	"testing"
)

// TestFollow lists assessments, oldest first, each as day, overall level (none:
// not all tested) and the status that the school has set, if it has.
func TestFollow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, assessments, want string }{
		{"a learner", "2020-03-01 2.0, 2021-03-01 3.5", "ELL ELL"},
		{"a learner leaves", "2020-03-01 2.0, 2021-03-01 5.0", "ELL MONITORED"},
		{"just below", "2020-03-01 2.0, 2021-03-01 4.9", "ELL ELL"},
		{"watched for four years", "2020-03-01 2.0, 2021-03-01 5.0, 2025-02-28 5.5, 2025-03-01 5.5, 2026-03-01 6.0", "ELL MONITORED MONITORED FORMER FORMER"},
		{"falls back while watched", "2020-03-01 2.0, 2021-03-01 5.0, 2022-03-01 4.0, 2023-03-01 5.0, 2026-03-01 5.0", "ELL MONITORED ELL MONITORED MONITORED"},
		{"never a learner", "2020-03-01 5.2, 2021-03-01 5.5", "INITIALLY_FLUENT INITIALLY_FLUENT"},
		{"fluent, and then not", "2020-03-01 5.2, 2021-03-01 3.0", "INITIALLY_FLUENT ELL"},
		{"not all tested in the beginning", "2020-03-01 none, 2021-03-01 5.0", "ELL MONITORED"},
		{"not all tested later", "2020-03-01 2.0, 2021-03-01 5.0, 2030-03-01 none", "ELL MONITORED MONITORED"},
		{"the school decides", "2020-03-01 2.0, 2021-03-01 4.6=MONITORED, 2022-03-01 5.0", "ELL MONITORED MONITORED"},
		{"the school decides, and then the levels", "2020-03-01 5.5=ELL, 2021-03-01 5.5", "ELL MONITORED"},
		{"watched since the school said so", "2020-03-01 none=MONITORED, 2024-03-01 5.0", "MONITORED FORMER"},
		{"none", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var oldest []*Assessment
			for _, text := range strings.Split(c.assessments, ", ") {
				if text != "" {
					oldest = append(oldest, read(t, text))
				}
			}
			follow(exitLevel, oldest)
			var got []string
			for _, a := range oldest {
				got = append(got, string(a.EllStatus))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%v, want %s", got, c.want)
			}
		})
	}
}

func read(t *testing.T, text string) *Assessment {
	t.Helper()
	day, rest, _ := strings.Cut(text, " ")
	level, set, isSet := strings.Cut(rest, "=")
	a := &Assessment{TestDate: day}
	if isSet {
		status := EllStatus(set)
		a.StatusSet = &status
	}
	if level != "none" {
		tenths := Level(10*(level[0]-'0') + level[2] - '0')
		a.Scores = Scores{&tenths, &tenths, &tenths, &tenths}
	}
	return a
}

func TestReadExitLevel(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Level{"": 50, "4.5": 45, "5": 50} {
		if got, err := readExitLevel(func(string) string { return text }); got != want || err != nil {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"five", "0", "6.1", "4.55"} {
		_, err := readExitLevel(func(string) string { return text })
		if want := `HEDDLE_ELL_EXIT_LEVEL is an overall level such as 4.5; it is "` + text + `"`; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
