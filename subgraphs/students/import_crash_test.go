package students_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
	"heddle/internal/soak"
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

type addresses struct {
	Mongo, Redis, NATS string
	Ahead              time.Duration // of the process's clock
}

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
		Mongo: mongo.Server{URL: at.Mongo}, Redis: client, NATS: conn, Live: broker, Log: log,
		Now: func() time.Time { return subgraph.Clock().Add(at.Ahead) }, NewID: subgraph.NewID,
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

// Processes that are killed in the midst of imports, again and again, lose no
// row, and enrol nobody twice, nor anew who was deleted meanwhile: whoever comes
// next goes on. Each has a clock that is ahead of the one before, for which the
// lease of that is over.
func TestImport_killed(t *testing.T) {
	w := newWorldOf(t, idleDomain)
	teacher := w.account(caller.Teacher)
	kills, n := soak.Times(t, "HEDDLE_TEST_IMPORT_CRASHES", 4), rowsOfMany(t)/3
	const perImport, leaseOver = 4, time.Minute
	stores := addresses{Mongo: w.Env.Mongo.URL, Redis: w.Redis.URL, NATS: w.Env.NATS.ConnectedUrl()}
	var school string
	var begun []string
	deleted := 0
	for kill := range kills {
		if kill%perImport == 0 {
			school = w.school(fmt.Sprint("School ", kill), teacher)
			w.student(teacher, school, "N-00001", "There before", nil)
			begun = append(begun, w.begin(teacher, school, n))
		}
		stores.Ahead += leaseOver
		w.killed(stores)
		if kill%perImport == 1 && w.deletedOne(teacher, school, "N-00000") {
			deleted++
		}
	}
	ahead := stores.Ahead + leaseOver
	w.Env.Now = func() time.Time { return subgraph.Clock().Add(ahead) }
	w.Process()
	w.students = w.Open(studentsDomain)
	for _, id := range begun {
		w.finished(teacher, id)
		got := w.tally(teacher, id)
		if refused := got.Refused; refused > 1 || got != (tally{State: "DONE", Total: n, Done: n, Updated: 1, Created: n - 1 - refused, Refused: refused}) {
			t.Errorf("an import came to %+v", got)
		}
	}
	if there, want := w.count(teacher, ""), n*len(begun)-deleted; there != want {
		t.Errorf("%d students, want %d", there, want)
	}
	w.eachTold(n * len(begun))
	t.Logf("%d kills, %d imports of %d rows, %d students deleted meanwhile", kills, len(begun), n, deleted)
}

// begin begins an import and gives its id.
func (w *world) begin(by person, school string, rows int) string {
	w.t.Helper()
	answer := w.upload(by, variables{"schoolId": school, "existing": "UPDATE"}, class("file", rows))
	var made struct {
		ImportStudents struct{ Import struct{ ID string } }
	}
	if err := json.Unmarshal(answer.Data, &made); err != nil || len(answer.Errors) > 0 {
		w.t.Fatal(err, answer.Errors)
	}
	return made.ImportStudents.Import.ID
}

// killed runs a process, and kills it a moment after it has begun.
func (w *world) killed(stores addresses) {
	w.t.Helper()
	text, err := json.Marshal(stores)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killable+"="+string(text))
	cmd.Stderr = w.t.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		<-time.After(rand.N(800 * time.Millisecond)) // somewhere in its work
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if err != nil || line != "begun\n" {
		w.t.Fatalf("the process said %q (%v)", line, err)
	}
}

// deletedOne deletes the student with the number, if the student is there.
func (w *world) deletedOne(by person, school, number string) bool {
	w.t.Helper()
	var found struct {
		Students struct {
			Edges []struct{ Node struct{ ID string } }
		}
	}
	w.students.Get(by, `query($school: ID!, $number: String!) { students(filter: {schoolId: $school, studentId: $number}) { edges { node { id } } } }`,
		variables{"school": school, "number": number}, &found)
	for _, e := range found.Students.Edges {
		w.do(by, `deleteStudent { deletedStudentId }`, variables{"id": e.Node.ID})
	}
	return len(found.Students.Edges) > 0
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
