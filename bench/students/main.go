// Command students measures lists, searches and imports of students, and the
// assessments of a class, in a store that holds many, each beside the same with
// few records in the same run, and an import beside the bare insert of as many
// documents.
//
//	go run ./bench/students                 1,000,000 records in the embedded store; minutes
//	go run ./bench/students -records 50000
//	go run ./bench/students -only assessments
//	go run ./bench/students -smoke          little, to see that it works
//	HEDDLE_MONGO_URL=mongodb://… go run ./bench/students    a MongoDB server's; its databases education_elly_students and education_elly_assessments are dropped
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
	flag.IntVar(&b.assessed, "assessments", 1_000_000, "how many assessments there are in the end")
	flag.StringVar(&b.only, "only", "", "measure students or assessments alone")
	smoke := flag.Bool("smoke", false, "do little, to see that it works")
	flag.Parse()
	if *smoke {
		b.records, b.few, b.rows, b.times, b.assessed = 3000, 1000, 300, 2, 3000
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
	records, few, rows, times, assessed int
	only                                string

	urls     embedded.URLs
	env      subgraph.Env
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
	if b.only != "assessments" {
		if err := b.measure(ctx); err != nil {
			return err
		}
	}
	if b.only == "students" {
		return nil
	}
	return b.assess(ctx)
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
	b.env = subgraph.Env{
		Mongo: mongo.Server{URL: b.urls.Mongo}, Redis: client, NATS: bus, Live: live.NewBroker(client, slog.New(slog.DiscardHandler)),
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), Now: subgraph.Clock, NewID: subgraph.NewID, Getenv: os.Getenv,
	}
	if err := b.empty(ctx, b.env.Mongo, "education_elly_students"); err != nil {
		return err
	}
	if err := b.env.Live.Start(ctx); err != nil {
		return err
	}
	if b.students, err = students.Open(ctx, b.env); err != nil {
		return err
	}
	b.person = subgraph.NewID()
	b.admin = caller.With(ctx, caller.Caller{ID: subgraph.NewID(), Roles: []string{caller.Admin}})
	b.teacher = caller.With(ctx, caller.Caller{ID: b.person, Roles: []string{caller.Teacher}})
	return b.students.Start(ctx)
}

func (b *bench) empty(ctx context.Context, server mongo.Server, database string) error {
	db, err := server.Open(ctx, database)
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
	few, err := b.ask(b.questions())
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := b.fill(ctx, b.records); err != nil {
		return err
	}
	took := time.Since(begin)
	many, err := b.ask(b.questions())
	if err != nil {
		return err
	}
	fmt.Printf("%d records, %d a school, kept in %.0f s.\n\n", b.made, perSchool, took.Seconds())
	compare(b.made, b.few, few, many)
	return b.imports(ctx)
}

// compare prints the answers among few and among many.
func compare(made, before int, few, many []answer) {
	fmt.Printf("%-54s %10s %10s %7s\n", "median of a question", fmt.Sprint(before), fmt.Sprint(made), "ratio")
	for i := range many {
		fmt.Printf("%-54s %7.1f ms %7.1f ms %6.1fx\n", many[i].name, ms(few[i].took), ms(many[i].took), float64(many[i].took)/float64(max(few[i].took, 1)))
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
