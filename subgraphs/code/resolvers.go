package code

import (
	"context"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/membership"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) CodeSnapshot(ctx context.Context, roomID string, number int) (*CodeSnapshot, error) {
	if err := q.enter(ctx, roomID); err != nil {
		return nil, err
	}
	found, err := q.Store.At(ctx, []Place{{roomID, number}})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (q query) CodeDiff(ctx context.Context, roomID string, from, to, around int) (*CodeDiff, error) {
	if err := q.enter(ctx, roomID); err != nil {
		return nil, err
	}
	return q.diff(ctx, roomID, from, to, around)
}

// enter checks that the caller is in the room.
func (r *Resolvers) enter(ctx context.Context, room string) error {
	if _, err := caller.Require(ctx); err != nil {
		return err
	}
	return membership.Require(ctx, r.Graph, room)
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

// FindManyCodeSnapshotByIDs gives nil for those that the caller may not read,
// as for those that are not there.
func (e entity) FindManyCodeSnapshotByIDs(ctx context.Context, keys []*CodeSnapshotByIDsInput) ([]*CodeSnapshot, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	snapshots, err := e.Store.Snapshots(ctx, ids)
	if err != nil {
		return nil, err
	}
	var rooms []string
	for _, s := range snapshots {
		if s != nil {
			rooms = append(rooms, s.RoomID)
		}
	}
	roles, err := membership.Roles(ctx, e.Graph, rooms)
	if err != nil {
		return nil, err
	}
	for i, s := range snapshots {
		if s != nil && membership.Check(roles, s.RoomID) != nil {
			snapshots[i] = nil
		}
	}
	return snapshots, nil
}

// FindManyRoomByIDs reads nothing: whether there is such a room is not for this
// domain to say.
func (e entity) FindManyRoomByIDs(_ context.Context, keys []*RoomByIDsInput) ([]*Room, error) {
	rooms := make([]*Room, len(keys))
	for i, key := range keys {
		rooms[i] = &Room{ID: key.ID}
	}
	batch.Join(rooms)
	return rooms, nil
}

type roomFields struct{ *Resolvers }

// Room resolves the fields of rooms that take reading.
func (r *Resolvers) Room() roomFields { return roomFields{r} }

func (f roomFields) Snapshots(ctx context.Context, rooms []*Room, first *int, after *string, last *int, before *string) ([]*CodeSnapshotConnection, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.ID, page.Number)
	if err != nil {
		return nil, err
	}
	return batch.Each(ctx, rooms, func(rooms []*Room) ([]*CodeSnapshotConnection, error) { return f.pages(ctx, rooms, w) })
}

// pages reads a page for each room that the caller is in, with one question to
// the graph and one to the store; the others have an error each.
func (f roomFields) pages(ctx context.Context, rooms []*Room, w page.Window) ([]*CodeSnapshotConnection, error) {
	inner := w
	ids, errs, err := f.open(ctx, rooms, func(room string) (err error) {
		inner, err = within(w, room)
		return err
	})
	if err != nil {
		return nil, err
	}
	read, err := f.Store.Pages(ctx, ids, inner)
	if err != nil {
		return nil, err
	}
	counted := batch.Count(func(ctx context.Context) (map[string]int, error) { return f.Store.Count(ctx, ids) })
	connections := make([]*CodeSnapshotConnection, len(rooms))
	next := 0
	for i, room := range rooms {
		if errs[i] != nil {
			continue
		}
		for _, s := range read[next] {
			s.room = room
		}
		connections[i] = &CodeSnapshotConnection{page.Of[CodeSnapshotEdge](w, read[next], keyOf, counted(room.ID))}
		next++
	}
	return connections, errs.Any()
}

// open gives the rooms that the caller is in and that pass the further check,
// and an error for each of the others.
func (f roomFields) open(ctx context.Context, rooms []*Room, check func(room string) error) (ids []string, errs batch.Errors, err error) {
	all := make([]string, len(rooms))
	for i, room := range rooms {
		all[i] = room.ID
	}
	roles, err := membership.Roles(ctx, f.Graph, all)
	if err != nil {
		return nil, nil, err
	}
	errs = make(batch.Errors, len(rooms))
	for i, room := range all {
		if errs[i] = membership.Check(roles, room); errs[i] == nil {
			errs[i] = check(room)
		}
		if errs[i] == nil {
			ids = append(ids, room)
		}
	}
	return ids, errs, nil
}

func (f roomFields) LatestSnapshot(ctx context.Context, rooms []*Room) ([]*CodeSnapshot, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	return batch.Each(ctx, rooms, func(rooms []*Room) ([]*CodeSnapshot, error) {
		ids, errs, err := f.open(ctx, rooms, func(string) error { return nil })
		if err != nil {
			return nil, err
		}
		found, err := f.Store.Latest(ctx, ids)
		if err != nil {
			return nil, err
		}
		latest := make([]*CodeSnapshot, len(rooms))
		next := 0
		for i := range rooms {
			if errs[i] == nil {
				latest[i] = found[next]
				next++
			}
		}
		return latest, errs.Any()
	})
}

type snapshotFields struct{ *Resolvers }

// CodeSnapshot resolves the fields of snapshots that take reading: whoever has
// a snapshot was found to be in its room.
func (r *Resolvers) CodeSnapshot() snapshotFields { return snapshotFields{r} }

func (f snapshotFields) Texts(ctx context.Context, snapshots []*CodeSnapshot) ([][]*CodeText, error) {
	return contents(ctx, snapshots, f.Store.Texts, func(c *Content) []*CodeText { return c.Texts })
}

func (f snapshotFields) State(ctx context.Context, snapshots []*CodeSnapshot) ([][]byte, error) {
	return contents(ctx, snapshots, f.Store.Contents, func(c *Content) []byte { return c.State })
}

// contents reads what the snapshots hold, together, and picks from it.
func contents[T any](ctx context.Context, snapshots []*CodeSnapshot, read func(context.Context, []Place) ([]*Content, error), pick func(*Content) T) ([]T, error) {
	return batch.Each(ctx, snapshots, func(snapshots []*CodeSnapshot) ([]T, error) {
		places := make([]Place, len(snapshots))
		for i, s := range snapshots {
			places[i] = Place{s.RoomID, s.Number}
		}
		found, err := read(ctx, places)
		if err != nil {
			return nil, err
		}
		values := make([]T, len(snapshots))
		errs := make(batch.Errors, len(snapshots))
		for i, c := range found {
			if c == nil {
				errs[i] = missing(places[i].RoomID, places[i].Number)
				continue
			}
			values[i] = pick(c)
		}
		return values, errs.Any()
	})
}

func (f snapshotFields) Diff(ctx context.Context, snapshots []*CodeSnapshot, from *int, around int) ([]*CodeDiff, error) {
	diffs := make([]*CodeDiff, len(snapshots))
	errs := make(batch.Errors, len(snapshots))
	for i, s := range snapshots {
		base := s.Number - 1
		if from != nil {
			base = *from
		}
		diffs[i], errs[i] = f.diff(ctx, s.RoomID, base, s.Number, around)
	}
	return diffs, errs.Any()
}
