package students

import (
	"cmp"

	"heddle/internal/fold"
	"heddle/internal/mongo"
	"heddle/internal/page"
)

// ordering is what students are ordered by: fields as they are kept.
type ordering mongo.Order

// orders are the places that decide, but for the id, which comes last: students
// are enrolled in the order of their ids.
var orders = map[StudentOrderField][]string{
	StudentOrderFieldSchool:         {"schoolId", "nameKey"},
	StudentOrderFieldName:           {"nameKey"},
	StudentOrderFieldStudentID:      {"studentId"},
	StudentOrderFieldGradeLevel:     {"grade"},
	StudentOrderFieldGender:         {"gender"},
	StudentOrderFieldNativeLanguage: {"nativeLanguage"},
	StudentOrderFieldRace:           {"race"},
	StudentOrderFieldDateOfBirth:    {"dateOfBirth"},
	StudentOrderFieldCityOfBirth:    {"cityKey"},
	StudentOrderFieldCountryOfBirth: {"countryOfBirth"},
	StudentOrderFieldCreatedAt:      {},
}

// personal tells whether the order tells something of personal fields.
func (f StudentOrderField) personal() bool {
	switch f {
	case StudentOrderFieldRace, StudentOrderFieldDateOfBirth, StudentOrderFieldCityOfBirth, StudentOrderFieldCountryOfBirth:
		return true
	}
	return false
}

// ordered is the order that is asked for; by school and name if none is.
func ordered(asked *StudentOrder) ordering {
	if asked == nil {
		asked = &StudentOrder{Field: StudentOrderFieldSchool}
	}
	by := append([]string{}, orders[asked.Field]...)
	return ordering{Fields: append(by, "_id"), Descending: asked.Direction == OrderDirectionDescending}
}

// kinds are those of a key's values.
func (o ordering) kinds() []page.Kind {
	kinds := make([]page.Kind, len(o.Fields))
	for i, name := range o.Fields {
		kinds[i] = page.Text
		if name == "_id" || name == "schoolId" {
			kinds[i] = page.ID
		}
	}
	return kinds
}

// key is a student's place in the order.
func (o ordering) key(s *Student) page.Key {
	key := make(page.Key, len(o.Fields))
	for i, name := range o.Fields {
		key[i] = s.ordered(name)
	}
	return key
}

// compare puts records in the reading order of a window.
func (o ordering) compare(w page.Window) func(a, b *Record) int {
	return func(a, b *Record) int {
		for _, name := range o.Fields {
			if c := cmp.Compare(a.ordered(name), b.ordered(name)); c != 0 && o.Descending != w.Backward {
				return -c
			} else if c != 0 {
				return c
			}
		}
		return 0
	}
}

// ordered is what the record is ordered by, by the name under which it is kept.
func (r *Record) ordered(name string) string {
	switch name {
	case "_id":
		return r.ID
	case "schoolId":
		return r.SchoolID
	case "nameKey":
		return fold.Text(r.FullName)
	case "studentId":
		return r.StudentID
	case "grade":
		return r.Grade
	case "gender":
		return r.Gender
	case "nativeLanguage":
		return r.NativeLanguage
	case "race":
		return r.Race
	case "dateOfBirth":
		return r.DateOfBirth
	case "cityKey":
		return fold.Text(r.CityOfBirth)
	case "countryOfBirth":
		return r.CountryOfBirth
	}
	return ""
}
