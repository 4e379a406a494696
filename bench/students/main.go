// Command students measures lists, searches and imports of students in a store
// that holds many, each beside the same with few records in the same run, and
// an import beside the bare insert of as many documents.
//
//	go run ./bench/students                 1,000,000 records in the embedded store; minutes
//	go run ./bench/students -records 50000
//	go run ./bench/students -smoke          little, to see that it works
//	HEDDLE_MONGO_URL=mongodb://… go run ./bench/students    a MongoDB server's; its database education_elly_students is dropped
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"heddle/internal/caller"
	"heddle/internal/embedded"
	"heddle/internal/live"
	"heddle/internal/mongo"
	"heddle/internal/subgraph"
	"heddle/subgraphs/students"
)

func main() {
	var b bench
	flag.IntVar(&b.records, "records", 1_000_000, "how many records there are in the end")
	flag.IntVar(&b.few, "few", 10_000, "how many there are at first, for comparison")
	flag.IntVar(&b.rows, "rows", 10_000, "how many rows are imported")
	flag.IntVar(&b.times, "times", 15, "how often each question is asked")
	smoke := flag.Bool("smoke", false, "do little, to see that it works")
	flag.Parse()
	if *smoke {
		b.records, b.few, b.rows, b.times = 3000, 1000, 300, 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "students:", err)
		os.Exit(1)
	}
}

// perSchool is how many students a school has.
const perSchool = 1000

type bench struct {
	records, few, rows, times int

	urls     embedded.URLs
	students *students.Resolvers
	admin    context.Context // of an administrator
	teacher  context.Context // of a teacher at the first school
	person   string          // the teacher's id
	schools  []string
	made     int
	apart    time.Duration // how long the part of a question took that counts, if not all of it
}

func (b *bench) run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "heddle-bench-students-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stores, err := embedded.Open(embedded.Config{Dir: dir, Outside: embedded.FromEnvironment(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if err := stores.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Stop(context.WithoutCancel(ctx))) }()
	b.urls = stores.URLs()
	if err := b.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.students.Stop(context.WithoutCancel(ctx))) }()
	return b.measure(ctx)
}

// open opens the domain as a process does, with an empty database.
func (b *bench) open(ctx context.Context) error {
	options, err := redis.ParseURL(b.urls.Redis)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	bus, err := nats.Connect(b.urls.NATS)
	if err != nil {
		return err
	}
	env := subgraph.Env{
		Mongo: mongo.Server{URL: b.urls.Mongo}, Redis: client, NATS: bus, Live: live.NewBroker(client, slog.New(slog.DiscardHandler)),
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), Now: subgraph.Clock, NewID: subgraph.NewID,
	}
	if err := b.empty(ctx, env.Mongo); err != nil {
		return err
	}
	if err := env.Live.Start(ctx); err != nil {
		return err
	}
	if b.students, err = students.Open(ctx, env); err != nil {
		return err
	}
	b.person = subgraph.NewID()
	b.admin = caller.With(ctx, caller.Caller{ID: subgraph.NewID(), Roles: []string{caller.Admin}})
	b.teacher = caller.With(ctx, caller.Caller{ID: b.person, Roles: []string{caller.Teacher}})
	return b.students.Start(ctx)
}

func (b *bench) empty(ctx context.Context, server mongo.Server) error {
	db, err := server.Open(ctx, "education_elly_students")
	if err != nil {
		return err
	}
	return errors.Join(db.Drop(ctx), db.Client().Disconnect(ctx))
}

// measure asks the same with few records and with many.
func (b *bench) measure(ctx context.Context) error {
	if err := b.fill(ctx, b.few); err != nil {
		return err
	}
	few, err := b.ask()
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := b.fill(ctx, b.records); err != nil {
		return err
	}
	took := time.Since(begin)
	many, err := b.ask()
	if err != nil {
		return err
	}
	fmt.Printf("%d records, %d a school, kept in %.0f s.\n\n", b.made, perSchool, took.Seconds())
	fmt.Printf("%-54s %10s %10s %7s\n", "median of a question", fmt.Sprint(b.few), fmt.Sprint(b.made), "ratio")
	for i := range many {
		fmt.Printf("%-54s %7.1f ms %7.1f ms %6.1fx\n", many[i].name, ms(few[i].took), ms(many[i].took), float64(many[i].took)/float64(max(few[i].took, 1)))
	}
	return b.imports(ctx)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
