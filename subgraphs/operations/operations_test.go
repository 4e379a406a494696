package operations_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/await"
	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
	"heddle/internal/jobs"
	"heddle/internal/run"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/operations"
	operationsgraph "heddle/subgraphs/operations/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var domain = subgraph.Of("operations", "", operations.SDL, operations.Open, operationsgraph.Bind)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
)

// world is a mill that cannot handle what it hears until it is mended, a domain
// with jobs, and the operations under test.
type world struct {
	*subgraphtest.World
	t          *testing.T
	operations *subgraphtest.Service
	admin      person
	log        *journal
	pool       *pgxpool.Pool
	work       *jobs.Client

	mu     sync.Mutex
	mended bool
	milled []string
}

// journal is what the domain logs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) has(parts ...string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		n := 0
		for _, part := range parts {
			if strings.Contains(line, part) {
				n++
			}
		}
		if n == len(parts) {
			return true
		}
	}
	return false
}

// grind is a job.
type grind struct {
	Corn string `json:"corn"`
}

func (grind) Kind() string { return "grind" }

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t), t: t, log: &journal{}}
	id := uuid.NewString()
	w.admin = person{ID: id, Token: w.Issuer.Token(id, map[string]any{"roles": []string{"STUDENT", "ADMIN"}})}
	pool, err := w.Env.Postgres.Open(t.Context(), "mill", events.Migration(), jobs.Migration())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	w.pool = pool
	w.work, err = jobs.Open(jobs.Config{
		Domain: "mill", Pool: pool, NATS: w.Env.NATS, Tries: 1,
		Workers: []jobs.Worker{jobs.Work(func(_ context.Context, job *jobs.Job[grind]) error { return w.grind(job.Args.Corn) })},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.start(w.work)
	w.start(events.Exchange(events.Config{
		Domain: "mill", Pool: pool, NATS: w.Env.NATS, Tries: 2, Pause: time.Millisecond,
		Handlers: map[string]events.Handler{
			"corn.reaped": func(_ context.Context, _ pgx.Tx, e events.Event) error { return w.grind(e.Entity) },
			"corn.rotted": func(_ context.Context, _ pgx.Tx, e events.Event) error { return w.grind(e.Entity) },
		},
	}))
	w.Env.Log = slog.New(slog.NewTextHandler(w.log, nil))
	w.operations = w.Open(domain)
	return w
}

func (w *world) start(s run.Service) {
	w.t.Helper()
	if err := s.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) grind(corn string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.mended {
		return errors.New("the stone is broken")
	}
	w.milled = append(w.milled, corn)
	return nil
}

func (w *world) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mended = true
}

// ground waits until so much was ground, and gives it.
func (w *world) ground(n int) (corn []string) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("%d are ground", n), func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		corn = slices.Sorted(slices.Values(w.milled)) // different corn is ground in any order
		return len(corn) >= n
	})
	return corn
}

func (w *world) eventually(what string, yes func() bool) {
	w.t.Helper()
	await.Until(w.t, what, func() (bool, error) { return yes(), nil })
}

type letter struct {
	ID, Domain, Type, Error string
	Tries                   int
	Event                   *struct{ ID, Entity, Type string }
}

type letters struct {
	TotalCount int
	Edges      []struct {
		Cursor string
		Node   letter
	}
	PageInfo struct{ HasNextPage, HasPreviousPage bool }
}

const listing = `query($filter: DeadLetterFilter, $first: Int, $after: String, $last: Int, $before: String) {
	deadLetters(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
		totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node { id domain type error tries event { id entity type } } } } }`

func (w *world) list(v variables) letters {
	w.t.Helper()
	var data struct{ DeadLetters letters }
	w.operations.Get(w.admin, listing, v, &data)
	return data.DeadLetters
}

// entities are what the letters are about, with whether there is more on either
// side.
func (l letters) entities() string {
	var out []string
	if l.PageInfo.HasPreviousPage {
		out = append(out, "…")
	}
	for _, e := range l.Edges {
		out = append(out, e.Node.Event.Entity)
	}
	if l.PageInfo.HasNextPage {
		out = append(out, "…")
	}
	return strings.Join(out, " ")
}

