package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"heddle/internal/await"
	"heddle/internal/embedded/storetest"
	"heddle/internal/fault"
	"heddle/internal/jobs"
	"heddle/internal/trace"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// weave is a job about a colour.
type weave struct {
	Colour string `json:"colour" river:"unique"`
	Note   string `json:"note"`
}

func (weave) Kind() string { return "weave" }

// sweep is a job about nothing.
type sweep struct{}

func (sweep) Kind() string { return "sweep" }

// world is a domain with jobs, and an operator.
type world struct {
	t        *testing.T
	pool     *pgxpool.Pool
	nats     *nats.Conn
	operator jobs.Operator
	client   *jobs.Client
	woven    chan string // what was done
}

func newWorld(t *testing.T, config jobs.Config) *world {
	t.Helper()
	pool, err := storetest.PostgresServer(t).Open(t.Context(), "loom", jobs.Migration())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	conn, err := nats.Connect(storetest.NATS(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	w := &world{t: t, pool: pool, nats: conn, operator: jobs.NewOperator(conn), woven: make(chan string, 100)}
	config.Domain, config.Pool, config.NATS = "loom", pool, conn
	config.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError + 1}))
	if config.RetryAfter == nil {
		config.RetryAfter = func(int) time.Duration { return time.Millisecond }
	}
	if config.Workers == nil {
		config.Workers = []jobs.Worker{jobs.Work(w.weave), jobs.Work(func(context.Context, *jobs.Job[sweep]) error { w.woven <- "swept"; return nil })}
	}
	if w.client, err = jobs.Open(config); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) weave(_ context.Context, job *jobs.Job[weave]) error {
	w.woven <- job.Args.Colour
	return nil
}

func (w *world) start() {
	w.t.Helper()
	if err := w.client.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := w.client.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
	await.Until(w.t, "the domain is in the directory", func() (bool, error) {
		names, err := w.operator.Domains(w.t.Context())
		return len(names) == 1, err
	})
}

// insert asks for a job in a transaction that ends with the error, and tells
// whether it was made.
func (w *world) insert(args jobs.Args, o jobs.Options, end error) (made bool) {
	w.t.Helper()
	err := pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) (err error) {
		made, err = w.client.Insert(w.t.Context(), tx, args, o)
		return errors.Join(err, end)
	})
	if !errors.Is(err, end) || (end == nil && err != nil) {
		w.t.Fatal(err)
	}
	return made
}

// next is what was done next.
func (w *world) next() string {
	w.t.Helper()
	select {
	case what := <-w.woven:
		return what
	case <-time.After(time.Minute):
		w.t.Fatal("no job was done")
		return ""
	}
}

// one waits until the domain has one job in the state, and gives it.
func (w *world) one(state jobs.State) (r jobs.Record) {
	w.t.Helper()
	await.Until(w.t, fmt.Sprintf("one job is %s", state), func() (bool, error) {
		found, err := w.operator.List(w.t.Context(), "loom", jobs.Filter{States: []jobs.State{state}}, jobs.Place{Limit: 10})
		if len(found) == 1 {
			r = found[0]
		}
		return len(found) == 1, err
	})
	return r
}

func TestClient_Insert_belongs_to_the_transaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jobs.Config{})
	w.start()
	w.insert(weave{Colour: "never"}, jobs.Options{}, errors.New("changed my mind"))
	w.insert(weave{Colour: "red"}, jobs.Options{}, nil)
	if got := w.next(); got != "red" {
		t.Errorf("done: %s, want red alone", got)
	}
}

