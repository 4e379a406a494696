package students

import (
	"context"
	"unicode/utf8"

	"heddle/internal/fault"
)

// few is how many schools may be read at once; a school has some thousand
// students at most. Where there are more, a list that no index bounds would have
// the store read all students there are.
const few = 16

// enough is how many letters a word has to have that is looked for in all schools.
const enough = 3

// bounded refuses a selection of all schools, where they are many, that nothing
// bounds: it is to name a school, a student's number or a teacher, or words that
// few names have. In the order of schools they are read one by one instead.
// field is the input that names a school.
func (r *Resolvers) bounded(ctx context.Context, s Selection, o ordering, field string) error {
	if s.Schools != nil || o.Fields[0] == "schoolId" || s.Equal["teacherId"] != "" || s.Equal["studentId"] != "" {
		return nil
	}
	if len(s.Words) > 0 && utf8.RuneCountInString(s.Words[0]) >= enough { // the longest
		return nil
	}
	schools, err := r.Store.CountSchools(ctx, nil, nil)
	switch {
	case err != nil || schools <= few:
		return err
	case len(s.Words) > 0:
		return fault.Field(field, "There are %d schools. Give the one to search, or look for a word of at least %d letters.", schools, enough)
	}
	return fault.Field(field, "There are %d schools. Give the one whose students you want in this order, or order by SCHOOL; or filter by teacherId, studentId or text.", schools)
}
