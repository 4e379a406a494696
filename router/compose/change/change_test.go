package change

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/internal/lacking"
)

var update = flag.Bool("update", false, "rewrite what the cases expect")

type changeCase struct {
	name, path string
	archive    *txtar.Archive
	old, now   string
}

func readCases(t *testing.T) []changeCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var cases []changeCase
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, changeCase{strings.TrimSuffix(filepath.Base(path), ".txtar"), path, archive, string(archive.Files[0].Data), string(archive.Files[1].Data)})
	}
	return cases
}

func (c changeCase) changes(t *testing.T) []Change {
	t.Helper()
	changes, err := Between(&ast.Source{Name: "old", Input: c.old}, &ast.Source{Name: "new", Input: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestBetween_cases(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var lines strings.Builder
			for _, change := range c.changes(t) {
				lines.WriteString(change.String() + "\n")
			}
			if *update {
				c.archive.Files = append(c.archive.Files[:2], txtar.File{Name: "changes", Data: []byte(lines.String())})
				if err := os.WriteFile(c.path, txtar.Format(c.archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(c.archive.Files) != 3 {
				t.Fatal("the case expects nothing; run with -update")
			}
			if diff := cmp.Diff(string(c.archive.Files[2].Data), lines.String()); diff != "" {
				t.Errorf("other changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBetween_refuses_what_is_no_schema(t *testing.T) {
	t.Parallel()
	_, err := Between(&ast.Source{Name: "old.graphql", Input: "type Query {"}, &ast.Source{Name: "new.graphql", Input: "type Query { a: Int }"})
	if err == nil || !strings.HasPrefix(err.Error(), "read the schema old.graphql: ") {
		t.Errorf("it gives %v", err)
	}
}

// TestBetween_agrees_with_GraphQL_Inspector compares the level and name of every
// change.
func TestBetween_agrees_with_GraphQL_Inspector(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "..", "web", "compose-reference")
	node, err := exec.LookPath("node")
	if err != nil {
		lacking.Skip(t, "Node.js is not installed, so there is no GraphQL Inspector to compare with")
	}
	check := exec.Command(node, "--input-type=module", "-e", `await import("@graphql-inspector/core")`)
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		lacking.Skip(t, "GraphQL Inspector is not installed (npm ci in web/): %s", bytes.TrimSpace(out))
	}
	cases := slices.DeleteFunc(readCases(t), func(c changeCase) bool { return c.name == "supergraph" }) // Inspector compares no supergraphs
	var input bytes.Buffer
	for _, c := range cases {
		if err := json.NewEncoder(&input).Encode([]string{c.old, c.now}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, "inspect.mjs")
	cmd.Dir, cmd.Stdin = folder, &input
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run GraphQL Inspector: %v\n%s", err, stderr.Bytes())
	}
	answers := bufio.NewScanner(bytes.NewReader(out))
	for _, c := range cases {
		if !answers.Scan() {
			t.Fatal("GraphQL Inspector answers too little")
		}
		var theirs []Change
		if err := json.Unmarshal(answers.Bytes(), &theirs); err != nil {
			t.Fatal(err)
		}
		theirs = slices.DeleteFunc(theirs, func(change Change) bool { return follows(change, theirs) })
		if diff := cmp.Diff(kinds(theirs), kinds(c.changes(t))); diff != "" {
			t.Errorf("%s differs (-theirs +ours):\n%s", c.name, diff)
		}
	}
}

// follows says whether a change only tells once more what another one does: that
// a directive was used to deprecate something, or what is in an added type.
func follows(change Change, all []Change) bool {
	if strings.HasPrefix(change.Type, "DIRECTIVE_USAGE_") {
		return true
	}
	return slices.ContainsFunc(all, func(other Change) bool {
		added := other.Type == "TYPE_ADDED" && strings.HasPrefix(change.Path, other.Path+".")
		return added || other.Type == "DIRECTIVE_ADDED" && change.Type == "DIRECTIVE_LOCATION_ADDED" && strings.HasPrefix(change.Path, other.Path)
	})
}

func kinds(changes []Change) []string {
	var list []string
	for _, c := range changes {
		list = append(list, string(c.Level)+" "+c.Type)
	}
	slices.Sort(list)
	return list
}
