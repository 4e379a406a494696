package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heddle/internal/fault"
)

// Directory is the bucket in which the domains that have jobs stand.
const Directory = "JOBS"

// Operator asks domains about their jobs, over NATS: nobody reads another
// domain's store.
type Operator struct{ nats *nats.Conn }

// NewOperator asks over the connection.
func NewOperator(conn *nats.Conn) Operator { return Operator{conn} }

// Filter says which jobs are meant; each list that is empty means all.
type Filter struct {
	States []State
	Kinds  []string
}

// Place is where in a list, from the newest job on, jobs are wanted: at most
// Limit of those between After and Before, from the first on, or Backward from
// the last.
type Place struct {
	After, Before int64 // ids; 0: no bound
	Backward      bool
	Limit         int
}

// List gives jobs of a domain.
func (o Operator) List(ctx context.Context, domain string, f Filter, p Place) ([]Record, error) {
	r, err := o.ask(ctx, domain, question{Do: "list", States: f.States, Kinds: f.Kinds, Place: p})
	return r.Jobs, err
}

// Count counts jobs of a domain, by state; a state without jobs is not there.
func (o Operator) Count(ctx context.Context, domain string, f Filter) (map[State]int, error) {
	r, err := o.ask(ctx, domain, question{Do: "count", States: f.States, Kinds: f.Kinds})
	return r.Counts, err
}

// Get gives one job.
func (o Operator) Get(ctx context.Context, domain string, id int64) (Record, error) {
	return o.one(ctx, domain, question{Do: "get", ID: id})
}

// Retry has a job that is not running and not done tried at once.
func (o Operator) Retry(ctx context.Context, domain string, id int64) (Record, error) {
	return o.one(ctx, domain, question{Do: "retry", ID: id})
}

// Cancel ends a job: one that waits at once, one that runs when its worker
// heeds the end of its context.
func (o Operator) Cancel(ctx context.Context, domain string, id int64) (Record, error) {
	return o.one(ctx, domain, question{Do: "cancel", ID: id})
}

func (o Operator) one(ctx context.Context, domain string, q question) (Record, error) {
	r, err := o.ask(ctx, domain, q)
	if err != nil {
		return Record{}, err
	}
	if len(r.Jobs) != 1 {
		return Record{}, fmt.Errorf("%s answered with %d jobs, not one", domain, len(r.Jobs))
	}
	return r.Jobs[0], nil
}

func (o Operator) ask(ctx context.Context, domain string, q question) (reply, error) {
	known, err := o.Domains(ctx)
	if err != nil {
		return reply{}, err
	}
	if !slices.Contains(known, domain) {
		return reply{}, fault.New(fault.NotFound, "There is no domain %q that has jobs.", domain)
	}
	text, err := json.Marshal(q)
	if err != nil {
		return reply{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	m, err := o.nats.RequestWithContext(ctx, subject(domain), text)
	if err != nil {
		return reply{}, fault.Wrap(fault.Unavailable, err, "The domain %s does not answer for its jobs now.", domain)
	}
	var r reply
	if err := json.Unmarshal(m.Data, &r); err != nil {
		return reply{}, fmt.Errorf("read what %s says of its jobs: %w", domain, err)
	}
	if r.Error != nil {
		return reply{}, fault.New(r.Error.Code, "%s", r.Error.Message)
	}
	return r, nil
}

// Domains are those that have, or once had, jobs, in the order of their names.
func (o Operator) Domains(ctx context.Context) ([]string, error) {
	bucket, err := directory(ctx, o.nats)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "The list of domains that have jobs cannot be read now.")
	}
	names, err := bucket.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "The list of domains that have jobs cannot be read now.")
	}
	slices.Sort(names)
	return names, nil
}

func directory(ctx context.Context, conn *nats.Conn) (jetstream.KeyValue, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	bucket, err := js.KeyValue(ctx, Directory)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: Directory, Storage: jetstream.FileStorage})
	}
	return bucket, err
}

// register puts the domain into the directory, as soon as NATS is there.
func register(ctx context.Context, conn *nats.Conn, domain string) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		bucket, err := directory(ctx, conn)
		if err == nil {
			if _, err = bucket.Create(ctx, domain, nil); err == nil || errors.Is(err, jetstream.ErrKeyExists) {
				return nil
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}
