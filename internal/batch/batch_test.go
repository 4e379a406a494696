package batch_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"heddle/internal/batch"
)

type thread struct {
	colour string
	batch.Peer[*thread]
}

func threads(colours ...string) (all []*thread) {
	for _, colour := range colours {
		all = append(all, &thread{colour: colour})
	}
	return all
}

// at is the context of a field below an edge: path threads.edges.<n>.node.<field>.
func at(ctx context.Context, n int, field string) context.Context {
	for _, name := range []string{"threads", "edges"} {
		ctx = graphql.WithPathContext(ctx, graphql.NewPathWithField(name))
	}
	ctx = graphql.WithPathContext(ctx, graphql.NewPathWithIndex(n))
	for _, name := range []string{"node", field} {
		ctx = graphql.WithPathContext(ctx, graphql.NewPathWithField(name))
	}
	return ctx
}

// resolver notes which objects it was called with.
type resolver struct {
	mu    sync.Mutex
	calls [][]string
}

func (r *resolver) upper(objects []*thread) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var asked, values []string
	for _, o := range objects {
		asked, values = append(asked, o.colour), append(values, o.colour+"!")
	}
	r.calls = append(r.calls, asked)
	return values, nil
}

func TestEach_peers_are_resolved_together(t *testing.T) {
	t.Parallel()
	rows := threads("red", "blue", "green")
	batch.Join(rows)
	r := &resolver{}
	values := make([]string, len(rows))
	var all sync.WaitGroup
	for i, row := range rows {
		all.Go(func() {
			got, err := batch.Each(at(t.Context(), i, "name"), []*thread{row}, r.upper)
			if err != nil || len(got) != 1 {
				t.Errorf("values %q, error %v", got, err)
				return
			}
			values[i] = got[0]
		})
	}
	all.Wait()
	if diff := cmp.Diff([]string{"red!", "blue!", "green!"}, values) + cmp.Diff([][]string{{"red", "blue", "green"}}, r.calls); diff != "" {
		t.Errorf("values and calls (-want +got):\n%s", diff)
	}
	if _, err := batch.Each(at(t.Context(), 0, "alias"), rows[:1], r.upper); err != nil || len(r.calls) != 2 {
		t.Errorf("%d calls (%v), want another one under another alias", len(r.calls), err)
	}
}

func TestEach_without_peers(t *testing.T) {
	t.Parallel()
	rows := threads("red", "blue")
	r := &resolver{}
	for _, objects := range [][]*thread{rows, rows[:1], nil} {
		if _, err := batch.Each(at(t.Context(), 0, "name"), objects, r.upper); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([][]string{{"red", "blue"}, {"red"}, nil}, r.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// Many things may refer to one object: its field is resolved once.
func TestEach_its_own_only_peer(t *testing.T) {
	t.Parallel()
	rows := threads("red")
	batch.Join(rows)
	r := &resolver{}
	for n := range 3 {
		if _, err := batch.Each(at(t.Context(), n, "name"), rows, r.upper); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.calls) != 1 {
		t.Errorf("%d calls, want 1", len(r.calls))
	}
}

func TestEach_nothing_for_what_is_missing(t *testing.T) {
	t.Parallel()
	rows := threads("red", "blue")
	broken := errors.New("broken")
	for _, c := range []struct {
		name    string
		resolve func(objects []*thread) ([]string, error)
		want    []string
		errs    batch.Errors
	}{
		{"values", (&resolver{}).upper, []string{"", "red!", "", "blue!"}, nil},
		{"an error among them", func([]*thread) ([]string, error) { return []string{"", "blue!"}, batch.Errors{broken, nil} },
			[]string{"", "", "", "blue!"}, batch.Errors{nil, broken, nil, nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := batch.Each(at(t.Context(), 0, "name"), []*thread{nil, rows[0], nil, rows[1]}, c.resolve)
			var errs batch.Errors
			errors.As(err, &errs)
			if diff := cmp.Diff(c.want, got) + cmp.Diff([]error(c.errs), []error(errs), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("values and errors (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := batch.Each(t.Context(), []*thread{nil, rows[0]}, func([]*thread) ([]string, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want broken", err)
	}
}

func TestEach_an_error_each(t *testing.T) {
	t.Parallel()
	rows := threads("red", "blue")
	batch.Join(rows)
	broken := errors.New("broken")
	resolve := func([]*thread) ([]string, error) { return []string{"", "blue!"}, batch.Errors{broken, nil} }
	if _, err := batch.Each(at(t.Context(), 0, "name"), rows[:1], resolve); !errors.Is(err, broken) {
		t.Errorf("red: error %v, want broken", err)
	}
	if got, err := batch.Each(at(t.Context(), 1, "name"), rows[1:], resolve); err != nil || got[0] != "blue!" {
		t.Errorf("blue: %q (%v), want its value", got, err)
	}
	whole := func([]*thread) ([]string, error) { return nil, broken }
	for n := range rows {
		if _, err := batch.Each(at(t.Context(), n, "other"), rows[n:n+1], whole); !errors.Is(err, broken) {
			t.Errorf("error %v, want broken for all", err)
		}
	}
}

func TestErrors_Any(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if err := (batch.Errors{nil, nil}).Any(); err != nil {
		t.Errorf("no errors: %v", err)
	}
	err := batch.Errors{nil, broken}.Any()
	if !errors.Is(err, broken) || err.Error() != "broken" {
		t.Errorf("one error: %v", err)
	}
	if got := (batch.Errors{nil}).Error(); got != "<nil>" {
		t.Errorf("the text of none: %q", got)
	}
}

func TestInOrder(t *testing.T) {
	t.Parallel()
	red, blue := &thread{colour: "red"}, &thread{colour: "blue"}
	got := batch.InOrder([]string{"blue", "none", "red", "blue"}, []*thread{red, blue}, func(t *thread) string { return t.colour })
	for i, want := range []*thread{blue, nil, red, blue} {
		if got[i] != want {
			t.Errorf("place %d: %v, want %v", i, got[i], want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	calls := 0
	counted := batch.Count(func(context.Context) (map[string]int, error) { calls++; return map[string]int{"red": 2}, nil })
	red, err := counted("red")(t.Context())
	none, err2 := counted("none")(t.Context())
	if red != 2 || none != 0 || calls != 1 || errors.Join(err, err2) != nil {
		t.Errorf("counts %d and %d in %d calls (%v)", red, none, calls, errors.Join(err, err2))
	}
}
