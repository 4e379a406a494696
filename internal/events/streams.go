package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The streams of the bus. Events keep for a while, so that a domain added
// later can begin with what happened before it; dead letters keep until an
// operator has dealt with them.
const (
	// Stream holds the events, each under "events.<type>", and those sent again
	// to one domain alone, under "replay.<domain>.<type>".
	Stream = "EVENTS"
	// DeadLetters holds the events that a domain could not handle, under
	// "dead.<domain>.<type>".
	DeadLetters = "DEAD_LETTERS"

	// Retention is how long an event stays in the stream.
	Retention = 30 * 24 * time.Hour
)

// Headers of a dead letter.
const (
	HeaderError = "Heddle-Error" // why the last try failed
	HeaderTries = "Heddle-Tries" // how many there were
)

var streams = []jetstream.StreamConfig{
	{
		Name: Stream, Subjects: []string{"events.>", "replay.>"},
		MaxAge: Retention, Duplicates: 10 * time.Minute, Storage: jetstream.FileStorage,
	},
	{
		Name: DeadLetters, Subjects: []string{"dead.>"},
		Duplicates: 10 * time.Minute, Storage: jetstream.FileStorage,
	},
}

// bus is JetStream with our streams. Those that are there stay as they are: an
// operator may have given them more copies or another retention.
func bus(ctx context.Context, conn *nats.Conn) (jetstream.JetStream, error) {
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(5*time.Second))
	if err != nil {
		return nil, err
	}
	for _, config := range streams {
		_, err := js.Stream(ctx, config.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			_, err = js.CreateStream(ctx, config)
		}
		if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return nil, fmt.Errorf("make stream %s: %w", config.Name, err)
		}
	}
	return js, nil
}
