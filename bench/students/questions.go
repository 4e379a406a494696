package main

import (
	"fmt"
	"slices"
	"time"

	"heddle/subgraphs/students"
)

// answer is how long a question took, in the middle.
type answer struct {
	name string
	took time.Duration
}

// question is something that is asked; it tells how many rows it gave.
type question struct {
	name string
	ask  func() (rows int, err error)
}

func (b *bench) questions() []question {
	page := 20
	list := func(name string, filter *students.StudentFilter, order *students.StudentOrder) question {
		return question{name, func() (int, error) {
			c, err := b.students.Query().Students(b.admin, filter, order, &page, nil, nil, nil)
			if err != nil {
				return 0, err
			}
			return len(c.Edges), nil
		}}
	}
	search := func(name, text string, school *string) question {
		return question{name, func() (int, error) {
			c, err := b.students.Query().SearchStudents(b.admin, text, school, &page, nil, nil, nil)
			if err != nil {
				return 0, err
			}
			return len(c.Edges), nil
		}}
	}
	school, spanish := &b.schools[0], "es"
	return []question{
		{"one student by id (the limit)", func() (int, error) { return b.byIDs(1) }},
		{"100 students by their ids", func() (int, error) { return b.byIDs(100) }},
		{"a teacher's first page", func() (int, error) {
			c, err := b.students.Query().Students(b.teacher, nil, nil, &page, nil, nil, nil)
			if err != nil {
				return 0, err
			}
			return len(c.Edges), nil
		}},
		list("a school's first page, by name", &students.StudentFilter{SchoolID: school}, &students.StudentOrder{Field: students.StudentOrderFieldName, Direction: students.OrderDirectionAscending}),
		list("a school's page by language, ordered by grade", &students.StudentFilter{SchoolID: school, NativeLanguage: &spanish}, &students.StudentOrder{Field: students.StudentOrderFieldGradeLevel, Direction: students.OrderDirectionAscending}),
		{"how many a school has", func() (int, error) {
			c, err := b.students.Query().Students(b.admin, &students.StudentFilter{SchoolID: school}, nil, &page, nil, nil, nil)
			if err != nil {
				return 0, err
			}
			return c.TotalCount(b.admin)
		}},
		list("all students' first page, school by school", nil, nil),
		search("a school's search for a rare name", "quillf", school),
		search("a school's search for a common beginning", "mar", school),
		search("a search of all schools for a rare name", "quillfeather", nil),
	}
}

// byIDs reads students of the first school.
func (b *bench) byIDs(n int) (int, error) {
	page := 100
	c, err := b.students.Query().Students(b.admin, &students.StudentFilter{SchoolID: &b.schools[0]}, nil, &page, nil, nil, nil)
	if err != nil {
		return 0, err
	}
	var ids []string
	for _, e := range c.Edges[:min(n, len(c.Edges))] {
		ids = append(ids, e.Node.ID)
	}
	begin := time.Now()
	found, err := b.students.Query().StudentsByIds(b.admin, ids)
	b.apart = time.Since(begin)
	return len(found), err
}

// ask asks each question as often as it is wanted.
func (b *bench) ask(questions []question) ([]answer, error) {
	var all []answer
	for _, q := range questions {
		var took []time.Duration
		for range b.times {
			b.apart = 0
			begin := time.Now()
			rows, err := q.ask()
			if err != nil || rows == 0 {
				return nil, fmt.Errorf("%s gave %d rows: %w", q.name, rows, err)
			}
			lasted := time.Since(begin)
			if b.apart > 0 {
				lasted = b.apart
			}
			took = append(took, lasted)
		}
		slices.Sort(took)
		all = append(all, answer{q.name, took[len(took)/2]})
	}
	return all, nil
}
