package code

import (
	"context"
	"time"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/membership"
)

// Message is something that was said in a room, of which this domain knows no
// more than where and when.
type Message struct {
	ID        string
	CreatedAt time.Time
	RoomID    string
	batch.Peer[*Message]
}

// IsEntity says that the message is another domain's, known by its id.
func (*Message) IsEntity() {}

// FindManyMessageByIDs reads nothing: what is known of a message comes with the
// question.
func (e entity) FindManyMessageByIDs(_ context.Context, keys []*MessageByIDsInput) ([]*Message, error) {
	messages := make([]*Message, len(keys))
	for i, key := range keys {
		messages[i] = &Message{ID: key.ID, RoomID: key.RoomID, CreatedAt: key.CreatedAt}
	}
	batch.Join(messages)
	return messages, nil
}

type messageFields struct{ *Resolvers }

// Message resolves the fields of messages that take reading.
func (r *Resolvers) Message() messageFields { return messageFields{r} }

func (f messageFields) CodeSnapshot(ctx context.Context, messages []*Message) ([]*CodeSnapshot, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	return batch.Each(ctx, messages, func(messages []*Message) ([]*CodeSnapshot, error) {
		rooms, times := make([]string, len(messages)), make([]time.Time, len(messages))
		for i, m := range messages {
			rooms[i], times[i] = m.RoomID, m.CreatedAt
		}
		roles, err := membership.Roles(ctx, f.Graph, rooms)
		if err != nil {
			return nil, err
		}
		found, err := f.Store.Then(ctx, rooms, times)
		if err != nil {
			return nil, err
		}
		errs := make(batch.Errors, len(messages))
		for i, room := range rooms {
			if errs[i] = membership.Check(roles, room); errs[i] != nil {
				found[i] = nil
			}
		}
		return found, errs.Any()
	})
}
