package execute_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"heddle/internal/caller"
	"heddle/router/execute"
	"heddle/router/memory"
	"heddle/router/operation"
)

// runInParts gives the plan of a request, the parts of its answer, and the
// answer that a client makes of them.
func (w *world) runInParts(t *testing.T, ctx context.Context, r operation.Request) (plan, parts, merged string) {
	t.Helper()
	p, err := w.graph.Prepare(ctx, r)
	if err != nil {
		encoded, _ := json.Marshal(map[string]any{"errors": err})
		return "", execute.Pretty(encoded), execute.Pretty(encoded)
	}
	all := inParts(t, ctx, w.graph, p)
	encoded, _ := json.Marshal(mergeParts(t, all))
	return w.graph.Explain(p), execute.Pretty(all[0]) + "\n" + strings.Join(pieces(t, all[1:]), "\n"), execute.Pretty(encoded)
}

// pieces are what the parts bring, in an order that does not depend on which
// subgraph was first.
func pieces(t *testing.T, parts [][]byte) []string {
	t.Helper()
	var all []string
	for _, body := range parts {
		var part struct{ Incremental []json.RawMessage }
		if err := json.Unmarshal(body, &part); err != nil {
			t.Fatal(err)
		}
		for _, piece := range part.Incremental {
			all = append(all, string(piece)+"\n")
		}
	}
	slices.Sort(all)
	return all
}

// inParts are the parts of an answer as they come.
func inParts(t *testing.T, ctx context.Context, g *execute.Graph, p *execute.Prepared) [][]byte {
	t.Helper()
	first, rest, err := g.Begin(ctx, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := [][]byte{first}
	if rest != nil {
		err = rest(func(part []byte) error {
			all = append(all, slices.Clone(part))
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// mergeParts does what a client does (incremental delivery, August 2022), and
// holds the parts to the format.
func mergeParts(t *testing.T, parts [][]byte) map[string]any {
	t.Helper()
	var whole struct {
		Data   any
		Errors []any
	}
	for i, body := range parts {
		var part struct {
			Incremental []struct {
				Data   map[string]any
				Path   []any
				Errors []any
			}
			HasNext *bool
		}
		if err := json.Unmarshal(body, &part); err != nil {
			t.Fatalf("part %d: %v\n%s", i, err, body)
		}
		if part.HasNext == nil || *part.HasNext != (i < len(parts)-1) || i > 0 != (part.Incremental != nil) {
			t.Fatalf("part %d of %d is not of the format: %s", i, len(parts), body)
		}
		if i == 0 {
			if err := json.Unmarshal(body, &whole); err != nil {
				t.Fatal(err)
			}
		}
		for _, piece := range part.Incremental {
			at := whole.Data
			for _, step := range piece.Path {
				switch here := at.(type) {
				case map[string]any:
					at = here[step.(string)]
				case []any:
					at = here[int(step.(float64))]
				}
			}
			if object, ok := at.(map[string]any); ok { // else a null has taken its place, in another part
				mergeInto(object, piece.Data)
			}
			whole.Errors = append(whole.Errors, piece.Errors...)
		}
	}
	out := map[string]any{"data": whole.Data}
	if len(whole.Errors) > 0 {
		out["errors"] = whole.Errors
	}
	return out
}

func mergeInto(to, from map[string]any) {
	for key, v := range from {
		to[key] = merged(to[key], v)
	}
}

// merged is what came later, in what was there.
func merged(have, later any) any {
	switch v := later.(type) {
	case map[string]any:
		if object, ok := have.(map[string]any); ok {
			mergeInto(object, v)
			return object
		}
	case []any:
		if list, ok := have.([]any); ok && len(list) == len(v) {
			for i := range v {
				list[i] = merged(list[i], v[i])
			}
			return list
		}
	}
	return later
}

// TestRandom_deferred asks random queries with @defer in parts, and wants what
// is in the whole answer.
func TestRandom_deferred(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(cases + "/graphs/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, archive, "", nil)
			for i := range *seeds {
				s := uint64(i + 1)
				if *seed != 0 {
					s = *seed
				}
				if !tryDeferred(t, w, s) || *seed != 0 {
					return
				}
			}
		})
	}
}

func tryDeferred(t *testing.T, w *world, s uint64) bool {
	t.Helper()
	g := &generator{rand: rand.New(rand.NewPCG(s, 13)), schema: w.super.Schema, variables: map[string]any{}, data: w.whole.Data, defers: true}
	query := g.operation()
	if _, errs := gqlparser.LoadQueryWithRules(w.super.Schema, query, rules.NewDefaultRules()); len(errs) > 0 {
		return true // two fields under one key that cannot be merged
	}
	encoded, _ := json.Marshal(g.variables)
	r := operation.Request{Query: query, Variables: encoded, Incremental: true}
	ctx := caller.With(context.Background(), caller.Caller{ID: "a"})
	whole := w.whole.Answer(memory.Request{Query: strings.ReplaceAll(query, "@defer", ""), Variables: g.variables})
	answer, _ := json.Marshal(whole)
	var got, want struct {
		Data   any
		Errors []any
	}
	plan, parts, merged := w.runInParts(t, ctx, r)
	if err := errors.Join(json.Unmarshal(answer, &want), json.Unmarshal([]byte(merged), &got)); err != nil {
		t.Errorf("seed %d: %v\n%s", s, err, query)
		return false
	}
	if len(want.Errors) > 0 {
		return true // a null ends elsewhere
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seed %d: (-whole +heddle)\n%s\n%s\n%s\n%s\n%s", s, query, encoded, plan, diff, parts)
		return false
	}
	return true
}
