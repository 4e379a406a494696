package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"heddle/internal/run"
)

// Handler has the effect of an event. Its writes go into tx, where the event's
// id is recorded too, so they happen once however often the event comes. What
// it does elsewhere must bear repetition.
type Handler func(ctx context.Context, tx pgx.Tx, e Event) error

// Config is a domain's side of the exchange. Its database has the tables of
// Migration.
type Config struct {
	Domain   string // who sends and listens; the durable consumer has this name
	Pool     *pgxpool.Pool
	NATS     *nats.Conn
	Log      *slog.Logger
	Handlers map[string]Handler // by event type; none makes a domain that only sends

	// FromNow has the consumer, when there is none yet, begin with what happens
	// from now on; otherwise it begins with the oldest event that the stream keeps.
	FromNow bool

	Tries int           // until an event goes to the dead letters; 8 unless given
	Pause time.Duration // before the second try, doubled with each; 250 ms unless given
}

// Exchange sends what the domain has appended to its outbox, and handles the
// events it listens to. Neither needs NATS or PostgreSQL to be there when it
// starts: what cannot be done now is done when they are back.
func Exchange(c Config) run.Service {
	if len(c.Handlers) == 0 {
		return NewRelay(c)
	}
	return run.All(NewRelay(c), NewConsumer(c))
}

func (c Config) withDefaults() Config {
	if c.Tries == 0 {
		c.Tries = 8
	}
	if c.Pause == 0 {
		c.Pause = 250 * time.Millisecond
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// pause is how long to wait after so many tries.
func (c Config) pause(tries int) time.Duration {
	return min(c.Pause<<min(max(tries-1, 0), 16), time.Minute)
}
