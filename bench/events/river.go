package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/events"
	"heddle/internal/jobs"
	"heddle/internal/postgres"
	"heddle/internal/run"
)

// relaying is a River job that sends one event.
type relaying struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Body    []byte `json:"body"`
}

// Kind is the name of the kind of job.
func (relaying) Kind() string { return "relay_event" }

// openRiver is a relay of River's: a job for each event, inserted in the
// transaction of the write, whose worker publishes it. The rest is as it is
// with our own outbox.
func openRiver(ctx context.Context, b *bench, heard *effects) (world, error) {
	pool, err := b.database(ctx)
	if err != nil {
		return world{}, err
	}
	js, err := jetstream.New(b.nats)
	if err != nil {
		return world{}, err
	}
	kind, domain := b.kind(), fmt.Sprintf("bench%d", b.count)
	client, err := jobs.Open(jobs.Config{
		Domain: domain, Pool: pool, Log: b.log, AtOnce: 64,
		Workers: []jobs.Worker{jobs.Work(func(ctx context.Context, job *jobs.Job[relaying]) error {
			m := &nats.Msg{Subject: job.Args.Subject, Data: job.Args.Body}
			_, err := js.PublishMsg(ctx, m, jetstream.WithMsgID(job.Args.ID))
			return err
		})},
	})
	if err != nil {
		return world{}, err
	}
	consumer := events.NewConsumer(events.Config{
		Domain: domain, Pool: pool, NATS: b.nats, Log: b.log,
		Handlers: map[string]events.Handler{kind: count(heard)},
	})
	return world{run.All(postgres.Closing(pool), client, consumer), func(ctx context.Context, id, thing string) error {
		e, err := b.event(ctx, kind, id, thing)
		if err != nil {
			return err
		}
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return change(ctx, pool, thing, func(tx pgx.Tx) error {
			_, err := client.Insert(ctx, tx, relaying{id, "events." + kind, body}, jobs.Options{})
			return err
		})
	}, true}, nil
}
