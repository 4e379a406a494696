package differential_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"heddle/internal/lacking"
	"heddle/router/memory"
)

// programs is where the programs are that run with Node.js.
var programs = filepath.Join("..", "..", "web", "differential")

// node is a program that answers each line of JSON with one.
type node struct {
	mu    sync.Mutex
	in    io.WriteCloser
	lines *bufio.Reader
}

// startNode starts a program; it ends with the test. The test is skipped, and
// says why, where Node.js or the packages are missing.
func startNode(t *testing.T, program string, packages ...string) *node {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		lacking.Skip(t, "Node.js is not installed, so there is nothing to compare with")
	}
	for _, name := range packages {
		check := exec.Command(path, "--input-type=module", "-e", `await import("`+name+`")`)
		check.Dir = programs
		if out, err := check.CombinedOutput(); err != nil {
			lacking.Skip(t, "%s is not installed (npm ci in web/): %.300s", name, bytes.TrimSpace(out))
		}
	}
	cmd := exec.Command(path, program)
	cmd.Dir, cmd.Stderr = programs, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	})
	return &node{in: in, lines: bufio.NewReaderSize(out, 1<<20)}
}

// ask sends a question and waits for its answer.
func (n *node) ask(question, answer any) error {
	encoded, err := json.Marshal(question)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := n.in.Write(append(encoded, '\n')); err != nil {
		return err
	}
	line, err := n.lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, answer)
}

// question is a request to graphql-js, with the data that it is executed over.
type question struct {
	Data          memory.Data     `json:"data"`
	Query         string          `json:"query"`
	Variables     json.RawMessage `json:"variables,omitempty"`
	OperationName string          `json:"operationName,omitempty"`
	Failing       []string        `json:"failing,omitempty"` // fields, as Type.field
}

// answer is a response, or why there is none.
type answer struct {
	Data    json.RawMessage
	Errors  []failure
	Invalid []string // of a request that is refused
}

type failure struct {
	Message string
	Path    []any
}

// reference has graphql-js answer questions over the schema.
func (n *node) reference(sdl string, cases []question) ([]answer, error) {
	var answers []answer
	err := n.ask(map[string]any{"sdl": sdl, "cases": cases}, &answers)
	return answers, err
}
