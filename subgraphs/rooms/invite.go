package rooms

import (
	"slices"
	"time"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// Invitation is a word to somebody that they may join a room.
type Invitation struct {
	RoomID    string
	UserID    string
	InviterID string
	CreatedAt time.Time

	batch.Peer[*Invitation] `db:"-"`
}

// User returns the person who is invited.
func (i *Invitation) User() *User { return &User{ID: i.UserID} }

// InvitedBy returns the person who invited them.
func (i *Invitation) InvitedBy() *User { return &User{ID: i.InviterID} }

// Invite gives a person leave to join. An invitation that stands is kept as it
// is. Of a room by invitation only the owner and moderators invite.
func (r *Room) Invite(by, user string, now time.Time) (*Invitation, error) {
	if r.find(by) == nil {
		return nil, fault.New(fault.Forbidden, "Only participants of room %q can invite to it.", r.Title)
	}
	if r.Visibility == RoomVisibilityInvitation {
		if err := r.requireModerator(by, "invite to it"); err != nil {
			return nil, err
		}
	}
	if r.find(user) != nil {
		return nil, fault.New(fault.Conflict, "They are in room %q already.", r.Title).With("field", "userId")
	}
	if i := r.invitation(user); i >= 0 {
		return &r.Invitations[i], nil
	}
	r.Invitations = append(r.Invitations, Invitation{RoomID: r.ID, UserID: user, InviterID: by, CreatedAt: now})
	return &r.Invitations[len(r.Invitations)-1], nil
}

// Decline takes an invitation back from its list.
func (r *Room) Decline(user string) error {
	if !r.invited(user) {
		return fault.New(fault.NotFound, "You have no invitation to room %q.", r.Title)
	}
	r.uninvite(user)
	return nil
}

func (r *Room) invited(user string) bool { return r.invitation(user) >= 0 }

func (r *Room) invitation(user string) int {
	return slices.IndexFunc(r.Invitations, func(i Invitation) bool { return i.UserID == user })
}

func (r *Room) uninvite(user string) {
	r.Invitations = slices.DeleteFunc(r.Invitations, func(i Invitation) bool { return i.UserID == user })
}
