package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// demoClass is a class of the school of the demo data.
type demoClass struct {
	teacher, grade string
	students       []demoStudent
}

type demoStudent struct {
	number, name, gender, language, born, city, country string

	tested  []demoTest
	reached []demoMilestone
}

// demoTest is an assessment: listening, speaking, reading and writing, 0 for what
// was not tested.
type demoTest struct {
	day    string
	levels [4]float64
}

type demoMilestone struct{ day, title, domain, note string }

// demoSchool is a school of the demo data, with two classes.
var demoSchool = struct {
	name    string
	classes []demoClass
}{"Jacquard Primary School", []demoClass{
	{"ada", "GRADE_3", []demoStudent{
		{"J-301", "María Fernanda Núñez", "FEMALE", "es", "2015-11-03", "Mérida", "MX",
			[]demoTest{{"2023-02-06", [4]float64{2.4, 1.9, 1.8, 1.5}}, {"2024-02-05", [4]float64{3.6, 3.1, 2.7, 2.4}}, {"2025-02-03", [4]float64{4.5, 4.2, 3.8, 3.4}}},
			[]demoMilestone{{"2024-05-21", "Read a chapter book to the end", "READING", "Charlotte’s Web, in nine days."}, {"2025-03-14", "Told the class about Mérida", "SPEAKING", ""}}},
		{"J-302", "Łukasz Kowalski", "MALE", "pl", "2016-01-22", "Łódź", "PL",
			[]demoTest{{"2024-02-05", [4]float64{3.0, 2.2, 2.9, 2.1}}, {"2025-02-03", [4]float64{4.4, 3.9, 4.1, 3.3}}},
			[]demoMilestone{{"2024-11-08", "Wrote a story of two pages", "WRITING", ""}}},
		{"J-303", "Nguyễn Thị Hoa", "FEMALE", "vi", "2016-03-14", "Huế", "VN",
			[]demoTest{{"2024-02-05", [4]float64{4.9, 4.6, 4.4, 4.2}}, {"2025-02-03", [4]float64{5.6, 5.3, 5.2, 4.9}}},
			[]demoMilestone{{"2025-02-28", "Left the programme; watched for four years", "", ""}}},
		{"J-304", "Amina Warsame", "FEMALE", "so", "2015-12-30", "Hargeisa", "SO",
			[]demoTest{{"2025-02-03", [4]float64{1.8, 1.4, 1.2, 0}}},
			[]demoMilestone{{"2024-09-20", "First question asked in English", "SPEAKING", "“May I open the window?”"}}},
	}},
	{"grace", "GRADE_5", []demoStudent{
		{"J-501", "Ahmad al-Khatib", "MALE", "ar", "2013-10-09", "Homs", "SY",
			[]demoTest{{"2023-02-06", [4]float64{1.6, 1.2, 1.0, 1.0}}, {"2024-02-05", [4]float64{3.2, 2.8, 2.1, 1.9}}, {"2025-02-03", [4]float64{4.7, 4.4, 3.3, 2.9}}},
			[]demoMilestone{{"2023-06-02", "Follows a lesson without an interpreter", "LISTENING", ""}, {"2024-12-06", "Explained an experiment to the class", "SPEAKING", ""}}},
		{"J-502", "Joana d'Ávila", "FEMALE", "pt-BR", "2014-02-17", "São Luís", "BR",
			[]demoTest{{"2024-02-05", [4]float64{3.9, 3.7, 3.5, 3.2}}, {"2025-02-03", [4]float64{4.8, 4.9, 4.6, 4.1}}},
			[]demoMilestone{{"2024-10-11", "Reads the newspaper of the week", "READING", ""}}},
		{"J-503", "Daniyar Bekov", "MALE", "ky", "2013-12-01", "Osh", "KG",
			[]demoTest{{"2025-02-03", [4]float64{5.4, 5.1, 5.3, 5.0}}}, nil},
		{"J-504", "Li Wei", "", "zh-Hans", "2014-05-25", "Chengdu", "CN",
			[]demoTest{{"2024-02-05", [4]float64{2.2, 1.7, 3.1, 2.6}}, {"2025-02-03", [4]float64{3.4, 2.9, 4.2, 3.7}}},
			[]demoMilestone{{"2025-01-17", "Kept a diary for a month", "WRITING", "In pencil, with drawings."}}},
	}},
}}

