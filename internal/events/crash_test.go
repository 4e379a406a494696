package events_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/await"
	"heddle/internal/embedded"
	"heddle/internal/embedded/storetest"
	"heddle/internal/events"
	"heddle/internal/mongo"
	"heddle/internal/postgres"
	"heddle/internal/run"
	"heddle/internal/soak"
)

// Variables that make the test binary a process which writes, relays and handles
// events until it is killed.
const (
	killablePostgres = "HEDDLE_TEST_EVENTS_POSTGRES"
	killableMongo    = "HEDDLE_TEST_EVENTS_MONGO"
	killableNATS     = "HEDDLE_TEST_EVENTS_NATS"
)

// rounds is how often a test breaks something.
func rounds(t *testing.T, few int) int { t.Helper(); return soak.Times(t, "HEDDLE_EVENTS_ROUNDS", few) }

func TestMain(m *testing.M) {
	var err error
	switch postgresURL, mongoURL := os.Getenv(killablePostgres), os.Getenv(killableMongo); {
	case postgresURL != "":
		err = untilKilled(context.Background(), postgresURL, os.Getenv(killableNATS))
	case mongoURL != "":
		err = documentsUntilKilled(context.Background(), mongoURL, os.Getenv(killableNATS))
	default:
		storetest.Main(m)
	}
	slog.Error("the process to kill ended by itself", "error", err)
	os.Exit(1)
}

// untilKilled runs the exchange and commits events, and prints a line for each
// that is committed.
func untilKilled(ctx context.Context, postgresURL, natsURL string) error {
	pool, err := pgxpool.New(ctx, postgresURL)
	if err != nil {
		return err
	}
	conn, err := nats.Connect(natsURL)
	if err != nil {
		return err
	}
	exchange := events.Exchange(events.Config{
		Domain: "loom", Pool: pool, NATS: conn, Pause: time.Millisecond,
		Handlers: map[string]events.Handler{"thread.dyed": record},
	})
	if err := exchange.Start(ctx); err != nil {
		return err
	}
	for n := 0; ; n++ {
		id := uuid.Must(uuid.NewV7()).String()
		e, err := events.New(ctx, id, "thread.dyed", time.Now(), "t"+strconv.Itoa(n%7), id)
		if err != nil {
			return err
		}
		if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return events.Append(ctx, tx, e) }); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// documentsUntilKilled does the same on MongoDB.
