package students

import (
	"fmt"
	"slices"
	"strings"

	"heddle/internal/fault"
)

// A grade is kept as its place in the enumeration, in two digits, so that
// grades stand in their order in every store.

// gradeOf is how a grade is kept.
func gradeOf(level GradeLevel) string { return fmt.Sprintf("%02d", slices.Index(AllGradeLevel, level)) }

// showGrade is the grade that is kept so.
func showGrade(kept string) string {
	for _, level := range AllGradeLevel {
		if gradeOf(level) == kept {
			return string(level)
		}
	}
	return ""
}

// readGrade reads GRADE_5 and, as schools write them, 5, K and PK.
func readGrade(name, text string) (string, error) {
	upper := strings.ToUpper(strings.ReplaceAll(text, " ", "_"))
	switch upper {
	case "PK":
		upper = string(GradeLevelPrekindergarten)
	case "K":
		upper = string(GradeLevelKindergarten)
	}
	for _, level := range []GradeLevel{GradeLevel(upper), GradeLevel("GRADE_" + strings.TrimPrefix(upper, "0"))} {
		if level.IsValid() {
			return gradeOf(level), nil
		}
	}
	return "", fault.Field(name, "%q is not a grade. Give one of %s.", text, list(AllGradeLevel))
}
