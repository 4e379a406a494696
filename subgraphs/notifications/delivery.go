package notifications

import (
	"time"

	"heddle/internal/batch"
)

// Delivery is a message on one way to one address: it is queued, tried, and in
// the end sent or not.
type Delivery struct {
	ID              string
	RequestID       *string
	PersonID        *string
	Channel         NotificationChannel
	Address         string
	PushID          *string
	Category        NotificationCategory
	Template        string
	TemplateVersion int
	Locale          string
	About           []string
	Content         *Content // nil when it has ended
	State           DeliveryState
	Reason          *string
	CreatedAt       time.Time
	ExpiresAt       *time.Time
	NextAt          *time.Time
	SlotAt          *time.Time // its place under the rate limit, once it has one
	Tries           int
	EndedAt         *time.Time
	ProviderID      *string

	batch.Peer[*Delivery]
}

// IsEntity says that other domains may refer to a delivery by its id.
func (*Delivery) IsEntity() {}

// User returns the person whom it is for.
func (d *Delivery) User() *User {
	if d.PersonID == nil {
		return nil
	}
	return &User{ID: *d.PersonID}
}

// DeliveryAttempt is one try to hand a message to a provider.
type DeliveryAttempt struct {
	DeliveryID string
	Number     int
	Provider   string
	StartedAt  time.Time
	EndedAt    *time.Time
	Outcome    AttemptOutcome
	Code       *int
	Answer     *string
}

// Tries of a message: the pauses between them grow fourfold from the first.
const (
	triesMost  = 8
	pauseFirst = 15 * time.Second
	pauseMost  = 6 * time.Hour
)

// pauseAfter is how long to wait after so many tries: 15 s, 1 min, 4 min, … and
// not less than the provider asked for.
func pauseAfter(tries int, asked time.Duration) time.Duration {
	pause := pauseMost
	if tries < 8 {
		pause = min(pauseFirst<<(2*(tries-1)), pauseMost)
	}
	return max(pause, min(asked, 24*time.Hour))
}

// After says what becomes of a delivery by the outcome of its try: the state,
// why, and when it is tried again if it waits.
func (d *Delivery) After(o Outcome, now time.Time) (state DeliveryState, reason string, next *time.Time) {
	switch {
	case o.Result == AttemptOutcomeSent:
		return DeliveryStateSent, "", nil
	case o.Result == AttemptOutcomeRefused:
		return DeliveryStateFailed, "The provider refused it: " + cut(o.Answer), nil
	case d.Tries >= triesMost:
		return DeliveryStateFailed, "Every try failed; the last: " + cut(o.Answer), nil
	}
	at := now.Add(pauseAfter(d.Tries, o.After))
	if d.ExpiresAt != nil && !at.Before(*d.ExpiresAt) {
		return DeliveryStateFailed, "It would come too late; the last try: " + cut(o.Answer), nil
	}
	return DeliveryStateWaiting, "The last try failed: " + cut(o.Answer), &at
}
