package rooms

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/postgres"
)

func (s *postgresStore) Create(ctx context.Context, room *Room, key *string) (id string, err error) {
	request := postgres.Request{Person: room.OwnerID, Operation: "createRoom", Key: key, Input: []any{room.Title, room.Visibility}}
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		id, _, err = postgres.Once(ctx, tx, request, func() (string, error) { return room.ID, insert(ctx, tx, room) })
		return err
	})
	return id, err
}

func insert(ctx context.Context, tx pgx.Tx, r *Room) error {
	_, err := tx.Exec(ctx, `INSERT INTO rooms (id, title, visibility, created_at) VALUES ($1, $2, $3, $4)`,
		r.ID, r.Title, r.Visibility, r.CreatedAt)
	if err != nil {
		return fmt.Errorf("insert room: %w", err)
	}
	return saveParticipants(ctx, tx, r.ID, nil, r.Participants)
}

func (s *postgresStore) Change(ctx context.Context, id string, people []string, rule func(*Room) error) (room *Room, err error) {
	err = postgres.Transact(ctx, s.pool, func(tx pgx.Tx) (err error) {
		room, err = s.change(ctx, tx, id, people, rule)
		return err
	})
	return room, err
}

func (s *postgresStore) change(ctx context.Context, tx pgx.Tx, id string, people []string, rule func(*Room) error) (*Room, error) {
	room, err := lock(ctx, tx, id, people)
	if err != nil {
		return nil, err
	}
	before := *room
	before.Participants = append([]Participant(nil), room.Participants...)
	before.Invitations = append([]Invitation(nil), room.Invitations...)
	if err := rule(room); err != nil {
		return nil, err
	}
	if len(room.Participants) == 0 {
		return room, s.remove(ctx, tx, id)
	}
	if room.Title != before.Title || room.Visibility != before.Visibility {
		if _, err := tx.Exec(ctx, `UPDATE rooms SET title = $2, visibility = $3 WHERE id = $1`, id, room.Title, room.Visibility); err != nil {
			return nil, fmt.Errorf("save room %s: %w", id, err)
		}
	}
	if err := saveParticipants(ctx, tx, id, before.Participants, room.Participants); err != nil {
		return nil, err
	}
	if err := saveInvitations(ctx, tx, id, before.Invitations, room.Invitations); err != nil {
		return nil, err
	}
	return room, s.tellInvited(ctx, tx, before.Invitations, room.Invitations)
}

// tellInvited publishes who is invited now and was not before.
func (s *postgresStore) tellInvited(ctx context.Context, tx pgx.Tx, before, after []Invitation) error {
	for _, i := range after {
		if slices.ContainsFunc(before, func(b Invitation) bool { return b.UserID == i.UserID }) {
			continue
		}
		event, err := s.invited(ctx, i)
		if err == nil {
			err = events.Append(ctx, tx, event)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *postgresStore) Delete(ctx context.Context, id, by string, rule func(*Room) error) error {
	return postgres.Transact(ctx, s.pool, func(tx pgx.Tx) error {
		room, err := lock(ctx, tx, id, []string{by})
		if err != nil {
			return err
		}
		if err := rule(room); err != nil {
			return err
		}
		return s.remove(ctx, tx, id)
	})
}

// remove deletes the room, and publishes that with it.
func (s *postgresStore) remove(ctx context.Context, tx pgx.Tx, id string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM rooms WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete room %s: %w", id, err)
	}
	event, err := s.deleted(ctx, id)
	if err != nil {
		return err
	}
	return events.Append(ctx, tx, event)
}

// lock reads the room for a change: with the people named, the owner, and
// whoever is next in line after them; never with everybody, who may be many.
func lock(ctx context.Context, tx pgx.Tx, id string, people []string) (*Room, error) {
	r := Room{ID: id}
	err := tx.QueryRow(ctx, `SELECT title, visibility, created_at FROM rooms WHERE id = $1 FOR UPDATE`, id).
		Scan(&r.Title, &r.Visibility, &r.CreatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing(id)
	}
	if err != nil {
		return nil, fmt.Errorf("lock room %s: %w", id, err)
	}
	rows, err := tx.Query(ctx, `
		SELECT user_id, role, joined_at FROM room_participants WHERE room_id = $1 AND (user_id = ANY($2) OR role = 'OWNER')
		UNION (SELECT user_id, role, joined_at FROM room_participants
			WHERE room_id = $1 AND user_id <> ALL($2) AND role = 'MODERATOR' ORDER BY joined_at, user_id LIMIT 1)
		UNION (SELECT user_id, role, joined_at FROM room_participants
			WHERE room_id = $1 AND user_id <> ALL($2) AND role = 'MEMBER' ORDER BY joined_at, user_id LIMIT 1)
		ORDER BY joined_at, user_id`, id, people)
	if err != nil {
		return nil, fmt.Errorf("read participants of room %s: %w", id, err)
	}
	if r.Participants, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Participant]); err != nil {
		return nil, fmt.Errorf("read participants of room %s: %w", id, err)
	}
	for _, p := range r.Participants {
		if p.Role == RoomRoleOwner {
			r.OwnerID = p.UserID
		}
	}
	rows, err = tx.Query(ctx, `SELECT room_id, user_id, invited_by, created_at FROM room_invitations WHERE room_id = $1 AND user_id = ANY($2)`, id, people)
	if err != nil {
		return nil, fmt.Errorf("read invitations to room %s: %w", id, err)
	}
	r.Invitations, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Invitation])
	return &r, err
}

func missing(id string) error { return fault.New(fault.NotFound, "There is no room %q.", id) }

// saveParticipants writes what differs. Owners step down before others step up:
// a room has one at every moment.
func saveParticipants(ctx context.Context, tx pgx.Tx, room string, before, after []Participant) error {
	batch := &pgx.Batch{}
	kept := map[string]Participant{}
	for _, p := range after {
		kept[p.UserID] = p
	}
	old := map[string]Participant{}
	for _, p := range before {
		old[p.UserID] = p
		if _, still := kept[p.UserID]; !still {
			batch.Queue(`DELETE FROM room_participants WHERE room_id = $1 AND user_id = $2`, room, p.UserID)
		} else if p.Role == RoomRoleOwner && kept[p.UserID].Role != RoomRoleOwner {
			batch.Queue(`UPDATE room_participants SET role = $3 WHERE room_id = $1 AND user_id = $2`, room, p.UserID, kept[p.UserID].Role)
		}
	}
	for _, p := range after {
		was, known := old[p.UserID]
		if !known || (was.Role != p.Role && was.Role != RoomRoleOwner) {
			batch.Queue(`INSERT INTO room_participants (room_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (room_id, user_id) DO UPDATE SET role = excluded.role`, room, p.UserID, p.Role, p.JoinedAt)
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save participants of room %s: %w", room, err)
	}
	return nil
}

func saveInvitations(ctx context.Context, tx pgx.Tx, room string, before, after []Invitation) error {
	batch := &pgx.Batch{}
	kept := map[string]bool{}
	for _, i := range after {
		kept[i.UserID] = true
		batch.Queue(`INSERT INTO room_invitations (room_id, user_id, invited_by, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, room, i.UserID, i.InviterID, i.CreatedAt)
	}
	for _, i := range before {
		if !kept[i.UserID] {
			batch.Queue(`DELETE FROM room_invitations WHERE room_id = $1 AND user_id = $2`, room, i.UserID)
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save invitations to room %s: %w", room, err)
	}
	return nil
}