func TestClient_Insert_keeps_the_request(t *testing.T) {
	t.Parallel()
	heard := make(chan [2]string, 1)
	w := newWorld(t, jobs.Config{Workers: []jobs.Worker{jobs.Work(func(ctx context.Context, _ *jobs.Job[weave]) error {
		heard <- [2]string{trace.RequestID(ctx), trace.Parent(ctx)}
		return nil
	})}})
	w.start()
	parent := trace.NewParent()
	ctx := trace.WithParent(trace.WithRequestID(t.Context(), "r1"), parent)
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		_, err := w.client.Insert(ctx, tx, weave{Colour: "red"}, jobs.Options{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != [2]string{"r1", parent} {
		t.Errorf("the job belongs to %q", got)
	}
	if got := w.one(jobs.Done).Request; got != "r1" {
		t.Errorf("the record's request is %q", got)
	}
}

func TestClient_retries_then_does(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	failures := 2
	done := make(chan int, 1)
	w := newWorld(t, jobs.Config{Workers: []jobs.Worker{jobs.Work(func(_ context.Context, job *jobs.Job[weave]) error {
		mu.Lock()
		defer mu.Unlock()
		if failures--; failures >= 0 {
			return errors.New("the thread broke")
		}
		done <- job.Attempt
		return nil
	})}})
	w.start()
	w.insert(weave{Colour: "red"}, jobs.Options{}, nil)
	if got := <-done; got != 3 {
		t.Errorf("done at try %d, want 3", got)
	}
	r := w.one(jobs.Done)
	if len(r.Failures) != 2 || r.Failures[0].Error != "the thread broke" || r.Tries != 3 {
		t.Errorf("record %+v, want two failures", r)
	}
}

func TestClient_dead_then_retried_by_an_operator(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	mended := false
	w := newWorld(t, jobs.Config{Tries: 2, Workers: []jobs.Worker{jobs.Work(func(context.Context, *jobs.Job[weave]) error {
		mu.Lock()
		defer mu.Unlock()
		if !mended {
			panic("the loom is jammed")
		}
		return nil
	})}})
	w.start()
	w.insert(weave{Colour: "red"}, jobs.Options{}, nil)
	r := w.one(jobs.Dead)
	if len(r.Failures) != 2 || r.Failures[1].Error != "the loom is jammed" || r.EndedAt == nil || string(r.Args) != `{"note":"","colour":"red"}` {
		t.Errorf("record %+v, args %s", r, r.Args)
	}
	mu.Lock()
	mended = true
	mu.Unlock()
	if _, err := w.operator.Retry(t.Context(), "loom", r.ID); err != nil {
		t.Fatal(err)
	}
	w.one(jobs.Done)
	if _, err := w.operator.Retry(t.Context(), "loom", r.ID); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("retry of what is done: %v", err)
	}
}

func TestGiveUp_and_Later(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jobs.Config{Workers: []jobs.Worker{jobs.Work(func(_ context.Context, job *jobs.Job[weave]) error {
		if job.Args.Colour == "late" {
			return jobs.Later(time.Hour)
		}
		return jobs.GiveUp(errors.New("there is no such colour"))
	})}})
	w.start()
	w.insert(weave{Colour: "late"}, jobs.Options{}, nil)
	w.insert(weave{Colour: "octarine"}, jobs.Options{}, nil)
	if r := w.one(jobs.Cancelled); len(r.Failures) != 1 || r.Tries != 1 {
		t.Errorf("given up: %+v", r)
	}
	if r := w.one(jobs.Scheduled); r.Tries != 0 || time.Until(r.DueAt) < 59*time.Minute {
		t.Errorf("put off: %+v", r)
	}
}

func TestOptions_unique(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jobs.Config{})
	byArgs := jobs.Options{Unique: jobs.Uniqueness{ByArgs: true}}
	again := jobs.Options{Unique: jobs.Uniqueness{ByArgs: true, Again: true}}
	got := []bool{
		w.insert(weave{Colour: "red", Note: "first"}, byArgs, nil),
		w.insert(weave{Colour: "red", Note: "second"}, byArgs, nil), // the note does not count
		w.insert(weave{Colour: "blue"}, byArgs, nil),
		w.insert(weave{Colour: "green"}, again, nil),
		w.insert(weave{Colour: "green"}, again, nil),
	}
	w.start()
	for range 3 {
		w.next()
	}
	await.Until(w.t, "three jobs are done", func() (bool, error) {
		counts, err := w.operator.Count(t.Context(), "loom", jobs.Filter{})
		return counts[jobs.Done] == 3, err
	})
	got = append(got, w.insert(weave{Colour: "red"}, byArgs, nil), w.insert(weave{Colour: "green"}, again, nil))
	if diff := cmp.Diff([]bool{true, false, true, true, false, false, true}, got); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
}

