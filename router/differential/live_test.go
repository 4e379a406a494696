package differential_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heddle/internal/caller"
	"heddle/router/compose"
	"heddle/router/memory"
	"heddle/router/operation"
)

// What comes in several parts, or again and again: deferred fragments, whose parts
// together are the whole answer, and subscriptions, each of whose events is
// answered like a query.

// events is how many events a subscription has.
const events = 2

// stream answers a subscription with events over the data.
func (s *scene) stream(w http.ResponseWriter, r *http.Request, part *memory.Server) {
	body, err := io.ReadAll(r.Body)
	var request memory.Request
	if err == nil {
		err = json.Unmarshal(body, &request)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	event, _ := json.Marshal(part.Answer(request))
	w.Header().Set("Content-Type", "text/event-stream")
	for range events {
		_, _ = fmt.Fprintf(w, "event: next\ndata: %s\n\n", event)
	}
	_, _ = fmt.Fprint(w, "event: complete\n\n")
}

var rootFields = regexp.MustCompile(`(?s)type Query \{\n(.*?)\}\n`)

// withSubscriptions gives the first subgraph that can have them the root fields of
// its queries as subscriptions, too.
func withSubscriptions(set []compose.Subgraph) []compose.Subgraph {
	for i, sub := range set {
		if found := rootFields.FindStringSubmatch(sub.SDL); found != nil && strings.Contains(sub.SDL, "@link(") {
			set[i].SDL += "type Subscription {\n" + strings.NewReplacer(" @shareable", "", " @inaccessible", "").Replace(found[1]) + "}\n"
			return set
		}
	}
	return set
}

// deferral is a @defer that a fragment may have.
func (w *writer) deferral() string {
	if !w.defers || !w.chance(50) {
		return ""
	}
	var arguments []string
	if w.chance(50) {
		arguments = append(arguments, fmt.Sprintf("label: \"l%d\"", w.labels))
		w.labels++
	}
	switch {
	case w.chance(10):
		arguments = append(arguments, fmt.Sprintf("if: %t", w.chance(50)))
	case w.chance(15):
		arguments = append(arguments, "if: $"+w.boolean())
	}
	if len(arguments) == 0 {
		return " @defer"
	}
	return " @defer(" + strings.Join(arguments, ", ") + ")"
}

// writeDeferred makes a query with deferred fragments. Whatever variables they
// depend on are used beside them, too.
func (s *scene) writeDeferred(d dice) request {
	w := &writer{dice: d, schema: s.graph.super.Schema, data: s.data, variables: map[string]any{}, budget: 6 + d.IntN(40), defers: true}
	set := w.set(w.schema.Query, 0)
	for i, def := range w.defs {
		if strings.HasPrefix(def, "$c") {
			set = fmt.Sprintf("%s u%d: __typename @include(if: $c%d) }", strings.TrimSuffix(set, "}"), i, i)
		}
	}
	return w.request("query", set)
}

// writeSubscription makes a subscription to some field.
func (s *scene) writeSubscription(d dice) request {
	w := &writer{dice: d, schema: s.graph.super.Schema, data: s.data, variables: map[string]any{}, budget: 6 + d.IntN(30)}
	f := pick(d, w.schema.Subscription.Fields...)
	for strings.HasPrefix(f.Name, "__") {
		f = pick(d, w.schema.Subscription.Fields...)
	}
	text := f.Name + w.arguments(f)
	if d.chance(20) {
		text = "event: " + text
	}
	if below := w.schema.Types[f.Type.Name()]; below.IsCompositeType() {
		text += " " + w.set(below, 1)
	}
	return w.request("subscription", "{ "+text+" }")
}

// request is what has been written.
func (w *writer) request(header, set string) request {
	if len(w.defs) > 0 {
		header += "(" + strings.Join(w.defs, ", ") + ")"
	}
	parts := []string{header + " " + set}
	for _, f := range w.fragments {
		parts = append(parts, "fragment "+f.name+" on "+f.on+" "+f.text)
	}
	return request{Query: strings.Join(parts, "\n"), Variables: w.variables}
}

var directive = regexp.MustCompile(` @defer(\([^)]*\))?`)

// atOnce is the request with nothing deferred.
func (r request) atOnce() request {
	r.Query = directive.ReplaceAllString(r.Query, "")
	return r
}

// TestDifferential_live tries random queries with deferred fragments and random
// subscriptions: HEDDLE_LIVE of each, 300 unless told otherwise.
func TestDifferential_live(t *testing.T) {
	t.Parallel()
	js := startNode(t, "reference.mjs", "graphql")
	start, wanted := number(t, "HEDDLE_SEED", 1), number(t, "HEDDLE_LIVE", 300)
	var count tally
	tried := map[string]int{}
	for seed := uint64(start); tried["in parts"] < wanted && !t.Failed(); seed++ {
		g := composed(seed, &count, func(d dice) []compose.Subgraph { return withSubscriptions(makeSet(d, false)) })
		s, err := makeScene(g, memory.Data{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		d := roll(seed, 4)
		data := makeData(d, s.known, false)
		data["Subscription"] = data["Query"]
		if err := s.play(data); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for range requestsPerData {
			s.tryInParts(t, js, seed, s.writeDeferred(d), tried)
			if g.super.Schema.Subscription != nil {
				s.tryEvents(t, js, seed, s.writeSubscription(d), tried)
			}
		}
	}
	t.Logf("seeds from %d: %v", start, tried)
	if tried["in parts"] > 100 && (tried["parts"] == 0 || tried["events"] == 0) {
		t.Error("nothing was deferred, or there was no event")
	}
}

// prepare is the request, prepared for a caller.
func (s *scene) prepare(r request, incremental bool) (ctx context.Context, ask func() (first []byte, rest [][]byte, err error), err error) {
	ctx = caller.With(context.Background(), caller.Caller{ID: "a"})
	p, err := s.engine.Prepare(ctx, operation.Request{Query: r.Query, Variables: r.variables(), Incremental: incremental})
	if err != nil {
		return ctx, nil, err
	}
	if p.Kind() == operation.Subscription {
		return ctx, func() (_ []byte, all [][]byte, _ error) {
			err := s.engine.Source(ctx, p, nil, nil, func() {}, func(event []byte) error {
				body, err := s.engine.Event(ctx, p, nil, event)
				all = append(all, slices.Clone(body))
				return err
			})
			return nil, all, err
		}, nil
	}
	return ctx, func() (first []byte, all [][]byte, err error) {
		first, rest, err := s.engine.Begin(ctx, p, nil)
		if err != nil || rest == nil {
			return first, nil, err
		}
		err = rest(func(part []byte) error {
			all = append(all, slices.Clone(part))
			return nil
		})
		return first, all, err
	}, nil
}

// tryEvents holds the answer to each event against graphql-js.
func (s *scene) tryEvents(t *testing.T, js *node, seed uint64, r request, tried map[string]int) {
	t.Helper()
	answers, err := js.reference(s.graph.super.API, []question{{Data: s.data, Query: r.Query, Variables: r.variables()}})
	if err != nil {
		t.Fatal(err)
	}
	tried["subscriptions"]++
	_, ask, err := s.prepare(r, false)
	if err != nil || answers[0].Invalid != nil {
		if (err == nil) != (answers[0].Invalid == nil) {
			t.Errorf("seed %d: refused: ours %v, graphql-js %q\n%s", seed, err, answers[0].Invalid, r.Query)
		}
		return
	}
	_, all, err := ask()
	if err != nil || len(all) != events {
		t.Errorf("seed %d: %d events, %v\n%s", seed, len(all), err, r.Query)
		return
	}
	for _, body := range all {
		tried["events"]++
		var got answer
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if d := difference(got, answers[0]); d != "" {
			t.Errorf("seed %d: %s\n%s\n%s\n%s", seed, d, r.Query, r.variables(), printSet(s.graph.set))
		}
	}
}
