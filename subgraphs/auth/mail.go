package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"heddle/internal/fault"
	"heddle/internal/jobs"
)

// PasswordMail is the answer to somebody who has forgotten their password. Who
// has no account gets one too, so that asking costs the same and tells nothing.
//
// It is kept, with the job that hands it on to the domain notifications, in the
// transaction that makes its token: nobody gets a mail of a token that is not
// kept, and no token is lost. Its token is in no event and in no job.
type PasswordMail struct {
	ID        string
	PersonID  *string // nil if there is no account
	To        string
	token     string // empty if there is no account
	CreatedAt time.Time
}

// mailJob hands a mail on.
type mailJob struct {
	MailID string `json:"mailId"`
}

// Kind names the job.
func (mailJob) Kind() string { return "hand_on_password_mail" }

// mailTries is how often it is tried to hand a mail on: for longer than its
// token is good.
const mailTries = 20

// openJobs makes the client of the domain's jobs.
func (r *Resolvers) openJobs(c jobs.Config) (*jobs.Client, error) {
	c.AtOnce, c.Tries = 4, mailTries
	c.RetryAfter = func(failed int) time.Duration { return min(time.Second<<min(failed-1, 10), 5*time.Minute) }
	c.Workers = []jobs.Worker{jobs.Work(func(ctx context.Context, j *jobs.Job[mailJob]) error { return r.handOn(ctx, j.Args.MailID) })}
	return jobs.Open(c)
}

// handOn gives the mail to the domain notifications, which sends it. The mail's
// id is the idempotency key: given twice, because this process died in between,
// it is sent once.
func (r *Resolvers) handOn(ctx context.Context, id string) error {
	mail, err := r.Store.Mail(ctx, id)
	if err != nil || mail == nil {
		return err
	}
	expires := mail.CreatedAt.Add(resetLife)
	if !expires.After(r.Now()) {
		return r.Store.Mailed(ctx, id)
	}
	ctx, err = r.asService(ctx)
	if err != nil {
		return err
	}
	input := map[string]any{"to": mail.To, "template": "password.unknown", "idempotencyKey": mail.ID, "expiresAt": expires.Format(time.RFC3339Nano)}
	if mail.PersonID != nil {
		input["userId"], input["template"] = *mail.PersonID, "password.reset"
		input["variables"] = map[string]any{"token": mail.token, "minutes": int(resetLife.Minutes())}
	}
	var accepted struct{ SendEmail struct{ RequestID string } }
	err = r.Graph.Ask(ctx, `mutation($input: SendEmailInput!) { sendEmail(input: $input) { requestId } }`, map[string]any{"input": input}, &accepted)
	if fault.Is(err, fault.BadInput) {
		r.Log.ErrorContext(ctx, "a password mail was refused", "mail", id, "error", err)
		return jobs.GiveUp(fmt.Errorf("hand on mail %s: %w", id, err))
	}
	if err != nil {
		return fmt.Errorf("hand on mail %s: %w", id, err)
	}
	return r.Store.Mailed(ctx, id)
}

// queueMail keeps the mail, with its job.
func (s *postgresStore) queueMail(ctx context.Context, tx pgx.Tx, m *PasswordMail) error {
	_, err := tx.Exec(ctx, `INSERT INTO password_mails (id, person_id, recipient, token, created_at) VALUES ($1, $2, $3, $4, $5)`,
		m.ID, m.PersonID, m.To, m.token, m.CreatedAt)
	if err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	_, err = s.jobs.Insert(ctx, tx, mailJob{m.ID}, jobs.Options{})
	return err
}
