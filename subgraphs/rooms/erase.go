package rooms

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// erase takes a person out of every room, as if they had left each, and
// forgets their invitations and requests.
func (r *Resolvers) erase(ctx context.Context, tx pgx.Tx, store *postgresStore, person string) error {
	rows, err := tx.Query(ctx, `SELECT room_id FROM room_participants WHERE user_id = $1 ORDER BY room_id`, person)
	if err != nil {
		return fmt.Errorf("read rooms of %s: %w", person, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("read rooms of %s: %w", person, err)
	}
	for _, id := range ids {
		room, err := store.change(ctx, tx, id, []string{person}, func(r *Room) error { return r.Leave(person) })
		if err != nil {
			return err
		}
		events.AfterCommit(ctx, func(ctx context.Context) { r.tell(ctx, id, room.signal()) })
	}
	for _, statement := range []string{
		`DELETE FROM room_invitations WHERE user_id = $1::uuid OR invited_by = $1::uuid`,
		`DELETE FROM idempotency_keys WHERE person = $1::text`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase %s: %w", person, err)
		}
	}
	return nil
}
