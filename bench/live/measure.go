package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"heddle/bench/live/chat"
)

// bench is what all measurements share.
type bench struct {
	settings
	folder     string
	supergraph string // its file
	subgraphs  *server
}

// contenders are measured in this order; the router first, the limit last.
var contenders = []struct {
	name, title string
	start       func(b *bench, ctx context.Context) (*server, error)
	peer        bool
}{
	{"heddle", "heddle", func(b *bench, ctx context.Context) (*server, error) { return b.start(ctx, "heddle") }, false},
	{"hive", "@graphql-hive/gateway (the peer)", (*bench).hive, true},
	{"limit", "the same bytes to raw WebSockets (the limit)", func(b *bench, ctx context.Context) (*server, error) { return b.start(ctx, "limit") }, false},
}

func run(ctx context.Context, s settings) (err error) {
	folder, err := os.MkdirTemp("", "heddle-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := &bench{settings: s, folder: folder, supergraph: filepath.Join(folder, "supergraph.graphql")}
	if b.subgraphs, err = b.start(ctx, "subgraphs"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.subgraphs.Kill()) }()
	sdl, err := chat.Supergraph(func(name string) string { return "http://" + b.subgraphs.address + "/" + name })
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.supergraph, []byte(sdl), 0o600); err != nil {
		return err
	}
	fmt.Println(machine())
	for _, a := range audiences {
		for _, size := range s.sizes {
			if a.apart && size > s.apart {
				continue
			}
			if err := b.compare(ctx, size, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// audience is who the subscribers are.
type audience struct {
	title string
	many  bool // each has a token of their own
	apart bool // the subgraph does not say that they may share
}

var audiences = []audience{
	{title: "one token"},
	{title: "all-different tokens, the subgraph says that they may see the same", many: true},
	{title: "all-different tokens, nobody may share", many: true, apart: true},
}

// token is the i-th subscriber's.
func (a audience) token(i int) string {
	if a.many {
		return fmt.Sprintf("token-of-%d", i)
	}
	return "token-of-all"
}

func (a audience) query() string {
	if a.apart {
		return chat.Alone
	}
	return chat.Subscription
}

// compare measures each contender with so many subscribers, and prints them
// beside each other. A peer that does not bear them says why in place of its
// figures.
func (b *bench) compare(ctx context.Context, size int, a audience) error {
	var rows []row
	for _, c := range contenders {
		if (b.only != "" && b.only != c.name) || (c.peer && !b.peers) || (c.name == "limit" && a.many) || (c.peer && a.many && !a.apart) {
			continue
		}
		var s *server
		r := row{title: c.title}
		s, err := c.start(b, ctx)
		if err == nil {
			r.figures, err = b.measure(ctx, s, size, a)
			err = errors.Join(err, s.Kill())
		}
		if err != nil && !c.peer {
			return fmt.Errorf("%s, %d subscribers: %w", c.name, size, err)
		}
		r.why = err
		rows = append(rows, r)
	}
	report(size, a, rows)
	return nil
}

// figures of one contender with so many subscribers.
type figures struct {
	memory, held, goroutines float64 // of each idle subscriber: bytes resident, bytes after a collection, goroutines; held and goroutines only of ours
	single, loaded           figure
}

// figure is of one kind of load.
type figure struct {
	perSecond float64 // deliveries
	p50, p99  time.Duration
	cpu       time.Duration // of the server, for each delivery
	client    time.Duration // of the subscribers, for each delivery
}

func (b *bench) measure(ctx context.Context, s *server, size int, a audience) (f figures, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if err := b.warm(ctx, s, a); err != nil {
		return f, err
	}
	before, err := holding(ctx, s)
	if err != nil {
		return f, err
	}
	c, err := gather(ctx, s, size, a)
	if err != nil {
		return f, err
	}
	defer c.close()
	after, err := holding(ctx, s)
	if err != nil {
		return f, err
	}
	f.memory, f.held, f.goroutines = (after[0]-before[0])/float64(size), (after[1]-before[1])/float64(size), (after[2]-before[2])/float64(size)
	if b.profile != "" && s.inside != "" {
		text, _ := get(ctx, s.inside, "/debug/pprof/heap?debug=1")
		_ = os.WriteFile(filepath.Join(b.profile, "idle.txt"), []byte(text), 0o600)
	}
	if f.single, err = b.load(ctx, s, c, 1, "single"); err != nil {
		return f, err
	}
	f.loaded, err = b.load(ctx, s, c, b.atOnce, "loaded")
	return f, err
}

// warm lets a few subscribers come and go.
func (b *bench) warm(ctx context.Context, s *server, a audience) error {
	c, err := gather(ctx, s, 20, a)
	if err != nil {
		return err
	}
	defer c.close()
	_, err = (&bench{settings: smoke}).load(ctx, s, c, 2, "")
	return err
}

// holding is what a server holds at rest: resident bytes, resident bytes after
// a collection, and goroutines.
func holding(ctx context.Context, s *server) (held [3]float64, err error) {
	time.Sleep(time.Second) // to come to rest
	if held[0], err = resident(s.PID()); err != nil || s.inside == "" {
		return held, err
	}
	if _, err = get(ctx, s.inside, "/collect"); err != nil {
		return held, err
	}
	if held[1], err = resident(s.PID()); err != nil {
		return held, err
	}
	text, err := get(ctx, s.inside, "/goroutines")
	if err != nil {
		return held, err
	}
	held[2], err = strconv.ParseFloat(text, 64)
	return held, err
}

func get(ctx context.Context, address, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// load keeps so many messages on their way, each said when one before it has
// been heard by all: so many times as there are singles when it is one, else
// for the duration.
func (b *bench) load(ctx context.Context, s *server, c *crowd, atOnce int, name string) (figure, error) {
	if _, _, err := c.since(); err != nil {
		return figure{}, err
	}
	profiled := b.profileWhile(ctx, s, fmt.Sprintf("%d-%s", c.subscribers, name))
	cpu, own, began := cpuOf(s.PID()), cpuOf(os.Getpid()), time.Now()
	errs := make([]error, atOnce)
	var speakers sync.WaitGroup
	for i := range atOnce {
		speakers.Go(func() {
			for n := 0; errs[i] == nil && (atOnce == 1 && n < b.singles || atOnce > 1 && time.Since(began) < b.duration); n++ {
				errs[i] = c.round(ctx, s)
			}
		})
	}
	speakers.Wait()
	took := time.Since(began)
	cpu, own = cpuOf(s.PID())-cpu, cpuOf(os.Getpid())-own
	deliveries, times, wrong := c.since()
	if err := errors.Join(errors.Join(errs...), wrong, profiled()); err != nil {
		return figure{}, err
	}
	each := time.Duration(max(deliveries, 1))
	return figure{
		perSecond: float64(deliveries) / took.Seconds(), p50: times.quantile(0.5), p99: times.quantile(0.99),
		cpu: cpu / each, client: own / each,
	}, nil
}

// round says one message and waits until all have heard it.
func (c *crowd) round(ctx context.Context, s *server) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	name, all := c.send()
	if err := s.say(ctx, text(name)); err != nil {
		return err
	}
	return c.await(ctx, name, all)
}

// text is what is said in a message: its name, in words of some length.
func text(name int) string {
	return fmt.Sprintf("#%06d The quick brown fox jumps over the lazy dog.", name)
}

// say sends the mutation.
func (s *server) say(ctx context.Context, text string) error {
	body, err := json.Marshal(map[string]any{"query": chat.Mutation, "variables": map[string]any{"text": text}})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer token-of-all")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !strings.Contains(string(answer), `"number":`)) {
		err = fmt.Errorf("the mutation is answered with %s: %.300s", response.Status, answer)
	}
	return err
}

// profileWhile takes a CPU profile until the function it gives is called.
func (b *bench) profileWhile(ctx context.Context, s *server, name string) (stop func() error) {
	if b.profile == "" || s.inside == "" {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan error, 1)
	go func() {
		text, err := get(ctx, s.inside, fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(b.duration.Seconds()))))
		if err == nil {
			err = os.WriteFile(filepath.Join(b.profile, name+".cpu"), []byte(text), 0o600)
		}
		if ctx.Err() != nil {
			err = nil // too short to be profiled
		}
		result <- err
	}()
	return func() error {
		if name[strings.LastIndex(name, "-")+1:] == "single" {
			cancel()
		}
		err := <-result
		cancel()
		heap, heapErr := get(context.WithoutCancel(ctx), s.inside, "/debug/pprof/heap")
		return errors.Join(err, heapErr, os.WriteFile(filepath.Join(b.profile, name+".heap"), []byte(heap), 0o600))
	}
}
