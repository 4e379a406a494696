package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"heddle/internal/fault"
)

// answering bounds the time that an answer to an operator takes.
const answering = 5 * time.Second

// desk answers operators' questions about a domain's jobs over NATS. Any one of
// the domain's processes does.
type desk struct {
	domain string
	nats   *nats.Conn
	log    *slog.Logger
	pool   *pgxpool.Pool
	river  *river.Client[pgx.Tx]

	mu      sync.Mutex
	answers *nats.Subscription
	asked   sync.WaitGroup
}

// subject is where the desk of a domain is asked.
func subject(domain string) string { return "jobs." + domain }

// question is what an operator asks of a domain's jobs.
type question struct {
	Do     string   `json:"do"` // "list", "get", "retry", "cancel" or "count"
	ID     int64    `json:"id,omitempty"`
	States []State  `json:"states,omitempty"`
	Kinds  []string `json:"kinds,omitempty"`
	Place
}

// reply is the answer; either Error or what was asked for is set.
type reply struct {
	Error  *refusal      `json:"error,omitempty"`
	Domain string        `json:"domain,omitempty"`
	Jobs   []Record      `json:"jobs,omitempty"`
	Counts map[State]int `json:"counts,omitempty"`
}

type refusal struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

// Start begins to answer.
func (d *desk) Start(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.answers != nil {
		return nil
	}
	answers, err := d.nats.QueueSubscribe(subject(d.domain), d.domain, func(m *nats.Msg) {
		d.asked.Go(func() { d.answer(m) })
	})
	if err != nil {
		return fmt.Errorf("answer for the jobs of %s: %w", d.domain, err)
	}
	d.answers = answers
	return nil
}

// Stop ends answering.
func (d *desk) Stop(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.answers == nil {
		return nil
	}
	err := d.answers.Unsubscribe()
	d.answers = nil
	d.asked.Wait()
	if errors.Is(err, nats.ErrConnectionClosed) {
		return nil
	}
	return err
}

func (d *desk) answer(m *nats.Msg) {
	ctx, cancel := context.WithTimeout(context.Background(), answering)
	defer cancel()
	var q question
	err := json.Unmarshal(m.Data, &q)
	r := reply{Domain: d.domain}
	if err == nil {
		err = d.do(ctx, q, &r)
	}
	if err != nil {
		r.Error = d.refuse(ctx, err)
	}
	text, err := json.Marshal(r)
	if err == nil {
		err = m.Respond(text)
	}
	if err != nil {
		d.log.Warn("an operator's question about jobs could not be answered", "error", err)
	}
}

func (d *desk) refuse(ctx context.Context, err error) *refusal {
	var known *fault.Error
	if errors.As(err, &known) {
		return &refusal{known.Code, known.Message}
	}
	d.log.ErrorContext(ctx, "an operator's question about jobs failed", "error", err)
	return &refusal{fault.Internal, "Internal error."}
}

func (d *desk) do(ctx context.Context, q question, r *reply) (err error) {
	var job *rivertype.JobRow
	switch q.Do {
	case "count":
		r.Counts, err = d.count(ctx, q)
		return err
	case "list":
		r.Jobs, err = d.list(ctx, q)
		return err
	case "get":
		job, err = d.river.JobGet(ctx, q.ID)
	case "retry":
		job, err = d.retry(ctx, q.ID)
	case "cancel":
		job, err = d.cancel(ctx, q.ID)
	default:
		return fmt.Errorf("nobody knows how to %q jobs", q.Do)
	}
	if errors.Is(err, river.ErrNotFound) {
		return fault.New(fault.NotFound, "There is no such job of %s.", d.domain)
	}
	if err != nil {
		return fmt.Errorf("%s job %d: %w", q.Do, q.ID, err)
	}
	r.Jobs = []Record{recordOf(job)}
	return nil
}

// retry makes a job that waits, is dead or was cancelled available now.
func (d *desk) retry(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	job, err := d.river.JobGet(ctx, id)
	if err != nil {
		return nil, err
	}
	switch job.State {
	case rivertype.JobStateRunning:
		return nil, fault.New(fault.Conflict, "The job is running.")
	case rivertype.JobStateCompleted:
		return nil, fault.New(fault.Conflict, "The job is done.")
	}
	return d.river.JobRetry(ctx, id)
}

func (d *desk) cancel(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	job, err := d.river.JobGet(ctx, id)
	if err != nil {
		return nil, err
	}
	if job.FinalizedAt != nil {
		return nil, fault.New(fault.Conflict, "The job has come to its end already.")
	}
	return d.river.JobCancel(ctx, id)
}

// list gives jobs at a place of the list, from the newest on.
func (d *desk) list(ctx context.Context, q question) ([]Record, error) {
	direction := river.SortOrderDesc
	if q.Backward {
		direction = river.SortOrderAsc
	}
	params := q.filter().OrderBy(river.JobListOrderByID, direction).First(min(max(q.Limit, 1), 1000))
	if q.After != 0 {
		params = params.Where("id < @after", river.NamedArgs{"after": q.After})
	}
	if q.Before != 0 {
		params = params.Where("id > @before", river.NamedArgs{"before": q.Before})
	}
	found, err := d.river.JobList(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	records := make([]Record, 0, len(found.Jobs))
	for _, job := range found.Jobs {
		records = append(records, recordOf(job))
	}
	return records, nil
}

func (q question) filter() *river.JobListParams {
	params := river.NewJobListParams()
	if states := q.states(); len(states) > 0 {
		params = params.States(states...)
	}
	if len(q.Kinds) > 0 {
		params = params.Kinds(q.Kinds...)
	}
	return params
}

// states are River's names of the states that are asked for.
func (q question) states() (states []rivertype.JobState) {
	for _, s := range q.States {
		states = append(states, statesOf[s]...)
	}
	return states
}

// count counts jobs by state.
func (d *desk) count(ctx context.Context, q question) (map[State]int, error) {
	rows, err := d.pool.Query(ctx, `SELECT state::text, count(*) FROM `+schema+`.river_job
		WHERE ($1::text[] IS NULL OR kind = ANY($1)) AND ($2::text[] IS NULL OR state::text = ANY($2)) GROUP BY state`, q.Kinds, q.states())
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	counts := map[State]int{}
	var state string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[stateOf(rivertype.JobState(state))] += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return counts, nil
}
