package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/events"
	"heddle/internal/run"
)

// openBus publishes to the stream and takes from it, without any store.
func openBus(ctx context.Context, b *bench, heard *effects) (world, error) {
	js, err := jetstream.New(b.nats)
	if err != nil {
		return world{}, err
	}
	kind := "events." + b.kind()
	consumer, err := js.CreateConsumer(ctx, events.Stream, jetstream.ConsumerConfig{
		Durable: fmt.Sprintf("bench%d", b.count), FilterSubject: kind, AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverNewPolicy,
	})
	if err != nil {
		return world{}, err
	}
	listening := run.Background(func(ctx context.Context) error {
		c, err := consumer.Consume(func(m jetstream.Msg) {
			id, thing, _ := strings.Cut(string(m.Data()), " ")
			if m.DoubleAck(ctx) == nil {
				heard.heard(id, thing)
			}
		})
		if err != nil {
			return err
		}
		<-ctx.Done()
		c.Stop()
		return nil
	})
	return world{listening, func(ctx context.Context, id, thing string) error {
		m := &nats.Msg{Subject: kind, Data: []byte(id + " " + thing)}
		_, err := js.PublishMsg(ctx, m, jetstream.WithMsgID(id))
		return err
	}, true}, nil
}

// store fills the stream of a NATS server with events that nobody listens to,
// in the folder that the server will have. Meanwhile the disk need not have each
// of them at once.
func store(ctx context.Context, folder string, stored int) error {
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return err
	}
	go s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		return errors.New("the server does not start")
	}
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := events.NewLetters(conn).Count(ctx, events.LetterFilter{}); err != nil { // which makes the streams
		return err
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(4096))
	if err != nil {
		return err
	}
	body := []byte(`{"id":"0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d","type":"thing.kept","version":1,"time":"2026-11-22T12:00:00Z",` +
		`"actor":"0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d","entity":"0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d","request":"","trace":"",` +
		`"data":{"thing":"0198f4f2-7c1e-7b1a-9d7e-2f6d3a1b4c5d"}}`)
	for range stored {
		if _, err := js.PublishAsync("events.thing.kept", body, jetstream.WithStallWait(time.Minute)); err != nil {
			return err
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		return ctx.Err()
	}
	stream, err := js.Stream(ctx, events.Stream)
	if err != nil {
		return err
	}
	if n := stream.CachedInfo().State.Msgs; n < uint64(stored) {
		return fmt.Errorf("the stream holds %d events, not %d", n, stored)
	}
	return nil
}
