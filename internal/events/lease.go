package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/run"
)

// Leases is the bucket that says which process of a domain does what one alone
// does at a time, where there is no PostgreSQL to take turns in. A process keeps
// a lease as long as it answers: one that was killed has lost its connection to
// NATS and with it its lease, whatever the clocks say. Should two ever work at
// once, because one of them cannot be reached and does not know, then events
// are sent or handled twice, which the stream and the handlers bear.
const Leases = "LEASES"

const (
	answering = 2 * time.Second // within which a holder answers
	attempts  = 3               // to reach a holder that is silent
	nextLook  = time.Second     // between looks at a lease that somebody has
)

// leased does the work in one process of the domain at a time, and again when
// it fails, until it is stopped.
func leased(c Config, role, what string, work func(ctx context.Context) error) run.Service {
	return run.Background(func(ctx context.Context) error {
		for failures := 1; ctx.Err() == nil; failures++ {
			begin := time.Now()
			err := lease{c, c.Domain + "." + role, nats.NewInbox()}.hold(ctx, work)
			if time.Since(begin) > time.Minute {
				failures = 1
			}
			if ctx.Err() == nil {
				c.Log.Warn(what+" was interrupted; trying again", "error", err)
				wait(ctx, min(c.pause(failures), 5*time.Second))
			}
		}
		return nil
	})
}

type lease struct {
	Config
	key    string
	holder string // the subject at which this process answers
}

// hold takes the lease and works until the lease is lost, the work fails, or
// ctx ends; then it gives the lease back.
func (l lease) hold(ctx context.Context, work func(ctx context.Context) error) error {
	js, err := jetstream.New(l.NATS)
	if err != nil {
		return err
	}
	bucket, err := js.KeyValue(ctx, Leases)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: Leases, Storage: jetstream.FileStorage})
	}
	if err != nil {
		return fmt.Errorf("open the leases: %w", err)
	}
	answers, err := l.NATS.Subscribe(l.holder, func(m *nats.Msg) { _ = m.Respond(nil) })
	if err != nil {
		return fmt.Errorf("answer for a lease: %w", err)
	}
	defer func() { _ = answers.Unsubscribe() }() // a lost connection has unsubscribed it
	revision, err := l.take(ctx, bucket)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		cancel(l.watch(ctx, bucket, revision))
	}()
	err = work(ctx)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	cancel(nil)
	<-watched
	giving, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	_ = bucket.Delete(giving, l.key, jetstream.LastRevision(revision)) // else the next finds that nobody answers
	return err
}

// take waits until the lease is free and takes it.
func (l lease) take(ctx context.Context, bucket jetstream.KeyValue) (revision uint64, err error) {
	for silent := 0; ; wait(ctx, nextLook) {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		there, err := bucket.Get(ctx, l.key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			revision, err = bucket.Create(ctx, l.key, []byte(l.holder))
			if err == nil {
				return revision, nil
			}
		}
		if err != nil {
			if errors.Is(err, jetstream.ErrKeyExists) {
				continue
			}
			return 0, fmt.Errorf("take the lease %s: %w", l.key, err)
		}
		asking, cancel := context.WithTimeout(ctx, answering)
		_, err = l.NATS.RequestWithContext(asking, string(there.Value()), nil)
		cancel()
		switch {
		case err == nil:
			silent = 0
			continue
		case !errors.Is(err, nats.ErrNoResponders):
			if silent++; silent < attempts {
				continue
			}
		}
		if revision, err = bucket.Update(ctx, l.key, []byte(l.holder), there.Revision()); err == nil {
			return revision, nil
		}
	}
}

// watch returns when somebody else has the lease.
func (l lease) watch(ctx context.Context, bucket jetstream.KeyValue, revision uint64) error {
	changes, err := bucket.Watch(ctx, l.key)
	if err != nil {
		return fmt.Errorf("watch the lease %s: %w", l.key, err)
	}
	defer func() { _ = changes.Stop() }() // it ends with ctx too
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case change, open := <-changes.Updates():
			if !open {
				return fmt.Errorf("watch the lease %s: the watch has ended", l.key)
			}
			if change != nil && change.Revision() > revision {
				return fmt.Errorf("another process has taken the lease %s", l.key)
			}
		}
	}
}
