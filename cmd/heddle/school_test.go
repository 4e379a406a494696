package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"heddle/internal/drive"
	"heddle/internal/soak"
)

// TestImport_survives_a_crash kills the process in the midst of an import, after
// it was accepted: when it is back, all rows are settled, each student is there
// once, and the report has each row once.
func TestImport_survives_a_crash(t *testing.T) {
	t.Parallel()
	w := private(t, nil)
	head := admin(w.Origin())
	const rows = 500
	for round := range soak.Times(t, "HEDDLE_TEST_IMPORT_CRASHES", 2) {
		school := head.must(t, `mutation($input: CreateSchoolInput!) { createSchool(input: $input) { school { id } } }`, input{"name": fmt.Sprint("School ", round)}).Text("createSchool", "school", "id")
		var file bytes.Buffer
		file.WriteString("studentId,fullName,gradeLevel\n")
		for i := range rows {
			fmt.Fprintf(&file, "%d,Student Number%d,%d\n", i, i, i%12+1)
		}
		id := head.upload(t, school, file.Bytes())
		eventually(t, head, `query($id: ID!) { studentImport(id: $id) { done } }`, vars{"id": id}, func(a drive.Answer) bool {
			done, _ := a.At("studentImport", "done").(float64)
			return done > 0
		})
		if err := w.Part("dev").Kill(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), startTime)
		err := w.Part("dev").Start(ctx)
		cancel()
		if err != nil {
			t.Fatalf("start again after kill -9: %v", err)
		}
		eventually(t, head, `query($id: ID!) { studentImport(id: $id) { state } }`, vars{"id": id}, func(a drive.Answer) bool {
			return a.Text("studentImport", "state") == "DONE"
		})
		a := head.must(t, `query($id: ID!) { studentImport(id: $id) { total done created refused rows { totalCount } school { students { totalCount } } } }`, vars{"id": id})
		const want = `{"total":500,"done":500,"created":500,"refused":0,"rows":{"totalCount":500},"school":{"students":{"totalCount":500}}}`
		var got struct{ StudentImport json.RawMessage }
		if err := a.Into(&got); err != nil || string(got.StudentImport) != want {
			t.Errorf("afterwards %s (%v), want %s", got.StudentImport, err, want)
		}
	}
}

// upload begins an import, through the router, and gives its id.
func (p *person) upload(t *testing.T, school string, file []byte) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	operations, err := json.Marshal(map[string]any{
		"query":     `mutation($input: ImportStudentsInput!) { importStudents(input: $input) { import { id } } }`,
		"variables": vars{"input": input{"schoolId": school, "file": nil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct{ name, text string }{{"operations", string(operations)}, {"map", `{"0": ["variables.input.file"]}`}} {
		if err := form.WriteField(part.name, part.text); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("0", "class.csv")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := p.Request(ctx, http.MethodPost, "/graphql", io.NopCloser(&body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Apollo-Require-Preflight", "true") // no page of another origin can send it unasked
	a, err := p.Send(request)
	if err != nil || len(a.Errors) > 0 {
		t.Fatalf("upload: %v %v", err, a.Errors)
	}
	return a.Text("importStudents", "import", "id")
}
