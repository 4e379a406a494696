// Package jobs knows how a domain has work done later: on River, in the
// domain's own PostgreSQL database, so that a job is there exactly if the change
// that asked for it is. A job that fails is tried again with growing pauses;
// jobs can be scheduled and unique; operators see what runs, waits or is dead.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"heddle/internal/run"
	"heddle/internal/trace"
)

// Args is what a job is about: a struct that JSON can carry, whose Kind is the
// name of the kind of job, such as "send_email". Fields with the tag
// `river:"unique"` are those that count when a job is to be unique.
type Args = river.JobArgs

// Job is a job at work: its Args, and what is known of it.
type Job[T Args] = river.Job[T]

// Config is what a domain's jobs need.
type Config struct {
	Domain    string
	Pool      *pgxpool.Pool // of the domain's database, which has the tables of Migration
	NATS      *nats.Conn    // where operators ask; nil for nobody
	Log       *slog.Logger
	Workers   []Worker
	Schedules []Schedule

	AtOnce     int                            // jobs that a process works on at the same time; 10 unless given
	Tries      int                            // until a job is dead; 10 unless given
	Timeout    time.Duration                  // of one try; a minute unless given
	RetryAfter func(failed int) time.Duration // pause after so many failed tries; grows from a second to an hour unless given
	Keep       time.Duration                  // how long a job that is done can be seen; a day unless given
}

// DeadKept is how long a job that is dead or cancelled can be seen and retried.
const DeadKept = 30 * 24 * time.Hour

const (
	// idlePoll is how often a process that hears of no job looks for one. It is
	// told of each that is inserted, but of none that is tried again soon.
	idlePoll = 2 * time.Second
	// cooldown is the shortest time between two looks.
	cooldown = time.Millisecond
	// grace is how long running jobs have to come to an end when the domain closes.
	grace = 10 * time.Second
)

// Client inserts a domain's jobs, and works on them between Start and Stop.
type Client struct {
	run.Service
	river *river.Client[pgx.Tx]
}

// Open makes the client of a domain. Its Service works on jobs.
func Open(c Config) (*Client, error) {
	c = c.withDefaults()
	workers := river.NewWorkers()
	for _, w := range c.Workers {
		if err := w.add(workers); err != nil {
			return nil, fmt.Errorf("open the jobs of %s: %w", c.Domain, err)
		}
	}
	periodic := make([]*river.PeriodicJob, 0, len(c.Schedules))
	for _, s := range c.Schedules {
		p, err := s.periodic()
		if err != nil {
			return nil, fmt.Errorf("open the jobs of %s: %w", c.Domain, err)
		}
		periodic = append(periodic, p)
	}
	client, err := river.NewClient(riverpgxv5.New(c.Pool), &river.Config{
		Schema: schema, Workers: workers, PeriodicJobs: periodic,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.AtOnce}},
		FetchCooldown: cooldown, FetchPollInterval: idlePoll,
		MaxAttempts: c.Tries, JobTimeout: c.Timeout, RescueStuckJobsAfter: c.Timeout + time.Minute,
		RetryPolicy: retryPolicy(c.RetryAfter), SoftStopTimeout: grace,
		CompletedJobRetentionPeriod: c.Keep, CancelledJobRetentionPeriod: DeadKept, DiscardedJobRetentionPeriod: DeadKept,
		ErrorHandler: failures{c.Log},
		Logger:       slog.New(warnings{c.Log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("open the jobs of %s: %w", c.Domain, err)
	}
	services := []run.Service{&working{client: client}}
	if c.NATS != nil {
		services = append(services, &desk{domain: c.Domain, nats: c.NATS, log: c.Log, pool: c.Pool, river: client},
			run.Background(func(ctx context.Context) error { return register(ctx, c.NATS, c.Domain) }))
	}
	return &Client{run.All(services...), client}, nil
}

func (c Config) withDefaults() Config {
	if c.AtOnce == 0 {
		c.AtOnce = 10
	}
	if c.Tries == 0 {
		c.Tries = 10
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.RetryAfter == nil {
		c.RetryAfter = func(failed int) time.Duration { return min(time.Second<<min(2*(failed-1), 30), time.Hour) }
	}
	if c.Keep == 0 {
		c.Keep = 24 * time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Options of a job. The zero value is a job for now.
type Options struct {
	At       time.Time  // not before this time; now unless given
	Priority int        // 1 (first, the default) to 4
	Tries    int        // as the domain has it unless given
	Unique   Uniqueness // none unless given
}

// Uniqueness says which other jobs of the kind make a new one needless.
type Uniqueness struct {
	ByArgs bool          // those with the same args, or the same args that are tagged `river:"unique"`
	Within time.Duration // those for the same span of time, such as an hour; any that is kept unless given
	// Again lets a job be made again once the earlier one is done; otherwise the
	// earlier one counts as long as it is kept.
	Again bool
}

// Insert asks for a job in the transaction: it is done once that is committed,
// and only then. It tells whether there was no other that made it needless.
func (c *Client) Insert(ctx context.Context, tx pgx.Tx, args Args, o Options) (made bool, err error) {
	causes, err := json.Marshal(cause{Request: trace.RequestID(ctx), Trace: trace.Parent(ctx)})
	if err != nil {
		return false, fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	options := &river.InsertOpts{ScheduledAt: o.At, Priority: o.Priority, MaxAttempts: o.Tries, Metadata: causes}
	if o.Unique != (Uniqueness{}) {
		options.UniqueOpts = o.Unique.options()
	}
	result, err := c.river.InsertTx(ctx, tx, args, options)
	if err != nil {
		return false, fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	return !result.UniqueSkippedAsDuplicate, nil
}

func (u Uniqueness) options() river.UniqueOpts {
	o := river.UniqueOpts{ByArgs: u.ByArgs, ByPeriod: u.Within}
	if u.Again {
		o.ByState = []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}
	} else if !u.ByArgs && u.Within == 0 {
		o.ByState = rivertype.UniqueOptsByStateDefault()
	}
	return o
}

// cause is what is kept with a job of who asked for it.
type cause struct {
	Request string `json:"request,omitempty"`
	Trace   string `json:"trace,omitempty"`
}

// within returns a context that belongs to what asked for the job.
func within(ctx context.Context, job *rivertype.JobRow) context.Context {
	var c cause
	if json.Unmarshal(job.Metadata, &c) != nil {
		return ctx
	}
	if c.Request != "" {
		ctx = trace.WithRequestID(ctx, c.Request)
	}
	if c.Trace != "" {
		ctx = trace.WithParent(ctx, c.Trace)
	}
	return ctx
}

// working is River's client as a service.
type working struct {
	client  *river.Client[pgx.Tx]
	started bool
}

func (w *working) Start(ctx context.Context) error {
	if w.started {
		return nil
	}
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	w.started = true
	return nil
}

// Stop lets running jobs come to their end for a while, then cancels them.
func (w *working) Stop(ctx context.Context) error {
	if !w.started {
		return nil
	}
	if err := w.client.Stop(ctx); err != nil {
		return fmt.Errorf("stop the jobs: %w", err)
	}
	w.started = false
	return nil
}