func documentsUntilKilled(ctx context.Context, mongoURL, natsURL string) error {
	db, err := mongo.Server{URL: mongoURL}.Open(ctx, "loom")
	if err != nil {
		return err
	}
	conn, err := nats.Connect(natsURL)
	if err != nil {
		return err
	}
	exchange := events.Documents(events.DocumentConfig{
		Domain: "loom", Database: db, Collections: []string{"threads"}, NATS: conn, Pause: time.Millisecond,
		Handlers: map[string]events.DocumentHandler{"thread.dyed": func(ctx context.Context, e events.Event) error { return note(ctx, db, e) }},
	})
	if err := exchange.Start(ctx); err != nil {
		return err
	}
	for n := 0; ; n++ {
		id := uuid.Must(uuid.NewV7()).String()
		if _, err := dyeing(ctx, db, "t"+strconv.Itoa(n%3), id); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// Processes that are killed at any moment between a commit, its relay, its
// delivery, its effect and the acknowledgement lose nothing and do nothing twice.
func TestExchange_killed(t *testing.T) {
	t.Parallel()
	natsURL := storetest.NATS(t)
	w := worldAt(t, natsURL)
	var committed []string
	for range rounds(t, 12) {
		committed = append(committed, killed(t, killablePostgres+"="+w.pool.Config().ConnString(), killableNATS+"="+natsURL)...)
	}
	w.start(events.Exchange(w.config(record)))
	w.settled(committed)
}

// settled waits until nothing is under way any more, and fails unless each of
// these texts, and no other twice, has had its effect once, in order for each
// entity, and nothing is left anywhere.
func (w *world) settled(committed []string) {
	w.t.Helper()
	w.t.Logf("%d writes were acknowledged", len(committed))
	w.eventually("SELECT NOT EXISTS (SELECT FROM outbox)")
	nothingPending(w.t, w.nats)
	w.eventually("SELECT NOT EXISTS (SELECT FROM inbox WHERE handled_at IS NULL)")
	rows, err := w.pool.Query(w.t.Context(), "SELECT entity, text FROM effects ORDER BY number")
	if err != nil {
		w.t.Fatal(err)
	}
	heard := map[string][]string{}
	var entity, text string
	_, err = pgx.ForEachRow(rows, []any{&entity, &text}, func() error { heard[entity] = append(heard[entity], text); return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	onceInOrder(w.t, committed, heard)
}

// onceInOrder fails unless each text was heard once, those of a thread in the
// order of the texts.
func onceInOrder(t *testing.T, committed []string, heard map[string][]string) {
	t.Helper()
	times := map[string]int{}
	for thread, texts := range heard {
		if !slices.IsSorted(texts) {
			t.Errorf("effects on %s came before those of earlier events", thread)
		}
		for _, text := range texts {
			times[text]++
		}
	}
	for _, text := range committed {
		if times[text] == 0 {
			t.Errorf("%s was acknowledged and had no effect", text)
		}
	}
	for text, n := range times {
		if n != 1 {
			t.Errorf("%s had its effect %d times", text, n)
		}
	}
}

// nothingPending waits until the consumer has handled and acknowledged all, and
// fails if anything is dead.
func nothingPending(t *testing.T, conn *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	await.Until(t, "nothing is pending", func() (bool, error) {
		consumer, err := js.Consumer(t.Context(), events.Stream, "loom")
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return false, nil // it is just being made anew
		}
		if err != nil {
			return false, err
		}
		info := consumer.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0, nil
	})
	n, err := events.NewLetters(conn).Count(t.Context(), events.LetterFilter{})
	if err != nil || n != 0 {
		t.Errorf("%d events are dead (%v)", n, err)
	}
}

// killed runs the process with the variables until some time after it has made
// some writes, kills it, and gives the writes that were acknowledged.
func killed(t *testing.T, variables ...string) (acknowledged []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	giveUp := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }) // should it write nothing
	defer giveUp.Stop()
	n := 1 + rand.IntN(25)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
		if len(acknowledged) == n {
			time.AfterFunc(time.Duration(rand.Int64N(int64(10*time.Millisecond))), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acknowledged) < n {
		t.Fatalf("the process ended after %d writes, before it was killed", len(acknowledged))
	}
	return acknowledged
}

func TestDocuments_killed(t *testing.T) {
	t.Parallel()
	mongoURL, natsURL := storetest.Mongo(t), storetest.NATS(t)
	l := loomAt(t, mongoURL, natsURL)
	var committed []string
	for range rounds(t, 8) {
		committed = append(committed, killed(t, killableMongo+"="+mongoURL, killableNATS+"="+natsURL)...)
	}
	l.start(events.Documents(l.config(l.note)))
	l.settled(committed)
}

// settled is the same for documents.
func (l *loom) settled(committed []string) {
	l.t.Helper()
	l.t.Logf("%d writes were acknowledged", len(committed))
	l.sent()
	nothingPending(l.t, l.nats)
	l.records()
	found, err := l.db.Collection("heard").Find(l.t.Context(), bson.M{})
	if err != nil {
		l.t.Fatal(err)
	}
	var documents []struct {
		ID      string `bson:"_id"`
		Colours []string
	}
	if err := found.All(l.t.Context(), &documents); err != nil {
		l.t.Fatal(err)
	}
	heard := map[string][]string{}
	for _, d := range documents {
		heard[d.ID] = d.Colours
	}
	onceInOrder(l.t, committed, heard)
}

// NATS goes and comes back while events are written.
func TestExchange_NATS_stopped_again_and_again(t *testing.T) {
	t.Parallel()
	server := storetest.NATSServer(t)
	w := worldAt(t, server.URL())
	w.start(events.Exchange(w.config(record)))
	committed := during(t, w.write, func(written func()) {
		for range rounds(t, 5) {
			bounce(t, server, written)
		}
	})
	w.settled(committed)
}

func TestDocuments_NATS_stopped_again_and_again(t *testing.T) {
	t.Parallel()
	server := storetest.NATSServer(t)
	l := loomAt(t, storetest.Mongo(t), server.URL())
	l.start(events.Documents(l.config(l.note)))
	committed := during(t, func(ctx context.Context, id string, n int) error {
		_, err := dyeing(ctx, l.db, "t"+strconv.Itoa(n%3), id)
		return err
	}, func(written func()) {
		for range rounds(t, 5) {
			bounce(t, server, written)
		}
	})
	l.settled(committed)
}

// PostgreSQL restarts while events are written, relayed and handled.
func TestExchange_PostgreSQL_restarted_again_and_again(t *testing.T) {
	t.Parallel()
	cluster := ownCluster(t)
	w := worldOn(t, postgres.Server{URL: cluster.URL()}, storetest.NATS(t))
	w.start(events.Exchange(w.config(record)))
	committed := during(t, w.write, func(written func()) {
		for range rounds(t, 3) {
			bounce(t, cluster, written)
		}
	})
	w.settled(committed)
}

// PostgreSQL restarts beneath FerretDB while documents are written, and their
// events relayed and handled.
func TestDocuments_PostgreSQL_restarted_again_and_again(t *testing.T) {
	t.Parallel()
	cluster := ownCluster(t)
	l := loomAt(t, storetest.MongoOver(t, cluster.URL()), storetest.NATS(t))
	l.start(events.Documents(l.config(l.note)))
	committed := during(t, func(ctx context.Context, id string, n int) error {
		_, err := dyeing(ctx, l.db, "t"+strconv.Itoa(n%3), id)
		if err != nil && ctx.Err() == nil && !mongo.Away(err) {
			t.Errorf("not told as an outage: %v", err)
		}
		return err
	}, func(written func()) {
		for range rounds(t, 3) {
			bounce(t, cluster, written)
		}
	})
	l.settled(committed)
}

// ownCluster is a PostgreSQL server of the test's own.
func ownCluster(t *testing.T) *embedded.Cluster {
	t.Helper()
	folder, err := embedded.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cluster := embedded.NewScratchCluster(folder, slog.New(slog.DiscardHandler))
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cluster.Stop(context.Background()), folder.Close()); err != nil {
			t.Error(err)
		}
	})
	return cluster
}

