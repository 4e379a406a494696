package notifications

import (
	"time"

	"heddle/internal/batch"
)

// BouncedAddress is an address that nothing is sent to any more.
type BouncedAddress struct {
	Channel NotificationChannel
	Address string
	Reason  string
	Since   time.Time

	batch.Peer[*BouncedAddress] `db:"-"`
}
