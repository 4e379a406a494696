package students_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"heddle/internal/caller"
	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
	"heddle/internal/live"
	"heddle/internal/mongo"
	"heddle/internal/run"
	"heddle/internal/subgraph"
	"heddle/subgraphs/students"
	studentsgraph "heddle/subgraphs/students/graph"
)

// killable names the variable that makes the test binary a process of the domain
// which runs until it is killed: the stores' addresses.
const killable = "HEDDLE_TEST_STUDENTS_STORES"

func TestMain(m *testing.M) {
	if at := os.Getenv(killable); at != "" {
		slog.Error("the process to kill ended by itself", "error", untilKilled(context.Background(), at))
		os.Exit(1)
	}
	storetest.Main(m)
}

type addresses struct{ Mongo, Redis, NATS string }

// untilKilled takes imports in, and prints a line when it has begun.
func untilKilled(ctx context.Context, text string) error {
	var at addresses
	if err := json.Unmarshal([]byte(text), &at); err != nil {
		return err
	}
	options, err := redis.ParseURL(at.Redis)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	conn, err := nats.Connect(at.NATS)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	broker := live.NewBroker(client, log)
	domain, err := students.Open(ctx, subgraph.Env{
		Mongo: mongo.Server{URL: at.Mongo}, Redis: client, NATS: conn, Live: broker, Log: log, Now: subgraph.Clock, NewID: subgraph.NewID,
	})
	if err != nil {
		return err
	}
	if err := run.All(broker, domain).Start(ctx); err != nil {
		return err
	}
	fmt.Println("begun")
	select {}
}

// idle is the domain in a process that does nothing beside requests until it
// stops, when there is nothing left to do.
type idle struct{ *students.Resolvers }

// Start begins nothing.
func (idle) Start(context.Context) error { return nil }

// Stop closes what Open opened, which only a domain does that has started.
func (i idle) Stop(ctx context.Context) error {
	return errors.Join(i.Resolvers.Start(ctx), i.Resolvers.Stop(ctx))
}

var idleDomain = subgraph.Of("students", "", students.SDL,
	func(ctx context.Context, env subgraph.Env) (idle, error) {
		r, err := students.Open(ctx, env)
		return idle{r}, err
	},
	func(i idle) graphql.ExecutableSchema { return studentsgraph.Bind(i.Resolvers) })

// Processes that are killed in the middle of an import lose no row, and enrol
// nobody twice: whoever is left goes on.
func TestImport_killed(t *testing.T) {
	w := newWorldOf(t, idleDomain)
	teacher := w.account(caller.Teacher)
	school, n := w.school("Loom Street", teacher), rowsOfMany(t)/3
	w.student(teacher, school, "N-00001", "There before", nil)
	stores, err := json.Marshal(addresses{w.Env.Mongo.URL, w.Redis.URL, w.Env.NATS.ConnectedUrl()})
	if err != nil {
		t.Fatal(err)
	}
	answer := w.upload(teacher, variables{"schoolId": school, "existing": "UPDATE"}, class("file", n))
	var made struct {
		ImportStudents struct{ Import struct{ ID string } }
	}
	if err := json.Unmarshal(answer.Data, &made); err != nil || len(answer.Errors) > 0 {
		t.Fatal(err, answer.Errors)
	}
	id := made.ImportStudents.Import.ID
	for round := 1; round <= 2; round++ {
		w.killedAfter(string(stores), teacher, id, round*n/4)
	}
	w.Process()
	w.students = w.Open(studentsDomain)
	w.finished(teacher, id)
	want := tally{State: "DONE", Total: n, Done: n, Updated: 1, Created: n - 1}
	if got := w.tally(teacher, id); got != want {
		t.Errorf("the import came to %+v, want %+v", got, want)
	}
	if there := w.count(teacher, ""); there != n {
		t.Errorf("%d students, want %d", there, n)
	}
	w.eachTold(n)
}

// killedAfter runs a process until so many rows are settled, and kills it.
func (w *world) killedAfter(stores string, by person, id string, rows int) {
	w.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killable+"="+stores)
	cmd.Stderr = w.t.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "begun\n" {
		w.t.Fatalf("the process said %q (%v)", line, err)
	}
	progress := w.students.Subscribe(by, `subscription($id: ID!) { importProgress(importId: $id) { done } }`, variables{"id": id})
	defer progress.Close()
	for {
		var got struct{ ImportProgress struct{ Done int } }
		if progress.Get(&got); got.ImportProgress.Done >= rows {
			w.t.Logf("killed after %d rows", got.ImportProgress.Done)
			return
		}
	}
}

// eachTold waits until the enrolment of so many students was told, each once.
func (w *world) eachTold(n int) {
	w.t.Helper()
	js, err := jetstream.New(w.Env.NATS)
	if err != nil {
		w.t.Fatal(err)
	}
	consumer, err := js.OrderedConsumer(w.t.Context(), events.Stream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"events.student.created"}})
	if err != nil {
		w.t.Fatal(err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		w.t.Fatal(err)
	}
	defer messages.Stop()
	told := map[string]bool{}
	for len(told) < n {
		message, err := messages.Next(jetstream.NextMaxWait(30 * time.Second))
		if err != nil {
			w.t.Fatalf("%d enrolments were told, want %d (%v)", len(told), n, err)
		}
		var e events.Event
		if err := json.Unmarshal(message.Data(), &e); err != nil {
			w.t.Fatal(err)
		}
		if told[e.Entity] {
			w.t.Errorf("the enrolment of %s was told twice", e.Entity)
		}
		told[e.Entity] = true
	}
}
