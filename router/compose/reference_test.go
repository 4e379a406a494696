package compose

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heddle/internal/lacking"
)

// referenceDriver composes with @theguild/federation-composition.
var referenceDriver = filepath.Join("..", "..", "web", "compose-reference", "driver.mjs")

// answer is what the reference says of one set of subgraphs.
type answer struct {
	Supergraph string `json:"supergraph"`
	API        string `json:"api"`
	Thrown     string `json:"thrown"` // a crash, which is no answer
	Errors     []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

func (a answer) codes() []string {
	var codes []string
	if strings.HasPrefix(a.Thrown, "Syntax Error") {
		codes = append(codes, "INVALID_GRAPHQL")
	}
	for _, e := range a.Errors {
		codes = append(codes, e.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// askReference composes every set with the reference, in one process. The test
// is skipped, and says why, where Node.js or the package is missing.
func askReference(t *testing.T, sets [][]Subgraph) []answer {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		lacking.Skip(t, "Node.js is not installed, so there is no reference composer to compare with")
	}
	check := exec.Command(node, "--input-type=module", "-e", `await import("@theguild/federation-composition")`)
	check.Dir = filepath.Dir(referenceDriver)
	if out, err := check.CombinedOutput(); err != nil {
		lacking.Skip(t, "the reference composer is not installed (npm ci in web/): %s", bytes.TrimSpace(out))
	}
	var input bytes.Buffer
	for _, set := range sets {
		type service struct {
			Name string `json:"name"`
			URL  string `json:"url"`
			SDL  string `json:"sdl"`
		}
		var services []service
		for _, s := range set {
			services = append(services, service{s.Name, s.URL, s.SDL})
		}
		if err := json.NewEncoder(&input).Encode(services); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Base(referenceDriver))
	cmd.Dir, cmd.Stdin = filepath.Dir(referenceDriver), &input
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run the reference composer: %v\n%s", err, stderr.Bytes())
	}
	var answers []answer
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(sets) {
		t.Fatalf("the reference answered %d of %d sets", len(answers), len(sets))
	}
	return answers
}

// difference tells how our answer differs from the reference's; empty for not at
// all.
func difference(set []Subgraph, theirs answer) string {
	ours, err := Compose(set)
	var codes []string
	var refused Errors
	if errors.As(err, &refused) {
		for _, e := range refused {
			codes = append(codes, e.Code)
		}
		slices.Sort(codes)
		codes = slices.Compact(codes)
	}
	if theirs.Thrown != "" && len(theirs.codes()) == 0 {
		return fmt.Sprintf("codes: ours %v, theirs crashed: %s", codes, theirs.Thrown)
	}
	if !slices.Equal(codes, theirs.codes()) {
		return fmt.Sprintf("codes: ours %v, theirs %v", codes, theirs.codes())
	}
	if err != nil {
		return ""
	}
	a, err := normalForm(ours.Supergraph)
	if err != nil {
		return "our supergraph: " + err.Error()
	}
	b, err := normalForm(theirs.Supergraph)
	if err != nil {
		return "their supergraph: " + err.Error()
	}
	return lineDifference(a, b)
}

// lineDifference lists the lines that only one of two sorted texts has.
func lineDifference(ours, theirs string) string {
	a, b := strings.Split(ours, "\n"), strings.Split(theirs, "\n")
	var lines []string
	for _, line := range a {
		if !slices.Contains(b, line) {
			lines = append(lines, "ours:   "+line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			lines = append(lines, "theirs: "+line)
		}
	}
	return strings.Join(lines, "\n")
}
