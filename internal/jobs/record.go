package jobs

import (
	"encoding/json"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// State is how far a job is.
type State string

// The states of a job.
const (
	Waiting   State = "WAITING"   // for a worker
	Scheduled State = "SCHEDULED" // for its time
	Retrying  State = "RETRYING"  // for its next try, after a failed one
	Running   State = "RUNNING"
	Done      State = "DONE"
	Dead      State = "DEAD"      // failed as often as it may
	Cancelled State = "CANCELLED" // by an operator, or given up by its worker
)

// statesOf are River's names of a state.
var statesOf = map[State][]rivertype.JobState{
	Waiting:   {rivertype.JobStateAvailable, rivertype.JobStatePending},
	Scheduled: {rivertype.JobStateScheduled},
	Retrying:  {rivertype.JobStateRetryable},
	Running:   {rivertype.JobStateRunning},
	Done:      {rivertype.JobStateCompleted},
	Dead:      {rivertype.JobStateDiscarded},
	Cancelled: {rivertype.JobStateCancelled},
}

func stateOf(of rivertype.JobState) State {
	for state, names := range statesOf { // each name is of one state
		for _, name := range names {
			if name == of {
				return state
			}
		}
	}
	return State(of)
}

// Record is a job as operators see it.
type Record struct {
	ID        int64           `json:"id"`
	Kind      string          `json:"kind"`
	State     State           `json:"state"`
	Args      json.RawMessage `json:"args"`
	Tries     int             `json:"tries"`    // so far
	MaxTries  int             `json:"maxTries"` // until it is dead
	CreatedAt time.Time       `json:"createdAt"`
	DueAt     time.Time       `json:"dueAt"`               // when it is, or was, to be tried next
	StartedAt *time.Time      `json:"startedAt,omitempty"` // of the last try
	EndedAt   *time.Time      `json:"endedAt,omitempty"`   // when it was done, dead or cancelled
	Failures  []Failure       `json:"failures,omitempty"`  // in order
	Request   string          `json:"request,omitempty"`   // id of the request that asked for it
}

// Failure is a failed try of a job.
type Failure struct {
	Try   int       `json:"try"`
	At    time.Time `json:"at"`
	Error string    `json:"error"`
}

func recordOf(job *rivertype.JobRow) Record {
	var c cause
	_ = json.Unmarshal(job.Metadata, &c) // a job of a schedule has none
	r := Record{
		ID: job.ID, Kind: job.Kind, State: stateOf(job.State), Args: job.EncodedArgs,
		Tries: job.Attempt, MaxTries: job.MaxAttempts, CreatedAt: job.CreatedAt, DueAt: job.ScheduledAt,
		StartedAt: job.AttemptedAt, EndedAt: job.FinalizedAt, Request: c.Request,
	}
	for _, e := range job.Errors {
		r.Failures = append(r.Failures, Failure{e.Attempt, e.At, e.Error})
	}
	return r
}
