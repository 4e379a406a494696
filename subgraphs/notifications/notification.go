package notifications

import (
	"time"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// Notification is something that a person was told in the app.
type Notification struct {
	ID        string               `json:"id"`
	PersonID  string               `json:"personId"`
	Number    int64                `json:"number"` // its place among what the person was told; the store gives it
	Category  NotificationCategory `json:"category"`
	Template  string               `json:"template"`
	Title     string               `json:"title"`
	Text      string               `json:"text"`
	Link      *string              `json:"link,omitempty"`
	CreatedAt time.Time            `json:"createdAt"`
	ReadAt    *time.Time           `json:"readAt,omitempty"`

	about                     []string
	batch.Peer[*Notification] `json:"-"`
}

// IsEntity says that other domains may refer to a notification by its id.
func (*Notification) IsEntity() {}

func missingNotification(id string) error {
	return fault.New(fault.NotFound, "There is no notification %q.", id)
}
