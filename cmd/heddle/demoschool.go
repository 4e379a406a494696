package main

import (
	"context"
	"fmt"
)

// demoClass is a class of the school of the demo data.
type demoClass struct {
	teacher, grade string
	students       []demoStudent
}

type demoStudent struct{ number, name, gender, language, born, city, country string }

// demoSchool is a school of the demo data, with two classes.
var demoSchool = struct {
	name    string
	classes []demoClass
}{"Jacquard Primary School", []demoClass{
	{"ada", "GRADE_3", []demoStudent{
		{"J-301", "María Fernanda Núñez", "FEMALE", "es", "2017-11-03", "Mérida", "MX"},
		{"J-302", "Łukasz Kowalski", "MALE", "pl", "2018-01-22", "Łódź", "PL"},
		{"J-303", "Nguyễn Thị Hoa", "FEMALE", "vi", "2018-03-14", "Huế", "VN"},
		{"J-304", "Amina Warsame", "FEMALE", "so", "2017-12-30", "Hargeisa", "SO"},
	}},
	{"grace", "GRADE_5", []demoStudent{
		{"J-501", "Ahmad al-Khatib", "MALE", "ar", "2015-10-09", "Homs", "SY"},
		{"J-502", "Joana d'Ávila", "FEMALE", "pt-BR", "2016-02-17", "São Luís", "BR"},
		{"J-503", "Daniyar Bekov", "MALE", "ky", "2015-12-01", "Osh", "KG"},
		{"J-504", "Li Wei", "", "zh-Hans", "2016-05-25", "Chengdu", "CN"},
	}},
}}

// school makes the school: its administrator is the one of the accounts, two
// others become its teachers and enrol their classes.
func (l *loader) school(ctx context.Context) error {
	head := demoPeople[len(demoPeople)-1].username
	var made struct {
		CreateSchool struct{ School struct{ ID string } }
	}
	err := l.ask(ctx, head, `mutation ($input: CreateSchoolInput!) { createSchool(input: $input) { school { id } } }`,
		map[string]any{"name": demoSchool.name, "idempotencyKey": "demo-school"}, &made)
	if err != nil {
		return err
	}
	school := made.CreateSchool.School.ID
	for _, class := range demoSchool.classes {
		if err := l.appoint(ctx, head, school, class.teacher); err != nil {
			return fmt.Errorf("teacher %s: %w", class.teacher, err)
		}
		for _, s := range class.students {
			if err := l.enrol(ctx, school, class, s); err != nil {
				return fmt.Errorf("student %s: %w", s.name, err)
			}
		}
	}
	return nil
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

func (l *loader) enrol(ctx context.Context, school string, class demoClass, s demoStudent) error {
	in := map[string]any{
		"schoolId": school, "studentId": s.number, "fullName": s.name, "gradeLevel": class.grade, "nativeLanguage": s.language,
		"dateOfBirth": s.born, "cityOfBirth": s.city, "countryOfBirth": s.country, "idempotencyKey": "demo-" + s.number,
	}
	if s.gender != "" {
		in["gender"] = s.gender
	}
	return l.ask(ctx, class.teacher, `mutation ($input: CreateStudentInput!) { createStudent(input: $input) { __typename } }`, in, nil)
}
