package main

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAliases(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "student.go", `package progress

import "heddle/internal/enrolment"

type Student = enrolment.Student
type (
	Note  = string
	Entry struct{ enrolment.Kept }
)
`, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Student": "heddle/internal/enrolment.Student"}
	if diff := cmp.Diff(want, aliases(file)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
