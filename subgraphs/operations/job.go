package operations

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/jobs"
	"heddle/internal/page"
)

// Job is work that a domain does later.
type Job struct {
	ID        string
	Domain    string
	Kind      string
	State     JobState
	Args      json.RawMessage
	Tries     int
	MaxTries  int
	CreatedAt time.Time
	DueAt     time.Time
	StartedAt *time.Time
	EndedAt   *time.Time
	Failures  []*JobFailure
	Request   string

	number int64
}

func jobsOf(domain string) string { return "jobs." + domain }

func jobOf(domain string, r jobs.Record) *Job {
	j := &Job{
		ID: idOf(jobsOf(domain), uint64(r.ID)), Domain: domain, Kind: r.Kind, State: JobState(r.State), Args: r.Args,
		Tries: r.Tries, MaxTries: r.MaxTries, CreatedAt: r.CreatedAt, DueAt: r.DueAt, StartedAt: r.StartedAt,
		EndedAt: r.EndedAt, Failures: make([]*JobFailure, len(r.Failures)), Request: r.Request, number: r.ID,
	}
	for i, f := range r.Failures {
		j.Failures[i] = &JobFailure{Number: f.Try, At: f.At, Error: f.Error}
	}
	return j
}

func keyOfJob(j *Job) page.Key { return page.Key{strconv.FormatInt(j.number, 10)} }

// JobDomains answers the field of that name. A domain that does not answer is in
// the list, too.
func (q query) JobDomains(ctx context.Context) ([]*JobDomain, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	names, err := q.Desks.Domains(ctx)
	if err != nil {
		return nil, err
	}
	domains := make([]*JobDomain, len(names))
	for i, name := range names {
		counts, err := q.Desks.Count(ctx, name, jobs.Filter{})
		if err != nil && fault.CodeOf(err) != fault.Unavailable {
			return nil, err
		}
		domains[i] = &JobDomain{Name: name, Answers: err == nil, Counts: []*JobCount{}}
		for _, state := range AllJobState {
			if n := counts[jobs.State(state)]; n > 0 {
				domains[i].Counts = append(domains[i].Counts, &JobCount{State: state, Count: n})
			}
		}
	}
	return domains, nil
}

// Jobs answers the field of that name.
func (q query) Jobs(ctx context.Context, domain string, filter *JobFilter, first *int, after *string, last *int, before *string) (*JobConnection, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(number)
	if err != nil {
		return nil, err
	}
	f := filter.filter()
	from, to := place(w)
	found, err := q.Desks.List(ctx, domain, f, jobs.Place{After: from, Before: to, Backward: w.Backward, Limit: w.Limit + 1})
	if err != nil {
		return nil, err
	}
	rows := make([]*Job, len(found))
	for i, r := range found {
		rows[i] = jobOf(domain, r)
	}
	count := func(ctx context.Context) (int, error) {
		counts, err := q.Desks.Count(ctx, domain, f)
		n := 0
		for _, of := range counts {
			n += of
		}
		return n, err
	}
	return &JobConnection{page.Of[JobEdge](w, rows, keyOfJob, count)}, nil
}

func (f *JobFilter) filter() (out jobs.Filter) {
	if f == nil {
		return out
	}
	out.Kinds = f.Kinds
	for _, state := range f.States {
		out.States = append(out.States, jobs.State(state))
	}
	return out
}

// Job answers the field of that name.
func (q query) Job(ctx context.Context, domain, id string) (*Job, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	n, ok := numberOf(jobsOf(domain), id)
	if !ok {
		return nil, nil
	}
	r, err := q.Desks.Get(ctx, domain, int64(n))
	if fault.CodeOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return jobOf(domain, r), nil
}

// RetryJob answers the field of that name.
func (m mutation) RetryJob(ctx context.Context, input RetryJobInput) (*RetryJobPayload, error) {
	j, err := m.move(ctx, input.Domain, input.ID, "had a job tried again", m.Desks.Retry)
	if err != nil {
		return nil, err
	}
	return &RetryJobPayload{Job: j}, nil
}

// CancelJob answers the field of that name.
func (m mutation) CancelJob(ctx context.Context, input CancelJobInput) (*CancelJobPayload, error) {
	j, err := m.move(ctx, input.Domain, input.ID, "cancelled a job", m.Desks.Cancel)
	if err != nil {
		return nil, err
	}
	return &CancelJobPayload{Job: j}, nil
}

func (m mutation) move(ctx context.Context, domain, id, did string, move func(ctx context.Context, domain string, id int64) (jobs.Record, error)) (*Job, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	n, ok := numberOf(jobsOf(domain), id)
	if !ok {
		return nil, errNoJob(domain, id)
	}
	r, err := move(ctx, domain, int64(n))
	if fault.CodeOf(err) == fault.NotFound {
		return nil, errNoJob(domain, id)
	}
	if err != nil {
		return nil, err
	}
	m.audit(ctx, did, "of", domain, "kind", r.Kind, "job", r.ID)
	return jobOf(domain, r), nil
}
