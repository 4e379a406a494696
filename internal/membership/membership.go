// Package membership knows what somebody is in the rooms, for the domains that
// keep something of a room for its participants alone. The domain rooms owns
// the answer: it is asked over the graph, and it tells of changes on Redis.
package membership

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"heddle/internal/ask"
	"heddle/internal/fault"
)

// Role is what a person is in a room, in the words of the domain that knows.
type Role string

// The roles, and None for a person who is not in the room.
const (
	Owner     Role = "OWNER"
	Moderator Role = "MODERATOR"
	Member    Role = "MEMBER"
	None      Role = ""
)

// askedAtOnce is how many rooms the graph may be asked about in one question.
const askedAtOnce = 1000

// Roles asks the graph, with the caller's own token, what the caller is in each
// of the rooms. A room that is not there is not in the answer.
func Roles(ctx context.Context, graph *ask.Graph, rooms []string) (map[string]Role, error) {
	distinct := slices.Clone(rooms)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	roles := make(map[string]Role, len(distinct))
	for ids := range slices.Chunk(distinct, askedAtOnce) {
		var answer struct {
			RoomsByIDs []*struct {
				ID         string
				ViewerRole Role
			}
		}
		err := graph.Ask(ctx, `query($ids: [ID!]!) { roomsByIds(ids: $ids) { id viewerRole } }`, map[string]any{"ids": ids}, &answer)
		if err != nil {
			return nil, err
		}
		for _, room := range answer.RoomsByIDs {
			if room != nil {
				roles[room.ID] = room.ViewerRole
			}
		}
	}
	return roles, nil
}

// Require checks that the caller is in the room, which must be there.
func Require(ctx context.Context, graph *ask.Graph, room string) error {
	roles, err := Roles(ctx, graph, []string{room})
	if err != nil {
		return err
	}
	return Check(roles, room)
}

// Check tells from an answer of Roles why the caller may not see into the room:
// nil if they may.
func Check(roles map[string]Role, room string) error {
	switch role, there := roles[room]; {
	case !there:
		return Missing(room)
	case role == None:
		return fault.New(fault.Forbidden, "Only participants read and write in room %q.", room)
	}
	return nil
}

// Missing says that there is no such room.
func Missing(room string) error { return fault.New(fault.NotFound, "There is no room %q.", room) }

// Topic is where the domain rooms tells that a room has changed, before the
// mutation that changed it answers. One connection reads all topics, so who has
// left is heard of before anything that was published afterwards.
func Topic(room string) string { return "rooms." + room }

// Change is what is told on a room's topic, as far as it matters to others.
type Change struct {
	Left    []string `json:"left"`    // who is no longer a participant
	Deleted bool     `json:"deleted"` // the room is gone, and everybody has left
}

// ReadChange reads what came on a room's topic.
func ReadChange(payload []byte) (Change, error) {
	var c Change
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, fmt.Errorf("read a change of a room: %w", err)
	}
	return c, nil
}

// Ends tells whether the person may hear no more of the room.
func (c Change) Ends(person string) bool { return c.Deleted || slices.Contains(c.Left, person) }
