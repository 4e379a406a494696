// Command events measures how events go from a domain's write to another's
// effect: writes and effects a second with many writers, and from the write to
// the committed effect, one event at a time. For domains on PostgreSQL and on
// MongoDB (FerretDB over PostgreSQL), with few and with a million events in the
// stream; beside, in the same run, the same writes without an event, the bus
// alone, and a relay made of River jobs.
//
//	go run ./bench/events              # all of it, some minutes
//	go run ./bench/events -smoke       # seconds, to see that it works
//	go run ./bench/events -only river
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"

	"heddle/internal/embedded"
)

// settings bound the bench.
type settings struct {
	only    string
	events  int // under load
	singles int // one at a time
	writers int
	things  int // that the events are about
	stored  int // events in the stream, for the last part
	held    int // documents in the collection, for the relay's look
}

func main() {
	s := settings{}
	flag.StringVar(&s.only, "only", "", "measure the ways alone whose titles contain this")
	flag.IntVar(&s.events, "events", 5000, "how many events are written under load")
	flag.IntVar(&s.singles, "singles", 300, "how many events are written one at a time")
	flag.IntVar(&s.writers, "writers", 8, "how many write at once under load")
	flag.IntVar(&s.things, "things", 500, "how many things the events are about")
	flag.IntVar(&s.stored, "stored", 1_000_000, "how many events are in the stream in the last part; 0 leaves it out")
	flag.IntVar(&s.held, "documents", 1_000_000, "how many documents the relay on MongoDB looks through; 0 leaves it out")
	little := flag.Bool("smoke", false, "do little, to see that it works")
	flag.Parse()
	if *little {
		s.events, s.singles, s.stored, s.held = 200, 20, 2000, 2000
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := measure(ctx, s, 0)
	if err == nil && s.stored > 0 {
		err = measure(ctx, s, s.stored)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/events:", err)
		os.Exit(1)
	}
}

// measure starts the stores in a folder of their own, with so many events in the
// stream, and measures every way; our own alone if there are any.
func measure(ctx context.Context, s settings, stored int) (err error) {
	dir, err := os.MkdirTemp("", "heddle-bench-events-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	if stored > 0 {
		if err := store(ctx, filepath.Join(dir, "nats"), stored); err != nil {
			return fmt.Errorf("fill the stream: %w", err)
		}
	}
	stores, err := embedded.Open(embedded.Config{Dir: dir, Log: log})
	if err != nil {
		return err
	}
	if err := stores.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Stop(context.WithoutCancel(ctx))) }()
	conn, err := nats.Connect(stores.URLs().NATS, nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer conn.Close()
	b := bench{settings: s, urls: stores.URLs(), nats: conn, log: log}
	if stored > 0 {
		return b.table(ctx, fmt.Sprintf("%d events in the stream", stored), ours)
	}
	if err := b.table(ctx, "few events in the stream", b.ways()); err != nil || s.held == 0 {
		return err
	}
	return b.lookup(ctx, s.held)
}

// bench is one run.
type bench struct {
	settings
	urls  embedded.URLs
	nats  *nats.Conn
	log   *slog.Logger
	count int // of worlds so far, each of which has its own databases
}

// table measures the ways and prints their figures.
func (b *bench) table(ctx context.Context, title string, ways []way) error {
	var rows []row
	for _, w := range ways {
		if !strings.Contains(w.title, b.only) {
			continue
		}
		r, err := b.row(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.title, err)
		}
		rows = append(rows, r)
	}
	report(title, rows)
	return nil
}
