package events

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Handler gives an event its effect, in tx. The consumer notes in the same
// transaction that the event was handled, so it has its effect once.
type Handler func(ctx context.Context, tx pgx.Tx, e Event) error
