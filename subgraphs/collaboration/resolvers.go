package collaboration

import (
	"context"
	"sync"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/membership"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) CodeDocument(ctx context.Context, roomID string) (*CodeDocument, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, q.Graph, roomID); err != nil {
		return nil, err
	}
	return q.document(roomID), nil
}

// document is the document of a room that the caller was found to be in.
func (r *Resolvers) document(room string) *CodeDocument {
	return &CodeDocument{RoomID: room, read: func(ctx context.Context) (*Record, error) {
		records, err := r.documents(ctx, []string{room})
		return records[room], err
	}}
}

// standing is a document that was read already.
func standing(record *Record) *CodeDocument {
	return &CodeDocument{RoomID: record.RoomID, read: func(context.Context) (*Record, error) { return record, nil }}
}

// open gives the documents of the rooms that the caller is in, which are read
// together when a field of the first is asked for; the others have an error each.
func (r *Resolvers) open(ctx context.Context, rooms []string) ([]*CodeDocument, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	roles, err := membership.Roles(ctx, r.Graph, rooms)
	if err != nil {
		return nil, err
	}
	errs := make(batch.Errors, len(rooms))
	documents := make([]*CodeDocument, len(rooms))
	var opened []string
	for i, room := range rooms {
		if errs[i] = membership.Check(roles, room); errs[i] == nil {
			opened = append(opened, room)
		}
	}
	var once sync.Once
	var records map[string]*Record
	for i, room := range rooms {
		if errs[i] != nil {
			continue
		}
		documents[i] = &CodeDocument{RoomID: room, read: func(ctx context.Context) (*Record, error) {
			once.Do(func() { records, err = r.documents(ctx, opened) })
			return records[room], err
		}}
	}
	return documents, errs.Any()
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyCodeDocumentByRoomIDs(ctx context.Context, keys []*CodeDocumentByRoomIDsInput) ([]*CodeDocument, error) {
	rooms := make([]string, len(keys))
	for i, key := range keys {
		rooms[i] = key.RoomID
	}
	return e.open(ctx, rooms)
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

func (f roomFields) Code(ctx context.Context, rooms []*Room) ([]*CodeDocument, error) {
	return batch.Each(ctx, rooms, func(rooms []*Room) ([]*CodeDocument, error) {
		ids := make([]string, len(rooms))
		for i, room := range rooms {
			ids[i] = room.ID
		}
		return f.open(ctx, ids)
	})
}
