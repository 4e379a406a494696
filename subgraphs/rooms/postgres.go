package rooms

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/batch"
	"heddle/internal/events"
	"heddle/internal/page"
	"heddle/internal/postgres"
)

// postgresStore reads and writes the database code_talk_rooms.
type postgresStore struct {
	pool    *pgxpool.Pool
	deleted func(ctx context.Context, id string) (events.Event, error)    // makes the event that is kept with a deletion
	invited func(ctx context.Context, i Invitation) (events.Event, error) // and that with an invitation
}

// The orders of the domain's lists.
var (
	newestRoom       = postgres.Order{Columns: []string{"r.id::uuid"}, Descending: true}
	firstJoined      = postgres.Order{Columns: []string{"p.joined_at::timestamptz", "p.user_id::uuid"}}
	newestInvitation = postgres.Order{Columns: []string{"i.created_at::timestamptz", "i.room_id::uuid"}, Descending: true}
)

// selectRooms reads rooms as the person $1 sees them.
const selectRooms = `
	SELECT r.id, r.title, r.visibility, o.user_id, r.created_at, coalesce(v.role::text, '')
	FROM rooms r
	JOIN room_participants o ON o.room_id = r.id AND o.role = 'OWNER'
	LEFT JOIN room_participants v ON v.room_id = r.id AND v.user_id = nullif($1, '')::uuid`

func scanRoom(row pgx.CollectableRow) (*Room, error) {
	var r Room
	err := row.Scan(&r.ID, &r.Title, &r.Visibility, &r.OwnerID, &r.CreatedAt, &r.viewer)
	return &r, err
}

func (s *postgresStore) Rooms(ctx context.Context, viewer string, ids []string) ([]*Room, error) {
	rows, err := s.pool.Query(ctx, selectRooms+` WHERE r.id = ANY($2)`, viewer, ids)
	if err != nil {
		return nil, fmt.Errorf("read rooms: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanRoom)
	if err != nil {
		return nil, fmt.Errorf("read rooms: %w", err)
	}
	return batch.InOrder(ids, found, func(r *Room) string { return r.ID }), nil
}

// matching is the condition of a filter, with its arguments after the viewer.
func (f RoomFilter) matching(viewer string) (where string, args []any) {
	where, args = "true", []any{viewer}
	if f.Title != nil && *f.Title != "" {
		args = append(args, postgres.LikeAnywhere(*f.Title))
		where += fmt.Sprintf(` AND lower(r.title) LIKE lower($%d)`, len(args))
	}
	if f.Visibility != nil {
		args = append(args, *f.Visibility)
		where += fmt.Sprintf(` AND r.visibility = $%d::text::visibility`, len(args))
	}
	if f.Joined != nil {
		not := map[bool]string{false: "NOT "}[*f.Joined]
		where += ` AND r.id ` + not + `IN (SELECT j.room_id FROM room_participants j WHERE j.user_id = nullif($1, '')::uuid)`
	}
	return where, args
}

func (s *postgresStore) List(ctx context.Context, viewer string, filter RoomFilter, w page.Window) ([]*Room, error) {
	matching, args := filter.matching(viewer)
	where, by, limit, args := newestRoom.Window(w, args)
	rows, err := s.pool.Query(ctx, selectRooms+` WHERE `+matching+` AND `+where+` ORDER BY `+by+` LIMIT `+limit,
		append([]any{postgres.PlanAnew}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	return pgx.CollectRows(rows, scanRoom)
}

func (s *postgresStore) Count(ctx context.Context, viewer string, filter RoomFilter) (n int, err error) {
	matching, args := filter.matching(viewer)
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM rooms r WHERE ($1::text IS NOT NULL) AND `+matching,
		append([]any{postgres.PlanAnew}, args...)...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count rooms: %w", err)
	}
	return n, nil
}

func (s *postgresStore) Participants(ctx context.Context, rooms []string, w page.Window) ([][]*Participant, error) {
	where, by, limit, args := firstJoined.Window(w, []any{rooms})
	rows, err := s.pool.Query(ctx, `
		SELECT r.n, p.user_id, p.role, p.joined_at
		FROM unnest($1::uuid[]) WITH ORDINALITY AS r(id, n)
		CROSS JOIN LATERAL (
			SELECT p.* FROM room_participants p WHERE p.room_id = r.id AND `+where+` ORDER BY `+by+` LIMIT `+limit+`
		) p
		ORDER BY r.n, `+by, args...)
	if err != nil {
		return nil, fmt.Errorf("read participants: %w", err)
	}
	pages := make([][]*Participant, len(rooms))
	var n int
	var p Participant
	_, err = pgx.ForEachRow(rows, []any{&n, &p.UserID, &p.Role, &p.JoinedAt}, func() error {
		copied := p
		pages[n-1] = append(pages[n-1], &copied)
		return nil
	})
	return pages, err
}

func (s *postgresStore) CountParticipants(ctx context.Context, rooms []string) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT room_id, count(*) FROM room_participants WHERE room_id = ANY($1) GROUP BY room_id`, rooms)
	if err != nil {
		return nil, fmt.Errorf("count participants: %w", err)
	}
	counts := make(map[string]int, len(rooms))
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
	return counts, err
}

func (s *postgresStore) Invitations(ctx context.Context, user string, w page.Window) ([]*Invitation, error) {
	where, by, limit, args := newestInvitation.Window(w, []any{user})
	rows, err := s.pool.Query(ctx, `
		SELECT i.room_id, i.user_id, i.invited_by, i.created_at FROM room_invitations i
		WHERE i.user_id = $1 AND `+where+` ORDER BY `+by+` LIMIT `+limit, args...)
	if err != nil {
		return nil, fmt.Errorf("read invitations: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[Invitation])
}

func (s *postgresStore) CountInvitations(ctx context.Context, user string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM room_invitations WHERE user_id = $1`, user).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count invitations: %w", err)
	}
	return n, nil
}

// keyOf gives the places of the lists' rows.
func keyOfRoom(r *Room) page.Key { return page.Key{r.ID} }

func keyOfParticipant(p *Participant) page.Key {
	return page.Key{p.JoinedAt.UTC().Format(time.RFC3339Nano), p.UserID}
}

func keyOfInvitation(i *Invitation) page.Key {
	return page.Key{i.CreatedAt.UTC().Format(time.RFC3339Nano), i.RoomID}
}