// bounce waits until something was written, stops the server a moment later, and
// starts it again another moment later.
func bounce(t *testing.T, server interface {
	run.Service
	URL() string
}, written func()) {
	t.Helper()
	moment := func() { <-time.After(time.Duration(rand.Int64N(int64(20 * time.Millisecond)))) }
	written()
	moment()
	was := server.URL()
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	moment()
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at := server.URL(); at != was {
		t.Fatalf("the server was at %s and is at %s now: somebody has taken its port meanwhile", was, at)
	}
}

// during writes one event after the other while something happens, and gives
// the texts of those that were acknowledged. What happens can wait until another
// was.
func during(t *testing.T, write func(ctx context.Context, id string, n int) error, happens func(written func())) (acknowledged []string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done, news := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for n := 0; ctx.Err() == nil; n++ {
			id := uuid.Must(uuid.NewV7()).String()
			if write(ctx, id, n) != nil {
				continue // a store that is away acknowledges nothing
			}
			acknowledged = append(acknowledged, id)
			select {
			case news <- true:
			default:
			}
		}
	}()
	happens(func() {
		t.Helper()
		select {
		case <-news:
		case <-time.After(2 * time.Minute):
			t.Fatal("nothing was written any more")
		}
	})
	stop()
	<-done
	return acknowledged
}