// dead publishes the events, each when the one before it is dead.
func (w *world) dead(events ...string) {
	w.t.Helper()
	for i, e := range events {
		kind, entity, _ := strings.Cut(e, " ")
		w.Publish(kind, entity)
		w.eventually(e+" is dead", func() bool { return w.list(nil).TotalCount == i+1 })
	}
}

func TestDeadLetters_pages_and_filters(t *testing.T) {
	w := newWorld(t)
	w.dead("corn.reaped a", "corn.rotted b", "corn.reaped c", "corn.reaped d", "corn.rotted e")
	all := w.list(nil)
	place := func(i int) string { return all.Edges[i].Cursor }
	rotted, reaped := variables{"type": "corn.rotted"}, variables{"type": "corn.reaped", "domain": "mill"}
	for _, c := range []struct {
		name string
		v    variables
		want string
	}{
		{"all", nil, "a b c d e"},
		{"the first two", variables{"first": 2}, "a b …"},
		{"the next two", variables{"first": 2, "after": place(1)}, "… c d …"},
		{"the last two", variables{"last": 2}, "… d e"},
		{"the two before", variables{"last": 2, "before": place(3)}, "… b c …"},
		{"of a type", variables{"filter": rotted}, "b e"},
		{"of a type and domain", variables{"filter": reaped, "first": 1, "after": place(0)}, "… c …"},
		{"of a type, from the end", variables{"filter": reaped, "last": 1}, "… d"},
		{"of another domain", variables{"filter": variables{"domain": "loom"}}, ""},
	} {
		if got := w.list(c.v).entities(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	first := all.Edges[0].Node
	if first.Domain != "mill" || first.Type != "corn.reaped" || first.Error != "the stone is broken" || first.Tries != 2 || first.Event.Type != "corn.reaped" {
		t.Errorf("letter %+v", first)
	}
	for field, filter := range map[string]variables{
		"filter.type": {"type": "corn.*"}, "filter.domain": {"domain": "mill.corn"},
	} {
		if got := w.operations.Refused(w.admin, listing, variables{"filter": filter}); got.Code != "BAD_USER_INPUT" || got.Field != field {
			t.Errorf("filter %v: %+v", filter, got)
		}
	}
}

const (
	getting    = `query($id: ID!) { deadLetter(id: $id) { id } }`
	replaying  = `mutation($id: ID!) { replayDeadLetter(input: {id: $id}) { deadLetter { id } } }`
	discarding = `mutation($id: ID!) { discardDeadLetter(input: {id: $id}) { deadLetter { id } } }`
)

func TestReplayDeadLetter(t *testing.T) {
	w := newWorld(t)
	w.dead("corn.reaped a", "corn.reaped b", "corn.reaped c")
	found := w.list(nil)
	again := variables{"id": found.Edges[1].Node.ID}
	var got struct {
		DeadLetter, ReplayDeadLetter, DiscardDeadLetter *struct{ ID string }
	}
	w.operations.Get(w.admin, replaying, again, &struct{}{}) // the mill is still broken: it dies again, after as many tries
	w.eventually("it is dead again", func() bool { return w.list(nil).entities() == "a c b" })
	if last := w.list(variables{"last": 1}).Edges[0].Node; last.Tries != 2 {
		t.Errorf("dead again after %d tries, want 2", last.Tries)
	}
	w.operations.Get(w.admin, getting, again, &got)
	if got.DeadLetter != nil {
		t.Errorf("the letter that was replayed is still there: %+v", got.DeadLetter)
	}
	if refused := w.operations.Refused(w.admin, replaying, again); refused.Code != "NOT_FOUND" {
		t.Errorf("replayed twice: %+v", refused)
	}
	w.mend()
	w.operations.Get(w.admin, replaying, variables{"id": w.list(variables{"last": 1}).Edges[0].Node.ID}, &struct{}{})
	w.operations.Get(w.admin, discarding, variables{"id": found.Edges[2].Node.ID}, &struct{}{})
	w.operations.Get(w.admin, replaying, variables{"id": found.Edges[0].Node.ID}, &struct{}{})
	if diff := cmp.Diff([]string{"a", "b"}, w.ground(2)); diff != "" {
		t.Errorf("ground (-want +got):\n%s", diff)
	}
	if n := w.list(nil).TotalCount; n != 0 {
		t.Errorf("%d letters are left", n)
	}
	for _, did := range []string{"replayed a dead letter", "discarded a dead letter"} {
		if !w.log.has(did, w.admin.ID, "corn.reaped") {
			t.Errorf("the log does not say who %s", did)
		}
	}
}

func TestReplayDeadLetters_and_discard_by_filter(t *testing.T) {
	w := newWorld(t)
	w.dead("corn.reaped a", "corn.rotted b", "corn.reaped c", "corn.rotted d")
	w.mend()
	var got struct{ ReplayDeadLetters, DiscardDeadLetters struct{ Count int } }
	w.operations.Get(w.admin, `mutation { replayDeadLetters(input: {filter: {type: "corn.reaped"}}) { count } }`, nil, &got)
	w.operations.Get(w.admin, `mutation { discardDeadLetters(input: {filter: {domain: "mill"}, limit: 1}) { count } }`, nil, &got)
	if got.ReplayDeadLetters.Count != 2 || got.DiscardDeadLetters.Count != 1 {
		t.Errorf("counts %+v, want 2 and 1", got)
	}
	if diff := cmp.Diff([]string{"a", "c"}, w.ground(2)); diff != "" {
		t.Errorf("ground (-want +got):\n%s", diff)
	}
	if left := w.list(nil).entities(); left != "d" {
		t.Errorf("left: %q, want d", left)
	}
	refused := w.operations.Refused(w.admin, `mutation { discardDeadLetters(input: {filter: {}, limit: 0}) { count } }`, nil)
	if refused.Field != "input.limit" {
		t.Errorf("limit 0: %+v", refused)
	}
}

type job struct {
	ID, Domain, Kind, State string
	Args                    struct{ Corn string }
	Failures                []struct {
		Number int
		Error  string
	}
}

const jobListing = `query($filter: JobFilter, $first: Int, $after: String, $last: Int) {
	jobs(domain: "mill", filter: $filter, first: $first, after: $after, last: $last) {
		totalCount edges { cursor node { id domain kind state args failures { number error } } } } }`

type jobList struct {
	Jobs struct {
		TotalCount int
		Edges      []struct {
			Cursor string
			Node   job
		}
	}
}

func (l jobList) corn() (out string) {
	for _, e := range l.Jobs.Edges {
		out += e.Node.Args.Corn
	}
	return out
}

func TestJobs(t *testing.T) {
	w := newWorld(t)
	insert := func(corn string, at time.Time) {
		err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
			_, err := w.work.Insert(t.Context(), tx, grind{corn}, jobs.Options{At: at})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	insert("a", time.Time{})
	for _, corn := range []string{"b", "c", "d"} {
		insert(corn, time.Now().Add(time.Hour))
	}
	list := func(v variables) (l jobList) { w.operations.Get(w.admin, jobListing, v, &l); return l }
	dead := variables{"filter": variables{"states": []string{"DEAD"}}}
	w.eventually("a is dead", func() bool { return list(dead).Jobs.TotalCount == 1 })
	failed := list(dead).Jobs.Edges[0].Node
	if failed.Domain != "mill" || failed.Kind != "grind" || failed.Args.Corn != "a" || len(failed.Failures) != 1 || failed.Failures[0].Error != "the stone is broken" {
		t.Errorf("job %+v", failed)
	}
	scheduled := variables{"states": []string{"SCHEDULED"}, "kinds": []string{"grind"}}
	first := list(variables{"filter": scheduled, "first": 2})
	next := list(variables{"filter": scheduled, "first": 2, "after": first.Jobs.Edges[1].Cursor})
	end := list(variables{"filter": scheduled, "last": 2})
	if got := []string{first.corn(), next.corn(), end.corn()}; !cmp.Equal(got, []string{"dc", "b", "cb"}) || first.Jobs.TotalCount != 3 {
		t.Errorf("scheduled %q of %d", got, first.Jobs.TotalCount)
	}
	var domains struct {
		JobDomains []struct {
			Name    string
			Answers bool
			Counts  []struct {
				State string
				Count int
			}
		}
	}
	w.operations.Get(w.admin, `{ jobDomains { name answers counts { state count } } }`, nil, &domains)
	if got := fmt.Sprint(domains); got != "{[{mill true [{SCHEDULED 3} {DEAD 1}]}]}" {
		t.Errorf("domains %s", got)
	}

	w.mend()
	retrying := `mutation($id: ID!) { retryJob(input: {domain: "mill", id: $id}) { job { state } } }`
	cancelling := `mutation($id: ID!) { cancelJob(input: {domain: "mill", id: $id}) { job { state } } }`
	w.operations.Get(w.admin, retrying, variables{"id": failed.ID}, &struct{}{})
	w.ground(1)
	var cancelled struct{ CancelJob struct{ Job job } }
	w.operations.Get(w.admin, cancelling, variables{"id": first.Jobs.Edges[0].Node.ID}, &cancelled)
	if cancelled.CancelJob.Job.State != "CANCELLED" {
		t.Errorf("cancelled: %+v", cancelled)
	}
	if got := w.operations.Refused(w.admin, cancelling, variables{"id": first.Jobs.Edges[0].Node.ID}); got.Code != "CONFLICT" {
		t.Errorf("cancelled twice: %+v", got)
	}
	if got := w.operations.Refused(w.admin, retrying, variables{"id": uuid.NewString()}); got.Code != "NOT_FOUND" {
		t.Errorf("retried what is none: %+v", got)
	}
	var one struct{ Job *job }
	w.operations.Get(w.admin, `query($id: ID!) { job(domain: "mill", id: $id) { id } }`, variables{"id": failed.ID}, &one)
	if one.Job == nil || one.Job.ID != failed.ID {
		t.Errorf("job by id: %+v", one.Job)
	}
	w.operations.Get(w.admin, `query($id: ID!) { job(domain: "loom", id: $id) { id } }`, variables{"id": failed.ID}, &one)
	if one.Job != nil {
		t.Errorf("a job of another domain: %+v", one.Job)
	}
	for _, did := range []string{"had a job tried again", "cancelled a job"} {
		if !w.log.has(did, w.admin.ID, "grind") {
			t.Errorf("the log does not say who %s", did)
		}
	}
}

// Every operation is for administrators alone; what each is answered is written
// in testdata/access.txt.
func TestOperations_access(t *testing.T) {
	w := newWorld(t)
	teacher := uuid.NewString()
	ask := func(operation string) subgraphtest.Ask {
		return func(string) (string, variables) { return operation, variables{"id": uuid.NewString()} }
	}
	w.eventually("the mill is known", func() bool {
		names, err := jobs.NewOperator(w.Env.NATS).Domains(t.Context())
		return err == nil && len(names) == 1
	})
	w.operations.CheckAccess(subgraphtest.Access{
		File: "testdata/access.txt", SDL: operations.SDL,
		Askers: map[string]person{
			"nobody": {}, "student": w.Person(), "service": w.Service("students"), "admin": w.admin,
			"teacher": {ID: teacher, Token: w.Issuer.Token(teacher, map[string]any{"roles": []string{"TEACHER"}})},
		},
		Asks: map[string]subgraphtest.Ask{
			"Query.deadLetters":           ask(`{ deadLetters { totalCount } }`),
			"Query.deadLetter":            ask(getting),
			"Query.jobDomains":            ask(`{ jobDomains { name } }`),
			"Query.jobs":                  ask(`{ jobs(domain: "mill") { totalCount } }`),
			"Query.job":                   ask(`query($id: ID!) { job(domain: "mill", id: $id) { id } }`),
			"Mutation.replayDeadLetter":   ask(replaying),
			"Mutation.discardDeadLetter":  ask(discarding),
			"Mutation.replayDeadLetters":  ask(`mutation { replayDeadLetters(input: {filter: {}}) { count } }`),
			"Mutation.discardDeadLetters": ask(`mutation { discardDeadLetters(input: {filter: {}}) { count } }`),
			"Mutation.retryJob":           ask(`mutation($id: ID!) { retryJob(input: {domain: "mill", id: $id}) { job { id } } }`),
			"Mutation.cancelJob":          ask(`mutation($id: ID!) { cancelJob(input: {domain: "mill", id: $id}) { job { id } } }`),
		},
	})
}
