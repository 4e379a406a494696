package compose

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the corpus expects")

// corpusCase is a file of testdata/corpus: subgraphs, and the whole of what
// composing them gives. The folder is the directive or rule, the name the
// situation.
type corpusCase struct {
	name, path string
	archive    *txtar.Archive
	subgraphs  []Subgraph
}

func readCorpus(t testing.TB) []corpusCase {
	t.Helper()
	var cases []corpusCase
	err := filepath.WalkDir("testdata/corpus", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "testdata/corpus/"), ".txtar")
		c := corpusCase{name: name, path: path, archive: archive}
		for _, file := range archive.Files {
			if subgraph, ok := strings.CutSuffix(file.Name, ".graphql"); ok && subgraph != "supergraph" && subgraph != "api" {
				c.subgraphs = append(c.subgraphs, Subgraph{Name: subgraph, URL: "http://" + subgraph, SDL: string(file.Data), File: file.Name})
			}
		}
		cases = append(cases, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// outcome is what a case gives: the supergraph without the definitions of the
// specifications, the schema of clients where it is another, and the hints; or
// the errors.
func (c corpusCase) outcome() []txtar.File {
	result, err := Compose(c.subgraphs)
	if err != nil {
		return []txtar.File{{Name: "errors", Data: []byte(err.Error() + "\n")}}
	}
	files := []txtar.File{{Name: "supergraph.graphql", Data: []byte(withoutSpecs(result.Supergraph))}}
	if strings.Contains(result.Supergraph, "@inaccessible") {
		files = append(files, txtar.File{Name: "api.graphql", Data: []byte(result.API)})
	}
	var hints strings.Builder
	for _, h := range result.Hints {
		hints.WriteString(h.String() + "\n")
	}
	if hints.Len() > 0 {
		files = append(files, txtar.File{Name: "hints", Data: []byte(hints.String())})
	}
	return files
}

// withoutSpecs leaves out what is in every supergraph: the links and definitions
// of the specifications and the list of subgraphs.
func withoutSpecs(sdl string) string {
	var kept []string
	for _, block := range strings.Split(strings.TrimSpace(sdl), "\n\n") {
		first, _, _ := strings.Cut(block, "\n")
		words := strings.Fields(first)
		if words[0] == "schema" {
			if custom := customLinks(block); custom != "" {
				kept = append(kept, custom)
			}
			continue
		}
		name := strings.TrimPrefix(words[min(1, len(words)-1)], "@")
		name, _, _ = strings.Cut(name, "(")
		if specElement(name) || words[0] == "directive" && specDirectives[name] || strings.HasPrefix(first, "  ") || first == "}" {
			continue
		}
		kept = append(kept, block)
	}
	return strings.Join(kept, "\n\n") + "\n"
}

func customLinks(block string) string {
	var lines []string
	for line := range strings.SplitSeq(block, "\n") {
		if strings.Contains(line, "@link") && !strings.Contains(line, "https://specs.apollo.dev/") || strings.Contains(line, "import:") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// TestCompose_corpus composes every case of the corpus and compares the whole
// outcome.
func TestCompose_corpus(t *testing.T) {
	t.Parallel()
	cases := readCorpus(t)
	refusals := 0
	for _, c := range cases {
		outcome := c.outcome()
		if outcome[0].Name == "errors" {
			refusals++
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, outcome)
		})
	}
	if len(cases) < 300 || refusals < 120 {
		t.Errorf("the corpus has %d cases with %d refusals; it should have 300 and 120", len(cases), refusals)
	}
}

func (c corpusCase) check(t *testing.T, outcome []txtar.File) {
	var inputs, expected []txtar.File
	for _, file := range c.archive.Files {
		switch file.Name {
		case "supergraph.graphql", "api.graphql", "hints", "errors":
			expected = append(expected, file)
		default:
			inputs = append(inputs, file)
		}
	}
	if *update {
		archive := &txtar.Archive{Comment: c.archive.Comment, Files: append(inputs, outcome...)}
		if err := os.WriteFile(c.path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(printFiles(expected), printFiles(outcome)); diff != "" {
		t.Errorf("composing gives something else (-want +got):\n%s", diff)
	}
}

func printFiles(files []txtar.File) string {
	return string(txtar.Format(&txtar.Archive{Files: files}))
}
