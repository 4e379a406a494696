package main_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"heddle/internal/yjs"
)

// editor is a process in which somebody edits a room's document with the
// original Yjs.
type editor struct {
	t        *testing.T
	name     string
	commands io.Writer
	edited   chan int           // how many edits it has made, now and then
	finished chan struct{}      // closed once it has made all of them, and each was acknowledged
	settled  chan editorSettled // what it reads once it has heard everything

	mu    sync.Mutex
	acked [][]byte // the updates that were acknowledged
}

type editorSettled struct {
	Settled map[string]string
	Pending bool // whether something waits for what has not come
}

// edits starts an editor for the person.
func (p *person) edits(t *testing.T, room string, seed int) *editor {
	t.Helper()
	command := exec.Command("node", "editor.mjs")
	command.Dir = filepath.Join(binary().Root, "web", "yjs")
	command.Env = append(os.Environ(), "HEDDLE_URL="+p.Origin, "HEDDLE_TOKEN="+p.Token, "HEDDLE_ROOM="+room, "HEDDLE_SEED="+strconv.Itoa(seed))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	e := &editor{t: t, name: p.username, commands: in, edited: make(chan int, 1<<16), finished: make(chan struct{}), settled: make(chan editorSettled, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		e.read(out)
	}()
	t.Cleanup(func() {
		e.tell(map[string]any{"do": "end"})
		<-read
		if err := command.Wait(); err != nil {
			t.Errorf("%s ended badly: %v", e.name, err)
		}
	})
	return e
}

func (e *editor) tell(command map[string]any) {
	if err := json.NewEncoder(e.commands).Encode(command); err != nil {
		e.t.Errorf("%s: %v", e.name, err)
	}
}

// read takes what the editor tells, until it ends.
func (e *editor) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var said struct {
			Acked    []byte
			Edited   int
			Finished bool
			Wrong    string
			editorSettled
		}
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			e.t.Errorf("%s says %q: %v", e.name, lines.Text(), err)
		}
		switch {
		case said.Wrong != "":
			e.t.Errorf("%s: %s", e.name, said.Wrong)
		case said.Acked != nil:
			e.mu.Lock()
			e.acked = append(e.acked, said.Acked)
			e.mu.Unlock()
		case said.Edited > 0:
			e.edited <- said.Edited
		case said.Finished:
			close(e.finished)
		case said.Settled != nil:
			e.settled <- said.editorSettled
		}
	}
}

// await waits until the editor has made so many edits.
func (e *editor) await(edits int) {
	e.t.Helper()
	over := soon(e.t)
	for n := 0; n < edits; {
		select {
		case n = <-e.edited:
		case <-over.Done():
			e.t.Fatalf("%s has made no more than %d edits", e.name, n)
		}
	}
}

// holds checks that everything that was acknowledged is in the document: taking
// it again changes nothing.
func (e *editor) holds(state []byte) {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.acked) == 0 {
		e.t.Errorf("nothing of %s was acknowledged", e.name)
	}
	again, err := yjs.Load(append([][]byte{state}, e.acked...)...)
	if err != nil {
		e.t.Fatal(err)
	}
	if string(again.State()) != string(state) {
		e.t.Errorf("something of %s was acknowledged and is not there", e.name)
	}
}
