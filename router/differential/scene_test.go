package differential_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"heddle/internal/caller"
	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/memory"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// graph is a set of subgraphs, composed.
type graph struct {
	set   []compose.Subgraph
	super *supergraph.Supergraph
	sdl   string // of the supergraph
}

// newGraph composes the set; the error tells why it is refused.
func newGraph(set []compose.Subgraph) (*graph, error) {
	composed, err := compose.Compose(set)
	if err != nil {
		return nil, err
	}
	return readSupergraph(set, composed.Supergraph)
}

func readSupergraph(set []compose.Subgraph, sdl string) (*graph, error) {
	super, err := supergraph.Read(sdl)
	if err != nil {
		return nil, fmt.Errorf("read supergraph: %w", err)
	}
	return &graph{set: set, super: super, sdl: sdl}, nil
}

// scene is a graph with data, ready to answer.
type scene struct {
	graph  *graph
	data   memory.Data
	engine *execute.Graph
	parts  map[string]*memory.Server
	known  *knowledge
	down   []string     // the subgraphs that do not answer
	how    string       // what they say instead
	log    bytes.Buffer // why the engine could not answer
	labels atomic.Int64 // how often a label was asked for
}

// label tells that a label is active every other time.
func (s *scene) label(context.Context, string) bool { return s.labels.Add(1)%2 == 0 }

func newScene(t *testing.T, g *graph, data memory.Data) *scene {
	t.Helper()
	s, err := makeScene(g, data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func makeScene(g *graph, data memory.Data) (*scene, error) {
	k, err := learn(g)
	if err != nil {
		return nil, err
	}
	s := &scene{graph: g, known: k, parts: map[string]*memory.Server{}}
	fetchers := map[string]fetch.Fetcher{}
	for _, sub := range g.set {
		fetchers[sub.Name] = fetch.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if slices.Contains(s.down, sub.Name) {
				s.fail(w)
				return
			}
			if strings.Contains(r.Header.Get("Accept"), "event-stream") {
				s.stream(w, r, s.parts[sub.Name])
				return
			}
			s.parts[sub.Name].ServeHTTP(w, r)
		}))
	}
	if s.engine, err = execute.New(g.super, fetchers, execute.Options{Label: s.label, Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelError}))}); err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	return s, s.play(data)
}

// play gives the scene other data.
func (s *scene) play(data memory.Data) error {
	s.data = data
	for _, sub := range s.graph.set {
		part, err := memory.Subgraph(sub.SDL, data.Of(sub.Name))
		if err != nil {
			return fmt.Errorf("subgraph %s: %w", sub.Name, err)
		}
		s.parts[sub.Name] = part
	}
	return nil
}

// fail answers for a subgraph that is down.
func (s *scene) fail(w http.ResponseWriter) {
	switch s.how {
	case "":
		http.Error(w, "the lights are out", http.StatusBadGateway)
	default:
		_, _ = w.Write([]byte(s.how))
	}
}

// failures are the ways in which a subgraph that is down answers.
var failures = []string{"", "<html>", `{"data":null}`, `{"errors":[{"message":"I am ill"}]}`, `{"data":null,"errors":[{"message":"I am ill","extensions":{"code":"ILL"}}]}`, `[]`}

// compare tells for each request how the engine's answer differs from that of
// graphql-js; empty for not at all.
func (s *scene) compare(js *node, requests []request) ([]string, error) {
	var questions []question
	for _, r := range requests {
		q := question{Data: s.data, Query: r.Query, Variables: r.variables(), OperationName: r.Name}
		questions = append(questions, q)
		if len(r.Down) > 0 {
			q.Failing = s.known.doubtful(r.Down)
			questions = append(questions, q)
		}
	}
	answers, err := js.reference(s.graph.super.API, questions)
	if err != nil {
		return nil, err
	}
	found := make([]string, len(requests))
	for i, r := range requests {
		if len(r.Down) > 0 {
			found[i] = outside(s.answer(r), answers[1], answers[0])
			answers = answers[1:]
		} else {
			found[i] = difference(s.answer(r), answers[0])
		}
		answers = answers[1:]
	}
	return found, nil
}

func (r request) variables() json.RawMessage {
	encoded, _ := json.Marshal(r.Variables) // made of what JSON has
	return encoded
}

// answer is what the engine answers to a request that was asked twice before,
// while all subgraphs were up.
func (s *scene) answer(r request) answer {
	s.log.Reset()
	ctx := caller.With(context.Background(), caller.Caller{ID: "a"})
	p, err := s.engine.Prepare(ctx, operation.Request{Query: r.Query, Variables: r.variables(), OperationName: r.Name})
	if err != nil {
		return answer{Invalid: []string{err.Error() + s.log.String()}}
	}
	s.down, s.how = nil, ""
	var bodies [3][]byte
	for i := range bodies {
		if i == len(bodies)-1 {
			s.down, s.how = r.Down, r.How
		}
		if bodies[i], err = s.engine.Execute(ctx, p, nil); err != nil {
			return answer{Invalid: []string{err.Error()}}
		}
	}
	last := bodies[2]
	if len(r.Down) == 0 && !bytes.Contains(last, []byte(`"errors":`)) && !bytes.Equal(bodies[0], last) { // errors come in any order
		return answer{Invalid: []string{"not the same when it is asked again: " + string(bodies[0]) + ", " + string(last)}}
	}
	var a answer
	if err := json.Unmarshal(last, &a); err != nil {
		return answer{Invalid: []string{"not JSON: " + err.Error() + ": " + string(last)}}
	}
	return a
}
