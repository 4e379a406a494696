package messages

import (
	"context"

	"heddle/internal/caller"
	"heddle/internal/membership"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

// CreateMessage tells of the message also when an earlier call made it: that
// one may have ended between keeping it and telling.
func (m mutation) CreateMessage(ctx context.Context, in CreateMessageInput) (*CreateMessagePayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	message, err := NewMessage(m.NewID(), in.RoomID, c.ID, in.Text, m.Now())
	if err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, m.Graph, in.RoomID); err != nil {
		return nil, err
	}
	if message, err = m.Store.Create(ctx, message, in.IdempotencyKey); err != nil {
		return nil, err
	}
	m.tell(ctx, in.RoomID, Happening{Number: message.Number, Message: message})
	return &CreateMessagePayload{Message: message}, nil
}

func (m mutation) DeleteMessage(ctx context.Context, in DeleteMessageInput) (*DeleteMessagePayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	found, err := m.Store.Messages(ctx, []string{in.MessageID})
	if err != nil {
		return nil, err
	}
	message := found[0]
	if message == nil {
		return nil, missing(in.MessageID)
	}
	roles := map[string]membership.Role{}
	if message.AuthorID != c.ID {
		if roles, err = membership.Roles(ctx, m.Graph, []string{message.RoomID}); err != nil {
			return nil, err
		}
	}
	if err := message.Delete(c.ID, roles[message.RoomID]); err != nil {
		return nil, err
	}
	number, err := m.Store.Delete(ctx, message)
	if err != nil {
		return nil, err
	}
	m.tell(ctx, message.RoomID, Happening{Number: number, Deleted: message.ID})
	return &DeleteMessagePayload{DeletedMessageID: message.ID}, nil
}
