package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"heddle/internal/run"
)

// patience is how long the stream waits for a sign of life about an event it
// has handed out, before it hands it out again.
const patience = 10 * time.Second

// ahead is how many events are fetched before they can be handled.
const ahead = 64

// NewConsumer is the part of the exchange that listens: each event of the
// types that have a handler is handled once in effect. A handler that fails is
// tried again with growing pauses; after the last try the event goes to the
// dead letters. Meanwhile other entities' events go on, those of the same
// entity wait. One process of a domain listens at a time, and handles a few
// events of different entities side by side.
func NewConsumer(c Config) run.Service {
	c = c.withDefaults()
	l := listener{c, inbox{c}}
	return run.Background(func(ctx context.Context) error {
		return inTurn(ctx, c, consumerTurn, "handling events", func(ctx context.Context, turn *pgx.Conn) error {
			ctx, stop := whileConnected(ctx, turn)
			defer stop()
			return l.listen(ctx)
		})
	})
}

// whileConnected returns a context that ends when the connection does: the turn
// is ours as long as it lives.
func whileConnected(ctx context.Context, turn *pgx.Conn) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	lost := make(chan struct{})
	go func() {
		defer close(lost)
		_, err := turn.WaitForNotification(ctx)
		cancel(fmt.Errorf("keep the turn: %w", err))
	}()
	return ctx, func() { cancel(nil); <-lost }
}

// listener takes the domain's events off the stream and keeps in the ledger what
// came of them.
type listener struct {
	Config
	ledger
}

// listen handles events until ctx ends, in a turn that is its own.
func (l listener) listen(ctx context.Context) error {
	js, err := bus(ctx, l.NATS)
	if err != nil {
		return err
	}
	consumer, begin, err := l.consumer(ctx, js)
	if err != nil {
		return fmt.Errorf("make consumer %s: %w", l.Domain, err)
	}
	if err := l.begin(ctx, int64(begin.settled)); err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(ahead))
	if err != nil {
		return err
	}
	return l.each(ctx, js, messages, begin.handed)
}

// place is how far the domain's consumer is when a turn begins.
type place struct {
	settled uint64 // sequence in the stream up to which everything is settled
	handed  uint64 // how many events the consumer has handed out
}

// consumer is the domain's durable consumer, and how far it is. What an earlier turn was handed and did not settle would
// come again after what follows it, and only when the stream has lost patience;
// so the consumer is made anew from there. What was settled beyond that place is
// in the inbox.
func (l listener) consumer(ctx context.Context, js jetstream.JetStream) (c jetstream.Consumer, p place, err error) {
	config := jetstream.ConsumerConfig{
		Durable: l.Domain, FilterSubjects: l.subjects(), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: patience, MaxDeliver: -1, MaxAckPending: 1024,
	}
	there, err := js.Consumer(ctx, Stream, l.Domain)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		if l.FromNow {
			config.DeliverPolicy = jetstream.DeliverNewPolicy
		}
		c, err = js.CreateConsumer(ctx, Stream, config)
		return c, p, err
	}
	if err != nil {
		return nil, p, err
	}
	info := there.CachedInfo()
	p.settled = info.AckFloor.Stream
	if info.NumAckPending == 0 && slices.Equal(info.Config.FilterSubjects, config.FilterSubjects) {
		p.handed = info.Delivered.Consumer
		return there, p, nil
	}
	if err := js.DeleteConsumer(ctx, Stream, l.Domain); err != nil {
		return nil, p, err
	}
	config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, p.settled+1
	c, err = js.CreateConsumer(ctx, Stream, config)
	return c, p, err
}

// subjects are the events the domain listens to, and those replayed to it.
func (l listener) subjects() []string {
	subjects := []string{"replay." + l.Domain + ".>"}
	for _, kind := range slices.Sorted(maps.Keys(l.Handlers)) {
		subjects = append(subjects, "events."+kind)
	}
	return subjects
}

// lanes is how many events a domain handles at the same time, of different
// entities: those of one entity are in one lane.
const lanes = 4

