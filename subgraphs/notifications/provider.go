package notifications

import (
	"context"
	"time"
	"unicode/utf8"
)

// Message is what a provider is given to bring to one address.
type Message struct {
	ID          string // of the delivery: the same at every try
	PersonID    *string
	Address     string
	Template    string
	Category    NotificationCategory
	About       []string
	Content     Content
	Unsubscribe string // where one click ends such mails; empty if they do not end
	Device      *PushSubscription
	CreatedAt   time.Time
	ExpiresAt   *time.Time
}

// Content is what is said, as it is kept until it is sent.
type Content struct {
	Rendered
	Link string `json:"link,omitempty"` // an address
}

// Outcome is a provider's answer.
type Outcome struct {
	Result     AttemptOutcome
	Code       int           // the provider's own, 0 if it did not answer
	Answer     string        // what it said
	ProviderID string        // its own id of the message
	After      time.Duration // how long it wants not to be asked
	Bounced    bool          // there is nobody at the address, for good
}

// Provider brings messages of one channel to their addresses. It must end with
// its context. Of what it does twice with the same message, it lets people see
// one if the protocol has a way.
type Provider interface {
	Name() string
	Send(ctx context.Context, m *Message) Outcome
}

// answerLimit is how much of an answer is kept, in characters.
const answerLimit = 500

func sent(code int, answer, id string) Outcome {
	return Outcome{Result: AttemptOutcomeSent, Code: code, Answer: answer, ProviderID: id}
}

func retry(code int, answer string) Outcome {
	return Outcome{Result: AttemptOutcomeRetry, Code: code, Answer: answer}
}

func refused(code int, answer string) Outcome {
	return Outcome{Result: AttemptOutcomeRefused, Code: code, Answer: answer}
}

// cut shortens an answer to what is kept, as PostgreSQL can keep it.
func cut(text string) string {
	clean := make([]rune, 0, min(len(text), answerLimit))
	for _, r := range text {
		if len(clean) == answerLimit {
			break
		}
		if r == 0 || r == utf8.RuneError {
			r = '?'
		}
		clean = append(clean, r)
	}
	return string(clean)
}
