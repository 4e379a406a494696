package notifications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/jobs"
)

// queue takes jobs in the transaction of what they follow from: none is lost,
// and none is done for what was not committed.
type queue interface {
	// Plan has a request planned.
	Plan(ctx context.Context, tx pgx.Tx, request string) error
	// Send has deliveries sent.
	Send(ctx context.Context, tx pgx.Tx, deliveries []string) error
	// Collect has a person's digest sent at the time, once.
	Collect(ctx context.Context, tx pgx.Tx, person string, at time.Time) error
}

// What the jobs of the domain are about.
type (
	planJob struct {
		RequestID string `json:"requestId"`
	}
	sendJob struct {
		DeliveryID string `json:"deliveryId"`
	}
	digestJob struct {
		PersonID string    `json:"personId" river:"unique"`
		At       time.Time `json:"at" river:"unique"`
	}
	sweepJob struct{}
)

func (planJob) Kind() string   { return "plan_notification" }
func (sendJob) Kind() string   { return "send_notification" }
func (digestJob) Kind() string { return "send_digest" }
func (sweepJob) Kind() string  { return "sweep_notifications" }

// sweepEvery is the time between two sweeps.
const sweepEvery = 10 * time.Minute

// atOnce is how many jobs a process works on at the same time: most of them wait
// for a provider.
const atOnce = 16

// openJobs makes the client of the domain's jobs. What fails because the graph or
// the database is away is tried again for days; the tries at a provider are
// counted with the delivery.
func (r *Resolvers) openJobs(c jobs.Config) (*jobs.Client, error) {
	c.AtOnce, c.Tries, c.Timeout = atOnce, 100, sendTimeout+15*time.Second
	c.Workers = []jobs.Worker{
		jobs.Work(func(ctx context.Context, j *jobs.Job[planJob]) error { return r.plan(ctx, j.Args.RequestID) }),
		jobs.Work(func(ctx context.Context, j *jobs.Job[sendJob]) error {
			next, err := r.send(ctx, j.Args.DeliveryID)
			if err != nil || next.IsZero() {
				return err
			}
			return jobs.Later(next.Sub(r.Now()))
		}),
		jobs.Work(func(ctx context.Context, j *jobs.Job[digestJob]) error {
			return r.digest(ctx, j.Args.PersonID, j.Args.At)
		}),
		jobs.Work(func(ctx context.Context, _ *jobs.Job[sweepJob]) error { return r.Store.Sweep(ctx, r.Now()) }),
	}
	c.Schedules = []jobs.Schedule{{Every: sweepEvery, Args: func() jobs.Args { return sweepJob{} }}}
	return jobs.Open(c)
}

// queued puts jobs into the domain's database.
type queued struct{ client *jobs.Client }

func (q queued) Plan(ctx context.Context, tx pgx.Tx, request string) error {
	_, err := q.client.Insert(ctx, tx, planJob{request}, jobs.Options{})
	return err
}

func (q queued) Send(ctx context.Context, tx pgx.Tx, deliveries []string) error {
	for _, id := range deliveries {
		if _, err := q.client.Insert(ctx, tx, sendJob{id}, jobs.Options{}); err != nil {
			return err
		}
	}
	return nil
}

func (q queued) Collect(ctx context.Context, tx pgx.Tx, person string, at time.Time) error {
	_, err := q.client.Insert(ctx, tx, digestJob{person, at.UTC()}, jobs.Options{At: at, Unique: jobs.Uniqueness{ByArgs: true, Again: true}})
	return err
}
