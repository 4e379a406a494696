package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"heddle/internal/caller"
	"heddle/internal/drive"
)

// class is what a teacher asks about their students, over five domains.
const class = `query($school: ID!, $first: Int!) { students(filter: {schoolId: $school}, first: $first) { totalCount edges { node {
	fullName teacher { username firstName }
	latestAssessment { testDate compositeLevel ellStatus }
	proficiency { level stage ellStatus }
	progress(first: 3) { totalCount edges { node { kind occurredOn milestone { title } } } }
} } } }`

// measureClass asks for a class of ten and for the whole class, and a server that
// only has the bytes of the latter.
func measureClass(ctx context.Context, b *bench) (err error) {
	folder, err := b.temp()
	if err != nil {
		return err
	}
	w, err := b.binary.OneProcess(ctx, folder, nil, "--demo=false", "--trust", b.people.trust())
	if err != nil {
		return err
	}
	defer finish(ctx, w, &err)
	teacher, school, err := b.teach(ctx, w.Origin())
	if err != nil {
		return err
	}
	var rows []measured
	var answer []byte
	for _, size := range []int{min(10, b.class), b.class} {
		in := map[string]any{"school": school, "first": size}
		if answer, err = settled(ctx, teacher, in, size); err != nil {
			return err
		}
		body, err := json.Marshal(map[string]any{"query": class, "variables": in})
		if err != nil {
			return err
		}
		m, err := b.load(ctx, fmt.Sprintf("heddle, a class of %d", size), w.Origin(), []drive.Client{teacher}, body)
		if err != nil {
			return err
		}
		rows = append(rows, m)
	}
	limit, err := b.limit(ctx, answer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limit.Kill()) }()
	l, err := b.load(ctx, fmt.Sprintf("the bytes of a class of %d from a static server (the limit)", b.class), limit.origin, []drive.Client{teacher}, []byte("{}"))
	if err != nil {
		return err
	}
	lines := [][]string{{"", "p50", "p99", "beside the limit"}}
	for _, m := range append(rows, l) {
		lines = append(lines, []string{m.name, short(m.p50), short(m.p99), ratio(float64(m.p50), float64(l.p50))})
	}
	table(fmt.Sprintf("A teacher asks for their class over five domains, on PostgreSQL and FerretDB, one request after the other for %v; %d bytes", b.duration, len(answer)), lines...)
	return nil
}

// teach makes a school with a teacher and their class: each student has two
// assessments and a milestone.
func (b *bench) teach(ctx context.Context, origin string) (teacher drive.Client, school string, err error) {
	head := b.people.stranger(origin)
	head.Token = b.people.Token(newID(), map[string]any{"roles": []string{caller.Admin}})
	made := func(c drive.Client, mutation, thing string, in map[string]any) (string, error) {
		operation := fmt.Sprintf(`mutation($input: %s%sInput!) { %s(input: $input) { %s { id } } }`, strings.ToUpper(mutation[:1]), mutation[1:], mutation, thing)
		return must(ctx, c, operation, in, mutation, thing, "id")
	}
	if teacher, err = account(ctx, origin, "teacher"); err != nil {
		return teacher, "", err
	}
	id, err := must(ctx, teacher, `{ me { id } }`, nil, "me", "id")
	if err == nil {
		_, err = made(head, "grantRole", "user", map[string]any{"userId": id, "role": "TEACHER"})
	}
	if err == nil {
		teacher.Token, err = must(ctx, drive.Client{Origin: origin}, `mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }`,
			map[string]any{"email": "teacher@heddle.example", "password": "correct horse battery 9"}, "signIn", "accessToken")
	}
	if err == nil {
		school, err = made(head, "createSchool", "school", map[string]any{"name": "Loom Street"})
	}
	if err == nil {
		_, err = made(head, "addTeacher", "school", map[string]any{"schoolId": school, "userId": id})
	}
	if err != nil {
		return teacher, "", err
	}
	errs := make([]error, b.class)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := worker; i < b.class; i += 4 {
				student, err := made(teacher, "createStudent", "student", map[string]any{"schoolId": school, "studentId": fmt.Sprint(i), "fullName": fmt.Sprintf("Student Number%d", i)})
				for _, day := range []string{"2024-02-05", "2025-02-03"} {
					if err == nil {
						_, err = made(teacher, "createAssessment", "assessment", map[string]any{"studentId": student, "testDate": day, "scores": map[string]any{"listening": 3.5, "speaking": 3, "reading": 2.5, "writing": 2}})
					}
				}
				if err == nil {
					_, err = made(teacher, "addMilestone", "milestone", map[string]any{"studentId": student, "title": "Read a book", "reachedOn": "2025-03-01"})
				}
				errs[i] = err
			}
		})
	}
	all.Wait()
	return teacher, school, errors.Join(errs...)
}

// settled asks until every timeline has all that has happened: the enrolment, two
// assessments and a milestone.
func settled(ctx context.Context, teacher drive.Client, in map[string]any, size int) (answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		a, err := teacher.Ask(ctx, class, in)
		if err == nil && len(a.Errors) > 0 {
			err = fmt.Errorf("the graph answers with errors: %v", a.Errors)
		}
		if err != nil || strings.Count(string(a.Body), `"progress":{"totalCount":4`) == size {
			return a.Body, err
		}
	}
}
