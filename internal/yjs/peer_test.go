package yjs_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heddle/internal/lacking"
)

// peer is a process with the original Yjs in it, which answers questions.
type peer struct {
	t       *testing.T
	ask     *json.Encoder
	answers *bufio.Scanner
}

// newPeer starts one. Where there is none, the test is skipped and says why; in
// continuous integration that is a failure.
func newPeer(t *testing.T) *peer {
	t.Helper()
	folder := filepath.Join("..", "..", "web", "yjs")
	why := ""
	if _, err := exec.LookPath("node"); err != nil {
		why = "there is no Node.js on this machine (scripts/needs gets it)"
	} else if _, err := os.Stat(filepath.Join(folder, "..", "node_modules", "yjs")); err != nil {
		why = "the npm packages of web/ are not installed (scripts/npm-install does it)"
	}
	if why != "" {
		lacking.Skip(t, "nothing is held against the original Yjs: %s", why)
	}
	command := exec.Command("node", "peer.mjs")
	command.Dir, command.Stderr = folder, os.Stderr
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
	t.Cleanup(func() {
		_ = in.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the peer ended badly: %v", err)
		}
	})
	p := &peer{t: t, ask: json.NewEncoder(in), answers: bufio.NewScanner(out)}
	p.answers.Buffer(nil, 64<<20)
	return p
}

type question = map[string]any

func (p *peer) answer(q question, into any) {
	p.t.Helper()
	if err := p.ask.Encode(q); err != nil {
		p.t.Fatal(err)
	}
	if !p.answers.Scan() {
		p.t.Fatalf("the peer does not answer: %v", p.answers.Err())
	}
	if err := json.Unmarshal(p.answers.Bytes(), into); err != nil {
		p.t.Fatalf("read %q: %v", p.answers.Text(), err)
	}
}

// scenario is what random people wrote, and what Yjs makes of it.
type scenario struct {
	Updates      [][]byte
	Texts        map[string]string
	Vector       []byte
	Half         []byte // the first half of the updates, in one
	HalfVector   []byte
	Merged       []byte // all of them, in one, as Y.mergeUpdates gives it
	rich, splits bool
}

// scenario has people write at random. Rich is with everything that Yjs knows;
// with pairs, surrogate pairs are split too.
func (p *peer) scenario(seed, edits int, rich, pairs bool) *scenario {
	p.t.Helper()
	s := &scenario{rich: rich, splits: pairs}
	p.answer(question{"ask": "scenario", "seed": seed, "edits": edits, "rich": rich, "pairs": pairs}, s)
	return s
}

// same checks that the updates amount to the same as those of the scenario: in
// texts, maps, arrays, XML and state vector, with nothing that waits.
func (p *peer) same(what string, s *scenario, updates ...[]byte) {
	p.t.Helper()
	var a struct{ Difference string }
	p.answer(question{"ask": "compare", "updates": updates, "with": s.Updates}, &a)
	if a.Difference != "" {
		p.t.Fatalf("%s: Yjs reads\n%s", what, a.Difference)
	}
}

// reads tells whether Yjs reads the update.
func (p *peer) reads(update []byte) bool {
	p.t.Helper()
	var a struct{ Read bool }
	p.answer(question{"ask": "reads", "update": update}, &a)
	return a.Read
}
