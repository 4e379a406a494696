package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Worker does the jobs of one kind.
type Worker struct {
	add func(*river.Workers) error
}

// Work makes a worker of a function. A job may be done again after the process
// died in the middle, so the function bears repetition. Its context ends with
// the try's time, with an operator's wish, or some time after the domain closes.
// It returns nil when the job is done, an error when it is to be tried again,
// GiveUp when that has no sense, and Later when it is too early.
func Work[T Args](do func(ctx context.Context, job *Job[T]) error) Worker {
	return Worker{func(workers *river.Workers) error {
		return river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *Job[T]) error {
			return do(within(ctx, job.JobRow), job)
		}))
	}}
}

// GiveUp wraps an error that trying again cannot mend: the job is cancelled, with
// the error to be seen by operators.
func GiveUp(err error) error { return river.JobCancel(err) }

// Later puts the job off, without counting it as a try.
func Later(pause time.Duration) error { return river.JobSnooze(max(pause, 0)) }

// retryPolicy is how long to wait after so many failed tries.
type retryPolicy func(failed int) time.Duration

// NextRetry is when the job is tried again.
func (p retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().UTC().Add(p(len(job.Errors) + 1))
}

// failures logs what went wrong with a job, in the words of who asked for it.
type failures struct{ log *slog.Logger }

func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level, message := slog.LevelWarn, "a job failed; trying again"
	var cancelled *rivertype.JobCancelError
	switch {
	case errors.As(err, &cancelled):
		level, message = slog.LevelError, "a job was given up"
	case job.Attempt >= job.MaxAttempts:
		level, message = slog.LevelError, "a job failed for the last time; it is dead"
	}
	f.log.Log(within(ctx, job), level, message, "job", job.ID, "kind", job.Kind, "tries", job.Attempt, "error", err)
	return nil
}

func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, stack string) *river.ErrorHandlerResult {
	f.log.ErrorContext(within(ctx, job), "a job panicked", "job", job.ID, "kind", job.Kind, "tries", job.Attempt, "value", panicked, "stack", stack)
	return nil
}

// warnings passes on what River itself warns of, but for failed jobs, which
// failures logs.
type warnings struct{ slog.Handler }

func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warnings) Handle(ctx context.Context, r slog.Record) error {
	job := false
	r.Attrs(func(a slog.Attr) bool { job = job || a.Key == "job_id"; return !job })
	if job {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{h.Handler.WithAttrs(attrs)}
}
func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }
