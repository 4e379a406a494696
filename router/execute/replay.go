package execute

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/plan"
)

// The answer to a query is made of nothing but its plan, its values and what the
// subgraphs answer. So a query that is asked again is played by the script of the
// last time: the subgraphs are asked the same in the same order, and as long as
// each answers the same, byte for byte, nothing has to be read, merged and
// written again. Where one answers otherwise, the query is executed as ever, and
// what has been answered already is not asked for again.
//
// What is asked of one subgraph depends on what another has answered, so requests
// go in the order of the plan, each when those before it have been answered as
// they were. A query that the same caller has been given by its script several
// times in a row does not wait for that: all of its requests go at once, and what
// was asked in vain, because an answer has changed, is left out of the response.

// script is how an execution went in which no fetch failed.
type script struct {
	shape *plan.Shape // whose address is in the key, so that no other has it meanwhile
	lines []line      // in the order in which they were sent
	came  []int       // indexes of lines, in the order in which their answers came
	body  []byte      // the response
	bytes int

	by     string       // headers of whoever it was made for
	played atomic.Int32 // how often it was right for them
}

// ahead is how often a script has to have been right for a caller before all of
// its requests go at once.
const ahead = 2

// line is a fetch of a script.
type line struct {
	fetch        *plan.Fetch
	body, answer []byte
	after        int // how many answers had come when it was made up
}

// tape notes a script while it happens. A nil tape notes nothing.
type tape struct {
	mu      sync.Mutex
	lines   []line
	came    []int
	spoiled bool
}

// heard is how many answers have come.
func (t *tape) heard() int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.came)
}

// asks notes a request, and gives its line.
func (t *tape) asks(f *plan.Fetch, body []byte, after int) int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line{fetch: f, body: body, after: after})
	return len(t.lines) - 1
}

// hears notes an answer.
func (t *tape) hears(i int, r fetch.Response, err error) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines[i].answer = r.Body
	t.came = append(t.came, i)
	t.spoiled = t.spoiled || err != nil || r.Status != http.StatusOK
}

// given is an answer that a fetch has had already.
type given struct {
	fetch.Response
	err error
}

// play asks as a script says. It gives the response, if all answers are those of
// the script; else they are kept for the execution.
func (x *run) play(s *script) ([]byte, bool) {
	came := make([]chan struct{}, len(s.lines))
	for i := range came {
		came[i] = make(chan struct{})
	}
	answers := make([]*given, len(s.lines))
	var differs atomic.Bool
	own := s.by == x.by()
	atOnce := own && s.played.Load() >= ahead
	say := func(i int) {
		defer close(came[i])
		l := &s.lines[i]
		if !atOnce {
			for _, before := range s.came[:l.after] {
				<-came[before]
			}
		}
		if differs.Load() {
			return
		}
		response, err := x.ask(l.fetch, l.body)
		answers[i] = &given{response, err}
		if err != nil || response.Status != http.StatusOK || !bytes.Equal(response.Body, l.answer) {
			differs.Store(true)
		}
	}
	var wait sync.WaitGroup
	for i := range s.lines[1:] {
		wait.Go(func() { x.guard(func() { say(i + 1) }) })
	}
	x.guard(func() { say(0) })
	wait.Wait()
	if !differs.Load() && x.broken == nil {
		if own && !atOnce {
			s.played.Add(1)
		}
		return s.body, true
	}
	x.given = map[string]given{}
	for i, a := range answers {
		if a != nil {
			x.given[s.lines[i].fetch.Subgraph+"\x00"+string(s.lines[i].body)] = *a
		}
	}
	return nil, false
}

// by tells callers apart: the headers that their requests go with.
func (x *run) by() string { return fetch.Identity(fetch.Request{Header: x.header}) }

// had is the answer that a fetch has had already.
func (x *run) had(f *plan.Fetch, body []byte) (given, bool) {
	if x.given == nil { // as nearly always
		return given{}, false
	}
	a, ok := x.given[f.Subgraph+"\x00"+string(body)]
	return a, ok
}

const (
	// scriptCount and scriptBytes bound what the scripts of a graph take.
	scriptCount = 1024
	scriptBytes = 32 << 20
	// scriptKey is the longest key of a query that is played by a script.
	scriptKey = 4 << 10
)

// scripts are those of queries that were asked more than once, by their keys. The
// script of one that was asked once is nil.
type scripts struct {
	mu    sync.Mutex
	all   *simplelru.LRU[string, *script]
	bytes int
}

func newScripts() *scripts {
	s := &scripts{}
	s.all, _ = simplelru.NewLRU(scriptCount, func(_ string, left *script) { // the count is positive: there is no error
		if left != nil {
			s.bytes -= left.bytes
		}
	})
	return s
}

// find gives the script of a query, and tells whether the query was asked before.
func (s *scripts) find(key string) (_ *script, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, again := s.all.Get(key)
	if !again {
		s.all.Add(key, nil)
	}
	return found, again
}

// script is what was noted of an execution, with its response; nil if it cannot
// be played.
func (t *tape) script(of *plan.Shape, by string, body []byte) *script {
	if t == nil || t.spoiled || len(t.lines) == 0 {
		return nil
	}
	s := &script{shape: of, lines: t.lines, came: t.came, body: body, by: by, bytes: len(by) + len(body)}
	for _, l := range s.lines {
		s.bytes += len(l.body) + len(l.answer) + 64
	}
	return s
}

// keep keeps the script of a query.
func (s *scripts) keep(key string, made *script) {
	made.bytes += len(key)
	if made.bytes > scriptBytes/4 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.Remove(key)
	s.all.Add(key, made)
	s.bytes += made.bytes
	for s.bytes > scriptBytes {
		s.all.RemoveOldest()
	}
}

// perform answers by the script of the last time, or executes the plan and notes
// how that goes.
func (x *run) perform() ([]byte, error) {
	key := x.p.key()
	if x.p.Kind() != operation.Query || len(key) > scriptKey {
		return x.answer(func() {})
	}
	s, again := x.g.scripts.find(key)
	if s != nil {
		if body, same := x.play(s); same {
			x.release()
			return body, nil
		}
	}
	if again {
		x.tape = &tape{}
	}
	t, shape := x.tape, x.p.shape
	body, err := x.answer(func() {})
	if made := t.script(shape, x.by(), body); made != nil && err == nil && x.broken == nil {
		x.g.scripts.keep(key, made)
	}
	return body, err
}