func TestSchedule_every(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jobs.Config{Schedules: []jobs.Schedule{
		{Every: time.Hour, Args: func() jobs.Args { return sweep{} }},
		{Cron: "@yearly", Args: func() jobs.Args { return weave{} }},
	}})
	w.start()
	if got := w.next(); got != "swept" {
		t.Errorf("done: %s", got)
	}
}

func TestOpen_bad_schedule(t *testing.T) {
	t.Parallel()
	args := func() jobs.Args { return sweep{} }
	for _, c := range []struct {
		schedule jobs.Schedule
		want     string
	}{
		{jobs.Schedule{Args: args}, "open the jobs of loom: a schedule has Args, and either Every or Cron"},
		{jobs.Schedule{Every: time.Millisecond, Args: args}, "open the jobs of loom: a schedule of every 1ms: the shortest is a second"},
		{jobs.Schedule{Cron: "often", Args: args}, `open the jobs of loom: read the schedule "often": expected exactly 5 fields, found 1: [often]`},
	} {
		_, err := jobs.Open(jobs.Config{Domain: "loom", Schedules: []jobs.Schedule{c.schedule}})
		if err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

func TestOperator_list_and_cancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jobs.Config{})
	later := jobs.Options{At: time.Now().Add(time.Hour)}
	for _, colour := range []string{"red", "blue", "green", "white"} {
		w.insert(weave{Colour: colour}, later, nil)
	}
	w.insert(sweep{}, later, nil)
	w.start()
	ctx := t.Context()
	weaving := jobs.Filter{States: []jobs.State{jobs.Scheduled}, Kinds: []string{"weave"}}
	all, err := w.operator.List(ctx, "loom", weaving, jobs.Place{Limit: 10})
	if err != nil || len(all) != 4 || string(all[0].Args) != `{"note":"","colour":"white"}` {
		t.Fatalf("jobs %+v (%v), want four, the newest first", all, err)
	}
	for _, c := range []struct {
		place jobs.Place
		want  []jobs.Record
	}{
		{jobs.Place{Limit: 2}, all[:2]},
		{jobs.Place{Limit: 2, After: all[1].ID}, all[2:]},
		{jobs.Place{Limit: 2, Before: all[3].ID, Backward: true}, []jobs.Record{all[2], all[1]}},
	} {
		got, err := w.operator.List(ctx, "loom", weaving, c.place)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("at %+v (-want +got): %v\n%s", c.place, err, diff)
		}
	}
	counts, err := w.operator.Count(ctx, "loom", jobs.Filter{})
	if diff := cmp.Diff(map[jobs.State]int{jobs.Scheduled: 5}, counts); diff != "" || err != nil {
		t.Errorf("counts (-want +got): %v\n%s", err, diff)
	}
	gone, err := w.operator.Cancel(ctx, "loom", all[0].ID)
	if err != nil || gone.State != jobs.Cancelled {
		t.Errorf("cancelled: %+v (%v)", gone, err)
	}
	_, err = w.operator.Cancel(ctx, "loom", all[0].ID)
	refused(t, err, fault.Conflict, "The job has come to its end already.")
	_, err = w.operator.Get(ctx, "loom", 1<<40)
	refused(t, err, fault.NotFound, "There is no such job of loom.")
	_, err = w.operator.Get(ctx, "mill", 1)
	refused(t, err, fault.NotFound, `There is no domain "mill" that has jobs.`)
	if err := w.client.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = w.operator.Get(ctx, "loom", all[0].ID)
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("asked of a domain that is closed: %v", err)
	}
}

func refused(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	if fault.CodeOf(err) != code || err.Error() != message {
		t.Errorf("error %v, want %s: %s", err, code, message)
	}
}

func TestClient_Stop_waits_for_running_jobs(t *testing.T) {
	t.Parallel()
	begun, finish, finished := make(chan bool), make(chan bool), make(chan bool, 1)
	w := newWorld(t, jobs.Config{Workers: []jobs.Worker{jobs.Work(func(context.Context, *jobs.Job[weave]) error {
		begun <- true
		<-finish
		finished <- true
		return nil
	})}})
	w.start()
	w.insert(weave{Colour: "red"}, jobs.Options{}, nil)
	<-begun
	stopped := make(chan error)
	go func() { stopped <- w.client.Stop(context.Background()) }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped while a job was running (%v)", err)
	case finish <- true:
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	<-finished
}