// each hands the messages to the lanes until ctx ends or a lane cannot go on. The
// consumer numbers what it hands out: where a number is missing, an event was
// lost with a connection and would come again after later ones, so the turn
// ends, and the next one begins before it.
func (l listener) each(ctx context.Context, js jetstream.JetStream, messages jetstream.MessagesContext, handed uint64) error {
	group, ctx := errgroup.WithContext(ctx)
	var queues [lanes]chan arrival
	for i := range queues {
		queues[i] = make(chan arrival, ahead)
		group.Go(func() error { return l.lane(ctx, js, queues[i]) })
	}
	group.Go(func() error {
		defer context.AfterFunc(ctx, messages.Stop)()
		for {
			msg, err := messages.Next()
			if err != nil {
				messages.Stop()
				return errors.Join(context.Cause(ctx), err)
			}
			a := arrive(msg)
			if handed++; a.number != handed {
				messages.Stop()
				return fmt.Errorf("event %d of those handed out came when it was the turn of %d", a.number, handed)
			}
			select {
			case queues[a.lane()] <- a:
			case <-ctx.Done():
				return context.Cause(ctx) // what was fetched ahead is for the next turn
			}
		}
	})
	return group.Wait()
}

func (l listener) lane(ctx context.Context, js jetstream.JetStream, queue <-chan arrival) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case a := <-queue:
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			err := l.take(ctx, js, a)
			if errors.Is(err, errAway) {
				return err
			}
			if err != nil {
				l.Log.Warn("an event could not be settled; it will come again", "error", err)
			}
		}
	}
}

// arrival is a message, read.
type arrival struct {
	jetstream.Msg
	number uint64 // of those that the consumer has handed out
	event  Event
	err    error // why it could not be read
}

func arrive(msg jetstream.Msg) arrival {
	a := arrival{Msg: msg}
	if meta, err := msg.Metadata(); err == nil {
		a.number = meta.Sequence.Consumer
	}
	if err := json.Unmarshal(msg.Data(), &a.event); err != nil {
		a.err = fmt.Errorf("read event: %w", err)
	}
	return a
}

func (a arrival) lane() uint32 {
	of := fnv.New32a()
	_, _ = of.Write([]byte(a.event.Entity)) // it never fails
	return of.Sum32() % lanes
}

// take handles one message and tells the stream how that went.
func (l listener) take(ctx context.Context, js jetstream.JetStream, msg arrival) error {
	if msg.err != nil {
		if err := l.bury(ctx, js, msg, msg.err, 0); err != nil {
			return errors.Join(err, msg.NakWithDelay(time.Minute))
		}
		return msg.Term()
	}
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	defer stayAlive(msg)()
	d := delivery{Event: msg.event, sequence: int64(meta.Sequence.Stream), replayed: strings.HasPrefix(msg.Subject(), "replay.")}
	ctx = d.Within(ctx)
	switch err := l.handle(ctx, d); {
	case err == nil:
		return msg.Ack() // should it be lost, the event comes again, and the ledger knows it
	case ctx.Err() != nil, errors.Is(err, errAway):
		return errors.Join(errAway, err)
	case errors.Is(err, errWaits):
		return msg.NakWithDelay(l.Pause)
	default:
		return l.failed(ctx, js, msg, d, err)
	}
}

// stayAlive tells the stream that the event is being worked on, until the
// returned function is called.
func stayAlive(msg jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for wait(ctx, patience/3); ctx.Err() == nil; wait(ctx, patience/3) {
			_ = msg.InProgress() // if it does not arrive, the event comes again
		}
	}()
	return func() { cancel(); <-done }
}

// failed notes a failed try, and after the last one buries the event.
func (l listener) failed(ctx context.Context, js jetstream.JetStream, msg jetstream.Msg, d delivery, why error) error {
	tries, err := l.note(ctx, d, why)
	if err != nil {
		return errors.Join(errAway, err)
	}
	if tries < l.Tries {
		l.Log.WarnContext(ctx, "an event could not be handled; trying again", "event", d.ID, "type", d.Type, "tries", tries, "error", why)
		return msg.NakWithDelay(l.pause(tries))
	}
	l.Log.ErrorContext(ctx, "an event could not be handled; it goes to the dead letters", "event", d.ID, "type", d.Type, "tries", tries, "error", why)
	if err := l.bury(ctx, js, msg, why, tries); err != nil {
		return errors.Join(err, msg.NakWithDelay(l.pause(tries)))
	}
	if err := l.noteDead(ctx, d); err != nil {
		return errors.Join(errAway, err)
	}
	return msg.TermWithReason("moved to " + DeadLetters)
}
