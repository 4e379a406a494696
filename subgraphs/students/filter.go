package students

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/fault"
	"heddle/internal/fold"
	"heddle/internal/page"
)

// StudentFilter are students for whom all of it holds.
type StudentFilter struct {
	SchoolID       *string
	TeacherID      graphql.Omittable[*string] // null: nobody teaches them
	StudentID      *string
	Gender         *Gender
	GradeLevel     *GradeLevel
	GradeLevels    []GradeLevel
	NativeLanguage *string
	Race           *Race
	BornFrom       *string
	BornTo         *string
	CityOfBirth    *string
	CountryOfBirth *string
	Text           *string
}

// Selection is a checked filter, as it is looked up.
type Selection struct {
	Schools  []string          // of these schools alone, each once; nil: of all
	Equal    map[string]string // kept values by the names of fields
	Grades   []string          // one of these; nil: any
	BornFrom string            // empty: no bound
	BornTo   string
	Words    []string // each begins a word of the name
}

// selection checks the filter and restricts it to what the viewer may see.
func (v viewer) selection(f *StudentFilter, order *StudentOrder) (Selection, error) {
	if f == nil {
		f = &StudentFilter{}
	}
	s := Selection{Equal: map[string]string{}}
	if err := v.allow(f, order); err != nil {
		return s, err
	}
	if !v.admin {
		s.Schools = append([]string{}, v.schools...)
	}
	if f.SchoolID != nil {
		s.Schools = []string{}
		if v.teaches(*f.SchoolID) {
			s.Schools = append(s.Schools, *f.SchoolID)
		}
	}
	if err := s.equals(f); err != nil {
		return s, err
	}
	for _, level := range f.GradeLevels {
		s.Grades = append(s.Grades, gradeOf(level))
	}
	if f.BornFrom != nil {
		s.BornFrom = *f.BornFrom
	}
	if f.BornTo != nil {
		s.BornTo = *f.BornTo
	}
	if f.Text != nil {
		words, err := searched("filter.text", *f.Text)
		if err != nil {
			return s, err
		}
		s.Words = words
	}
	return s, nil
}

// allow refuses to tell anything of personal fields of students whom the viewer
// does not teach: not by what matches, nor by how many, nor by the order.
func (v viewer) allow(f *StudentFilter, order *StudentOrder) error {
	if teacher, given := f.TeacherID.ValueOK(); v.admin || given && teacher != nil && *teacher == v.id {
		return nil
	}
	var name string
	switch {
	case f.Race != nil:
		name = "race"
	case f.BornFrom != nil:
		name = "bornFrom"
	case f.BornTo != nil:
		name = "bornTo"
	case f.CityOfBirth != nil:
		name = "cityOfBirth"
	case f.CountryOfBirth != nil:
		name = "countryOfBirth"
	case order != nil && order.Field.personal():
		return fault.New(fault.Forbidden, "Order by %s among your own students only: filter by your own teacherId.", order.Field).With("field", "orderBy.field")
	default:
		return nil
	}
	return fault.New(fault.Forbidden, "Filter by %s among your own students only: filter by your own teacherId, too.", name).With("field", "filter."+name)
}

func (s *Selection) equals(f *StudentFilter) error {
	if teacher, given := f.TeacherID.ValueOK(); given {
		s.Equal["teacherId"] = ""
		if teacher != nil {
			s.Equal["teacherId"] = *teacher
		}
	}
	if f.Gender != nil {
		s.Equal["gender"] = string(*f.Gender)
	}
	if f.GradeLevel != nil {
		s.Equal["gradeLevel"] = gradeOf(*f.GradeLevel)
	}
	if f.Race != nil {
		s.Equal["race"] = string(*f.Race)
	}
	for _, given := range []struct {
		name  string
		value *string
	}{
		{"studentId", f.StudentID}, {"nativeLanguage", f.NativeLanguage},
		{"cityOfBirth", f.CityOfBirth}, {"countryOfBirth", f.CountryOfBirth},
	} {
		if given.value == nil {
			continue
		}
		kept, err := lookFor(given.name, *given.value)
		if err != nil {
			return err
		}
		s.Equal[given.name] = kept
	}
	return nil
}

// lookFor gives the form in which a text that is looked for would be kept. An
// empty one is that of students of whom it is not known.
func lookFor(name, given string) (string, error) {
	if strings.TrimSpace(given) == "" {
		return "", nil
	}
	kept, err := fieldNamed(name).check(given)
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		return "", fault.Field("filter."+name, "%s", wrong.Message)
	}
	return kept, err
}

// searched are the words of a text that is searched for, longest first.
func searched(name, given string) ([]string, error) {
	if n := utf8.RuneCountInString(given); n > nameLimit || !page.Text(given) {
		return nil, fault.Field(name, "What is searched for has at most %d characters, none of them NUL.", nameLimit)
	}
	words := fold.Words(given)
	if len(words) == 0 {
		return nil, fault.Field(name, "Give at least a letter or digit to search for.")
	}
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return words, nil
}
