package code

import (
	"context"

	"heddle/internal/caller"
	"heddle/internal/membership"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) SaveSnapshot(ctx context.Context, in SaveSnapshotInput) (*SaveSnapshotPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkLabel(in.Label); err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, m.Graph, in.RoomID); err != nil {
		return nil, err
	}
	s := &CodeSnapshot{
		ID: m.NewID(), RoomID: in.RoomID, Kind: SnapshotKindSaved, AuthorID: &c.ID, CreatedAt: m.Now(), Label: in.Label,
	}
	kept, err := m.Store.Create(ctx, s, Request{"saveSnapshot", in.IdempotencyKey, []any{in.RoomID, in.Label}}, func() (*Content, error) {
		live, err := m.live(ctx, in.RoomID)
		if err != nil {
			return nil, err
		}
		s.Document = live.Number
		return NewContent(live.State)
	})
	if err != nil {
		return nil, err
	}
	return &SaveSnapshotPayload{Snapshot: kept}, nil
}

// RestoreSnapshot changes the live document first. If it is cut off after that,
// the room reads as asked and the next call with the same key has nothing left
// to change there, so it makes the snapshot that is missing.
func (m mutation) RestoreSnapshot(ctx context.Context, in RestoreSnapshotInput) (*RestoreSnapshotPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, m.Graph, in.RoomID); err != nil {
		return nil, err
	}
	found, err := m.Store.Texts(ctx, []Place{{in.RoomID, in.Number}})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, missing(in.RoomID, in.Number)
	}
	s := &CodeSnapshot{
		ID: m.NewID(), RoomID: in.RoomID, Kind: SnapshotKindRestored, AuthorID: &c.ID, CreatedAt: m.Now(), Restored: &in.Number,
	}
	kept, err := m.Store.Create(ctx, s, Request{"restoreSnapshot", in.IdempotencyKey, []any{in.RoomID, in.Number}}, func() (*Content, error) {
		live, err := m.replace(ctx, in.RoomID, found[0].Texts)
		if err != nil {
			return nil, err
		}
		s.Document = live.Number
		return NewContent(live.State)
	})
	if err != nil {
		return nil, err
	}
	return &RestoreSnapshotPayload{Snapshot: kept}, nil
}