// appendAs commits an event about the entity whose text is its id.
func (w *world) appendAs(id, entity string) {
	w.t.Helper()
	e, err := events.New(w.t.Context(), id, "thread.dyed", time.Now(), entity, id)
	if err == nil {
		err = pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) error { return events.Append(w.t.Context(), tx, e) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(ctx context.Context, id string, n int) error {
	e, err := events.New(ctx, id, "thread.dyed", time.Now(), "t"+strconv.Itoa(n%3), id)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return events.Append(ctx, tx, e) })
}

// Each event fails three times before it is handled.
func TestExchange_fails_three_times(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.config(nil)
	var mu sync.Mutex
	tries := map[string]int{}
	config.Tries = 4
	config.Handlers = map[string]events.Handler{"thread.dyed": func(ctx context.Context, tx pgx.Tx, e events.Event) error {
		if err := record(ctx, tx, e); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if tries[e.ID]++; tries[e.ID] <= 3 {
			return errors.New("the dye is not ready")
		}
		return nil
	}}
	w.start(events.Exchange(config))
	var committed []string
	for n := range 200 {
		id := uuid.Must(uuid.NewV7()).String()
		w.appendAs(id, "t"+strconv.Itoa(n%50))
		committed = append(committed, id)
	}
	w.settled(committed)
	for id, n := range tries {
		if n != 4 {
			t.Errorf("event %s was tried %d times, want 4", id, n)
		}
	}
}

// A domain that is slow, or stuck, holds up no other.
func TestConsumer_slow_one_does_not_hold_up_others(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fast := events.Exchange(w.config(record))
	slow := w.config(nil)
	slow.Domain, slow.Pool = "mill", w.database("mill")
	begun, finish := make(chan bool, 1), make(chan bool)
	slow.Handlers = map[string]events.Handler{"thread.dyed": func(context.Context, pgx.Tx, events.Event) error {
		select {
		case begun <- true:
		default:
		}
		<-finish
		return nil
	}}
	w.start(events.NewConsumer(slow))
	w.start(fast)
	w.append("t1", "red")
	<-begun
	w.append("t1", "blue", "green")
	w.same([]string{"red", "blue", "green"}, w.effects(3)) // while the other is at its first
	close(finish)
}

// A new consumer begins with what the stream has kept, or, if it says so, with
// what comes from now on.
func TestConsumer_begins_at_the_beginning_or_now(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(events.NewRelay(w.config(nil)))
	w.append("t1", "red", "blue")
	w.eventually("SELECT NOT EXISTS (SELECT FROM outbox)")
	heard := make(chan string, 10)
	hear := func(domain string) events.Handler {
		return func(_ context.Context, _ pgx.Tx, e events.Event) error {
			heard <- domain + " " + string(e.Data)
			return nil
		}
	}
	later := w.config(hear("later"))
	later.Domain, later.FromNow, later.Pool = "later", true, w.database("later")
	w.start(events.NewConsumer(later))
	js := w.js()
	await.Until(t, "the consumer is there", func() (bool, error) {
		_, err := js.Consumer(t.Context(), events.Stream, "later")
		return err == nil, nil // until then there is none, or not even a stream
	})
	w.append("t1", "green")
	if got := <-heard; got != `later "green"` {
		t.Errorf("from now on: %s, want green", got)
	}
	all := w.config(hear("all"))
	all.Domain, all.Pool = "all", w.database("all")
	w.start(events.NewConsumer(all))
	for _, want := range []string{`all "red"`, `all "blue"`, `all "green"`} {
		if got := <-heard; got != want {
			t.Errorf("from the beginning: %s, want %s", got, want)
		}
	}
}