// school makes the school: its administrator is the one of the accounts, two
// others become its teachers, enrol their classes, and record how they get on.
// It is not made if that account is no administrator.
func (l *loader) school(ctx context.Context) (made bool, err error) {
	head := demoHead().username
	var who struct{ Me struct{ Roles []string } }
	if err := l.ask(ctx, head, `{ me { roles } }`, nil, &who); err != nil || !slices.Contains(who.Me.Roles, "ADMIN") {
		return false, err
	}
	school, err := l.make(ctx, head, "createSchool", "school", map[string]any{"name": demoSchool.name, "idempotencyKey": "demo-school"})
	if err != nil {
		return false, err
	}
	for _, class := range demoSchool.classes {
		if err := l.appoint(ctx, head, school, class.teacher); err != nil {
			return false, fmt.Errorf("teacher %s: %w", class.teacher, err)
		}
		for _, s := range class.students {
			if err := l.teach(ctx, school, class, s); err != nil {
				return false, fmt.Errorf("student %s: %w", s.name, err)
			}
		}
	}
	return true, nil
}

// make runs a mutation that makes something, and gives the thing's id.
func (l *loader) make(ctx context.Context, who, mutation, thing string, input map[string]any) (id string, err error) {
	var answer map[string]map[string]struct{ ID string }
	operation := fmt.Sprintf(`mutation ($input: %s%sInput!) { %s(input: $input) { %s { id } } }`, strings.ToUpper(mutation[:1]), mutation[1:], mutation, thing)
	err = l.ask(ctx, who, operation, input, &answer)
	return answer[mutation][thing].ID, err
}

// appoint makes a person a teacher of the school, who signs in again: a token
// says what somebody was when they got it.
func (l *loader) appoint(ctx context.Context, head, school, teacher string) error {
	err := l.ask(ctx, head, `mutation ($input: GrantRoleInput!) { grantRole(input: $input) { __typename } }`,
		map[string]any{"userId": l.ids[teacher], "role": "TEACHER"}, nil)
	if err != nil {
		return err
	}
	err = l.ask(ctx, head, `mutation ($input: AddTeacherInput!) { addTeacher(input: $input) { __typename } }`,
		map[string]any{"schoolId": school, "userId": l.ids[teacher]}, nil)
	if err != nil {
		return err
	}
	var entered struct{ SignIn struct{ AccessToken string } }
	err = l.ask(ctx, "", `mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }`,
		map[string]any{"email": demoPerson{username: teacher}.email(), "password": demoPassword}, &entered)
	l.tokens[teacher] = entered.SignIn.AccessToken
	return err
}

// teach enrols a student, and records what they have been tested in and reached.
func (l *loader) teach(ctx context.Context, school string, class demoClass, s demoStudent) error {
	in := map[string]any{
		"schoolId": school, "studentId": s.number, "fullName": s.name, "gradeLevel": class.grade, "nativeLanguage": s.language,
		"dateOfBirth": s.born, "cityOfBirth": s.city, "countryOfBirth": s.country, "idempotencyKey": "demo-" + s.number,
	}
	if s.gender != "" {
		in["gender"] = s.gender
	}
	student, err := l.make(ctx, class.teacher, "createStudent", "student", in)
	if err != nil {
		return err
	}
	for _, t := range s.tested {
		scores := map[string]any{}
		for i, domain := range []string{"listening", "speaking", "reading", "writing"} {
			if t.levels[i] > 0 {
				scores[domain] = t.levels[i]
			}
		}
		_, err := l.make(ctx, class.teacher, "createAssessment", "assessment", map[string]any{
			"studentId": student, "testDate": t.day, "scores": scores, "idempotencyKey": "demo-" + s.number + "-" + t.day,
		})
		if err != nil {
			return err
		}
	}
	for _, m := range s.reached {
		in := map[string]any{"studentId": student, "title": m.title, "note": m.note, "reachedOn": m.day, "idempotencyKey": "demo-" + s.number + "-" + m.day}
		if m.domain != "" {
			in["domain"] = m.domain
		}
		if _, err := l.make(ctx, class.teacher, "addMilestone", "milestone", in); err != nil {
			return err
		}
	}
	return nil
}
