package main_test

import (
	"strings"
	"testing"

	"heddle/internal/drive"
)

// TestEnrolment_is_told follows what an enrolment causes, from the endpoint
// alone: the student's timeline is opened, and the teacher is welcomed in the
// app, live, and by mail. When the student is gone, and then the teacher, so is
// all that was told of them.
func TestEnrolment_is_told(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		boss := admin(w.Origin())
		teacher := signUp(t, w.Origin(), "welcomed")
		boss.must(t, `mutation($input: GrantRoleInput!) { grantRole(input: $input) { user { id } } }`, input{"userId": teacher.id, "role": "TEACHER"})
		teacher = signIn(t, w.Origin(), teacher.email, password)
		school := boss.makeSchool(t)
		boss.must(t, `mutation($input: AddTeacherInput!) { addTeacher(input: $input) { school { id } } }`, input{"schoolId": school, "userId": teacher.id})
		heard, err := teacher.Stream(t.Context(), `subscription { notificationReceived { title text link } }`, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer heard.Stop()

		enrolled := teacher.must(t, `mutation($input: CreateStudentInput!) { createStudent(input: $input) { student { id } } }`,
			input{"schoolId": school, "fullName": "Perpetua Shuttleworth", "studentId": "S-1", "teacherId": teacher.id})
		student := enrolled.Text("createStudent", "student", "id")
		eventually(t, teacher, `query($id: ID!) { student(id: $id) { progress { totalCount } } }`, vars{"id": student}, func(a drive.Answer) bool {
			return a.At("student", "progress", "totalCount") == 1.0
		})
		a, err := heard.Next(soon(t))
		if err != nil || a.Text("notificationReceived", "title") != "Perpetua Shuttleworth is now in your class" || a.Text("notificationReceived", "link") != "/students/"+student {
			t.Fatalf("the teacher hears %s (%v)", a.Body, err)
		}
		const mailbox = `query($to: String) { mailbox(to: $to, first: 5) { totalCount edges { node { subject text } } } }`
		mail := eventually(t, boss, mailbox, vars{"to": teacher.email}, func(a drive.Answer) bool { return a.At("mailbox", "totalCount") == 1.0 })
		if text := string(mail.Data); !strings.Contains(text, "Perpetua Shuttleworth was enrolled") || !strings.Contains(text, "/students/"+student) {
			t.Errorf("the mail is %s", text)
		}
		teacher.refused(t, "FORBIDDEN", mailbox, vars{"to": teacher.email})

		const told = `{ notifications { totalCount } }`
		teacher.must(t, `mutation($input: DeleteStudentInput!) { deleteStudent(input: $input) { deletedStudentId } }`, input{"id": student})
		eventually(t, teacher, told, nil, func(a drive.Answer) bool { return a.At("notifications", "totalCount") == 0.0 })
		if a := boss.must(t, mailbox, vars{"to": teacher.email}); a.At("mailbox", "totalCount") != 0.0 {
			t.Errorf("when the student is gone, the mailbox has %s", a.Data)
		}
		const reset = `mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }`
		signedOut(w.Origin()).must(t, reset, input{"email": teacher.email})
		eventually(t, boss, mailbox, vars{"to": teacher.email}, func(a drive.Answer) bool { return a.At("mailbox", "totalCount") == 1.0 })
		teacher.must(t, `mutation($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }`, input{"confirmUsername": teacher.username})
		eventually(t, boss, mailbox, vars{"to": teacher.email}, func(a drive.Answer) bool { return a.At("mailbox", "totalCount") == 0.0 })
	})
}
