package execute_test

import (
	"context"
	"testing"

	"heddle/internal/caller"
	"heddle/router/execute"
	"heddle/router/operation"
)

// A graph that is about to take over plans what the other was asked for, in every
// form in which it was, and nothing is left to plan when it is asked the same.
func TestGraph_Warm(t *testing.T) {
	t.Parallel()
	people := scripted{status: 200, body: `{"data":{"people":[]}}`}
	before, next := twoParts(t, people, people, execute.Options{}), twoParts(t, people, people, execute.Options{})
	somebody := caller.With(t.Context(), caller.Caller{ID: "ada"})
	asked := []struct {
		ctx context.Context
		r   operation.Request
	}{
		{t.Context(), operation.Request{Query: "{ people { id } }"}},
		{somebody, operation.Request{Query: "{ people { id name } }"}},
		{t.Context(), operation.Request{Query: "query($v: Boolean!) { people { id name @include(if: $v) } }", Variables: []byte(`{"v":true}`)}},
		{t.Context(), operation.Request{Query: "query($v: Boolean!) { people { id age @skip(if: $v) } }", Variables: []byte(`{"v":false}`)}},
		{t.Context(), operation.Request{Query: "query A { people { age } } query B { people { name } }", OperationName: "B"}},
	}
	ask := func(g *execute.Graph) {
		t.Helper()
		for _, a := range asked {
			if _, err := g.Prepare(a.ctx, a.r); err != nil {
				t.Fatalf("%s: %v", a.r.Query, err)
			}
		}
	}
	ask(before)
	made := before.Plans()
	if planned, used := next.Warm(t.Context(), before); planned != len(asked) || used != len(asked) {
		t.Errorf("%d of %d operations were planned, want all %d", planned, used, len(asked))
	}
	if next.Plans() != made {
		t.Errorf("%d plans were made, want %d", next.Plans(), made)
	}
	ask(next)
	if next.Plans() != made {
		t.Errorf("%d plans were left to make", next.Plans()-made)
	}

	late, cancel := context.WithCancel(t.Context())
	cancel()
	third := twoParts(t, people, people, execute.Options{})
	if planned, used := third.Warm(late, before); planned != 0 || used != len(asked) || third.Plans() != 0 {
		t.Errorf("with no time left %d of %d operations were planned", planned, used)
	}
}
