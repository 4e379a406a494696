package assessments

import (
	"fmt"
	"strconv"
	"time"
)

// monitoredYears is how long a student who has left the programme is watched: the
// four years for which schools in the United States report on former English
// learners (20 U.S.C. 6841(a)(5)).
const monitoredYears = 4

// exitLevel is the overall level at which a student leaves the programme unless
// HEDDLE_ELL_EXIT_LEVEL says otherwise: WIDA leaves it to each state, and 5.0 is
// where its level "Bridging" begins.
const exitLevel Level = 50

// readExitLevel reads the setting.
func readExitLevel(getenv func(string) string) (Level, error) {
	text := getenv("HEDDLE_ELL_EXIT_LEVEL")
	if text == "" {
		return exitLevel, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err == nil {
		var level Level
		if level, err = NewLevel("", value); err == nil {
			return level, nil
		}
	}
	return 0, fmt.Errorf(`HEDDLE_ELL_EXIT_LEVEL is an overall level such as 4.5; it is %q`, text)
}

// follow says with which status each assessment left the student; the oldest
// comes first. Where the school has set a status, it is that. Otherwise it
// follows from the overall level and the status before:
//
//   - below the exit level the student is an English language learner (ELL);
//   - at it or above, a first assessment says INITIALLY_FLUENT, which stays; a
//     learner becomes MONITORED, and four years later FORMER;
//   - without an overall level the status stays, ELL in the beginning.
func follow(exit Level, oldest []*Assessment) {
	status, left := EllStatus(""), ""
	for _, a := range oldest {
		next := status
		switch level := a.Scores.Overall(); {
		case a.StatusSet != nil:
			next = *a.StatusSet
		case level == nil && status == "", level != nil && *level < exit:
			next = EllStatusEll
		case level != nil && status == "":
			next = EllStatusInitiallyFluent
		case level != nil && status == EllStatusEll:
			next = EllStatusMonitored
		case level != nil && status == EllStatusMonitored && a.TestDate >= yearsAfter(left, monitoredYears):
			next = EllStatusFormer
		}
		if next == EllStatusMonitored && status != EllStatusMonitored {
			left = a.TestDate
		}
		status, a.EllStatus = next, next
	}
}

// yearsAfter is the same day so many years later.
func yearsAfter(day string, years int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day // days were checked when they came in
	}
	return t.AddDate(years, 0, 0).Format(time.DateOnly)
}
