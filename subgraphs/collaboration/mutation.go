package collaboration

import (
	"context"
	"math/rand/v2"
	"unicode/utf8"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/membership"
	"heddle/internal/yjs"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) ApplyCodeUpdate(ctx context.Context, in ApplyCodeUpdateInput) (*ApplyCodeUpdatePayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	w, err := NewWrite(in.RoomID, c.ID, in.ClientID, in.Update, m.Now())
	if err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, m.Graph, in.RoomID); err != nil {
		return nil, err
	}
	number, err := m.Store.Append(ctx, w)
	if err != nil {
		return nil, err
	}
	m.tell(ctx, in.RoomID, Happening{Number: number, Author: w.Author, Client: w.Client, Data: w.Data})
	m.compactLater(in.RoomID, number)
	return &ApplyCodeUpdatePayload{Number: int(number), Document: m.document(in.RoomID)}, nil
}

// ReplaceCode writes in the name of a client of its own, made for this.
func (m mutation) ReplaceCode(ctx context.Context, in ReplaceCodeInput) (*ReplaceCodePayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := texts(in.Texts)
	if err != nil {
		return nil, err
	}
	if err := membership.Require(ctx, m.Graph, in.RoomID); err != nil {
		return nil, err
	}
	w := Write{RoomID: in.RoomID, Author: c.ID, At: m.Now()}
	record, written, err := m.Store.Change(ctx, w, func(doc *yjs.Doc) []byte {
		return doc.Replace(uint64(rand.Uint32()), wanted) //nolint:gosec // it need not be hard to guess
	})
	if err != nil {
		return nil, err
	}
	if written != nil {
		m.tell(ctx, in.RoomID, *written)
	}
	return &ReplaceCodePayload{Document: standing(record)}, nil
}

// texts are the texts that somebody wants to read, by name.
func texts(in []*CodeTextInput) (map[string]string, error) {
	wanted := make(map[string]string, len(in))
	size := 0
	for _, text := range in {
		if !utf8.ValidString(text.Name) || !utf8.ValidString(text.Content) {
			return nil, fault.Field("texts", "Names and contents of texts are Unicode.")
		}
		if _, twice := wanted[text.Name]; twice {
			return nil, fault.Field("texts", "The text %q is given twice.", text.Name)
		}
		wanted[text.Name] = text.Content
		size += len(text.Name) + len(text.Content)
	}
	if size > documentLimit {
		return nil, fault.Field("texts", "A document has at most %d bytes; these texts have %d.", documentLimit, size)
	}
	return wanted, nil
}
