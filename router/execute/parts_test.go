package execute_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"heddle/router/execute"
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
			object, ok := at.(map[string]any)
			if !ok {
				t.Fatalf("part %d belongs to %v, where there is no object: %s", i, piece.Path, body)
			}
			mergeInto(object, piece.Data)
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
		switch v := v.(type) {
		case map[string]any:
			if have, ok := to[key].(map[string]any); ok {
				mergeInto(have, v)
				continue
			}
		case []any:
			if have, ok := to[key].([]any); ok && len(have) == len(v) {
				for i := range v {
					a, one := have[i].(map[string]any)
					b, other := v[i].(map[string]any)
					if one && other {
						mergeInto(a, b)
					}
				}
				continue
			}
		}
		to[key] = v
	}
}
