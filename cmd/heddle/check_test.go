package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func checkWith(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout bytes.Buffer
	cmd := checkCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&stdout)
	err := cmd.ExecuteContext(t.Context())
	return stdout.String(), err
}

func TestCheck_exit_status_follows_the_worst_change(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		writeTestFile(t, path, text)
		return path
	}
	old := write("old.graphql", "type Query { a: E b: Int }\nenum E { A }\n")
	safe := write("safe.graphql", "type Query { a: E b: Int c: Int }\nenum E { A }\n")
	dangerous := write("dangerous.graphql", "type Query { a: E b: Int }\nenum E { A B }\n")
	breaking := write("breaking.graphql", "type Query { a: E }\nenum E { A }\n")

	for _, c := range []struct {
		args  []string
		fails bool
	}{
		{[]string{old, old}, false},
		{[]string{old, safe}, false},
		{[]string{old, dangerous}, false},
		{[]string{old, dangerous, "--strict"}, true},
		{[]string{old, breaking}, true},
	} {
		if _, err := checkWith(t, c.args...); errors.As(err, new(silent)) != c.fails {
			t.Errorf("heddle check %v ends with %v", c.args, err)
		}
	}
	out, _ := checkWith(t, old, breaking)
	want := "BREAKING Query.b: Field \"b\" was removed from object type \"Query\"\n" + breaking + ": 1 breaking, 0 dangerous and 0 safe changes\n"
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("it prints something else (-want +got):\n%s", diff)
	}
}
