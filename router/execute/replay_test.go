package execute_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
)

// changing is a subgraph whose answer can be changed, and that notes what it was
// asked and by whom.
type changing struct {
	mu     sync.Mutex
	status int
	body   string
	asked  []string
}

func (c *changing) Fetch(_ context.Context, r fetch.Request) (fetch.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r.Header.Get("Authorization")+" "+string(r.Body))
	return fetch.Response{Status: c.status, Body: []byte(c.body), Header: http.Header{}}, nil
}

func (c *changing) answers(status int, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status, c.body = status, body
}

func (c *changing) took() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.asked
	c.asked = nil
	return asked
}

func people(ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, fmt.Sprintf(`{"__typename":"Person","id":%q}`, id))
	}
	return `{"data":{"people":[` + strings.Join(list, ",") + `]}}`
}

func names(names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf(`{"__typename":"Person","name":%q}`, name))
	}
	return `{"data":{"_entities":[` + strings.Join(list, ",") + `]}}`
}

// TestExecute_what_was_asked_before: every subgraph is asked each time, once, as
// who asks; and the answer is what they say now, whatever they said before.
func TestExecute_what_was_asked_before(t *testing.T) {
	t.Parallel()
	a, b := &changing{}, &changing{}
	g := twoParts(t, a, b, execute.Options{NoSharing: true})
	p, err := g.Prepare(context.Background(), operation.Request{Query: `{ people { id name } }`})
	if err != nil {
		t.Fatal(err)
	}
	const unreachable = `"errors":[{"message":"A part of the graph could not be reached.","path":["people"],"extensions":{"code":"SUBGRAPH_UNAVAILABLE"}}]}`
	two := `{"data":{"people":[{"id":"1","name":"Ada"},{"id":"2","name":"Alan"}]}}`
	for i, step := range []struct {
		status       int
		people, name string
		want         string
		asked        int // of b
	}{
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
		{200, people("1", "2"), names("Ada", "Grace"), strings.Replace(two, "Alan", "Grace", 1), 1},
		{200, people("1", "2"), names("Ada", "Grace"), strings.Replace(two, "Alan", "Grace", 1), 1},
		{200, people("2"), names("Grace"), `{"data":{"people":[{"id":"2","name":"Grace"}]}}`, 1},
		{200, people(), names(), `{"data":{"people":[]}}`, 0},
		{200, people(), names(), `{"data":{"people":[]}}`, 0},
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
		{502, people("1", "2"), "down", `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},` + unreachable, 1},
		{502, people("1", "2"), names("Ada", "Alan"), two, 1},
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
		{200, people("1", "2"), names("Ada"), `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},"errors":[{"message":"A part of the graph gave an answer that cannot be used.","path":["people"],"extensions":{"code":"SUBGRAPH_INVALID_RESPONSE"}}]}`, 1},
		{200, people("1", "2"), names("Ada", "Alan"), two, 1},
	} {
		a.answers(200, step.people)
		b.answers(step.status, step.name)
		who := fmt.Sprintf("person %d", i)
		body, err := g.Execute(context.Background(), p, http.Header{"Authorization": {who}})
		if err != nil || string(body) != step.want {
			t.Errorf("step %d: got %s, %v; want %s", i, body, err, step.want)
		}
		askedA, askedB := a.took(), b.took()
		if len(askedA) != 1 || len(askedB) != step.asked {
			t.Errorf("step %d: the subgraphs were asked %d and %d times, not once and %d times", i, len(askedA), len(askedB), step.asked)
		}
		for _, asked := range slices.Concat(askedA, askedB) {
			if !strings.HasPrefix(asked, who+" ") {
				t.Errorf("step %d: asked as %s", i, asked)
			}
		}
	}
}

// TestExecute_asks_again_in_the_order_of_the_plan: nothing is asked before what it
// depends on has been answered as it was, for a caller for whom it has not been so
// several times.
func TestExecute_asks_again_in_the_order_of_the_plan(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{
		"soon":                   {"grace", "grace", "grace"},
		"somebody else before":   {"ada", "ada", "ada", "ada", "ada", "ada"},
		"somebody else at first": {"ada", "ada", "grace", "grace", "grace", "grace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := &changing{status: 200, body: people("1")}, &changing{status: 200, body: names("Ada")}
			g := twoParts(t, a, b, execute.Options{})
			for _, who := range before {
				asks(t, g, who, `{ people { name } }`)
			}
			b.took()
			a.answers(200, `{"data":{"people":null},"errors":[{"message":"No."}]}`)
			if got, want := asks(t, g, "grace", `{ people { name } }`), `{"data":{"people":null},"errors":[{"message":"No.","path":["people"],"extensions":{"code":"SUBGRAPH_ERROR"}}]}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if asked := b.took(); len(asked) > 0 {
				t.Errorf("asked for the names of people that there are not: %s", asked)
			}
		})
	}
}

// waiting is a subgraph that answers when another has been asked.
type waiting struct {
	*changing
	asked chan struct{} // closed when the other is asked; nil: it answers at once
}

func (w *waiting) Fetch(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	if w.asked != nil {
		select {
		case <-w.asked:
		case <-ctx.Done():
			return fetch.Response{}, ctx.Err()
		}
	}
	return w.changing.Fetch(ctx, r)
}

// TestExecute_asks_at_once: what a caller has been answered in the same way
// several times is asked of all subgraphs at once; and an answer that has changed
// meanwhile is right, also where that was in vain.
func TestExecute_asks_at_once(t *testing.T) {
	t.Parallel()
	a, b := &waiting{changing: &changing{status: 200, body: people("1")}}, &changing{status: 200, body: names("Ada")}
	asked := make(chan struct{}, 1)
	g := twoParts(t, a, told{b, asked}, execute.Options{})
	query, ada := `{ people { id name } }`, `{"data":{"people":[{"id":"1","name":"Ada"}]}}`
	for range 4 {
		asks(t, g, "grace", query)
		<-asked
	}
	a.asked = asked
	if got := asks(t, g, "grace", query); got != ada {
		t.Errorf("at once: got %s, want %s", got, ada)
	}
	a.answers(200, people("2"))
	b.answers(200, names("Alan"))
	b.took()
	if got, want := asks(t, g, "grace", query), `{"data":{"people":[{"id":"2","name":"Alan"}]}}`; got != want {
		t.Errorf("changed: got %s, want %s", got, want)
	}
	if asked := b.took(); len(asked) != 2 || !strings.Contains(asked[0], `"id":"1"`) || !strings.Contains(asked[1], `"id":"2"`) {
		t.Errorf("changed: asked for %q", asked)
	}
	a.asked = nil
	a.answers(200, people())
	if got, want := asks(t, g, "grace", query), `{"data":{"people":[]}}`; got != want {
		t.Errorf("nobody: got %s, want %s", got, want)
	}
	if asked := b.took(); len(asked) > 0 {
		t.Errorf("after a change at once again: %q", asked)
	}
}

// told is a subgraph that says when it is asked.
type told struct {
	*changing
	asked chan<- struct{}
}

func (o told) Fetch(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	select {
	case o.asked <- struct{}{}:
	default:
	}
	return o.changing.Fetch(ctx, r)
}

// asks gives what somebody is answered.
func asks(t *testing.T, g *execute.Graph, who, query string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := g.Prepare(ctx, operation.Request{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	body, err := g.Execute(ctx, p, http.Header{"Authorization": {who}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
