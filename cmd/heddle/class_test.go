package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"heddle/internal/drive"
)

const (
	importClass    = `mutation($input: ImportStudentsInput!) { importStudents(input: $input) { import { id } } }`
	importProgress = `subscription($id: ID!) { importProgress(importId: $id) { state total done created refused } }`
)

// TestClass_through_the_router sends a file through the router, follows it to the
// end, fetches what came of it by its link, and sends that to another school.
func TestClass_through_the_router(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		a := admin(w.Origin())
		var file strings.Builder
		file.WriteString("studentId,fullName,race\n")
		for i := range 108 { // more than are taken at once
			fmt.Fprintf(&file, "S-%03d,Łucja Nowak,WHITE\n", i)
		}
		file.WriteString("S-108,'=1+1x,WHITE\nS-109,12345,WHITE\n")
		first := a.takeClass(t, a.makeSchool(t), file.String(), `{"state":"DONE","total":110,"done":110,"created":109,"refused":1}`)
		exported := a.fetchClass(t, first)
		if !strings.Contains(exported, ",'=1+1x,") || strings.Count(exported, "\r\n") != 110 {
			t.Fatalf("the file is %.300s…", exported)
		}
		second := a.takeClass(t, a.makeSchool(t), exported, `{"state":"DONE","total":109,"done":109,"created":109,"refused":0}`)
		if got := a.fetchClass(t, second); withoutIDs(got) != withoutIDs(exported) {
			t.Errorf("the file of the second school is %.300s…, that of the first %.300s…", got, exported)
		}
	})
}

// withoutIDs is a file without its last column.
func withoutIDs(file string) string {
	lines := strings.Split(file, "\r\n")
	for i, line := range lines {
		lines[i] = line[:max(0, strings.LastIndex(line, ","))]
	}
	return strings.Join(lines, "\n")
}

func (p *person) makeSchool(t *testing.T) (id string) {
	t.Helper()
	return p.must(t, `mutation($input: CreateSchoolInput!) { createSchool(input: $input) { school { id } } }`,
		input{"name": "Loom Street"}).Text("createSchool", "school", "id")
}

// takeClass imports a file to its end, which must be as wanted, and gives the school.
func (p *person) takeClass(t *testing.T, school, file, want string) string {
	t.Helper()
	accepted := p.sendFile(t, importClass, input{"schoolId": school, "file": nil}, file)
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	progress, err := p.Stream(ctx, importProgress, vars{"id": accepted.Text("importStudents", "import", "id")})
	if err != nil {
		t.Fatal(err)
	}
	defer progress.Stop()
	for {
		a, err := progress.Next(ctx)
		if err != nil || len(a.Errors) > 0 {
			t.Fatalf("the progress gives %s (%v)", a.Body, err)
		}
		if a.Text("importProgress", "state") == "RUNNING" {
			continue
		}
		if got := string(a.Data); got != `{"importProgress":`+want+`}` {
			t.Fatalf("the import came to %s, want %s", got, want)
		}
		return school
	}
}

// sendFile sends an operation with a file as input.file (GraphQL multipart
// request specification).
func (p *person) sendFile(t *testing.T, query string, in input, file string) drive.Answer {
	t.Helper()
	operations, err := json.Marshal(map[string]any{"query": query, "variables": vars{"input": in}})
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, part := range [][2]string{{"operations", string(operations)}, {"map", `{"0":["variables.input.file"]}`}} {
		if err := parts.WriteField(part[0], part[1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := parts.CreateFormFile("0", "class.csv")
	if err == nil {
		_, err = io.WriteString(part, file)
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	request, err := p.Request(soon(t), http.MethodPost, "/graphql", &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", parts.FormDataContentType())
	a, err := p.Send(request)
	if err != nil || len(a.Errors) > 0 || a.Status != http.StatusOK {
		t.Fatalf("the file is answered %s (%v)", a.Body, err)
	}
	return a
}

// fetchClass exports a school's students and fetches the file by its link alone.
func (p *person) fetchClass(t *testing.T, school string) string {
	t.Helper()
	url := p.must(t, `mutation($input: ExportStudentsInput!) { exportStudents(input: $input) { file { url } } }`,
		input{"filter": vars{"schoolId": school}}).Text("exportStudents", "file", "url")
	status, text := get(t, url)
	if status != http.StatusOK {
		t.Fatalf("%s answers %d: %.200s", url, status, text)
	}
	return text
}
