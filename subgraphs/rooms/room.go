package rooms

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// titleLimit is the length of a title, in characters.
const titleLimit = 100

// Room is a room. Its rules need to know some of the people who are in it or
// invited; a room that is only shown carries none.
type Room struct {
	ID         string
	Title      string
	Visibility RoomVisibility
	OwnerID    string
	CreatedAt  time.Time

	// Of everybody, those whom the rule at hand is about, the owner, and whoever
	// is next in line; in the order in which they joined.
	Participants []Participant
	Invitations  []Invitation

	left   []string // whom a rule has taken out of the room
	viewer RoomRole // of the person who reads the room; empty if not a participant
	batch.Peer[*Room]
}

// Participant is somebody in a room.
type Participant struct {
	UserID   string
	Role     RoomRole
	JoinedAt time.Time
}

// IsEntity says that other domains may refer to a room by its id.
func (*Room) IsEntity() {}

// Owner returns the person who answers for the room.
func (r *Room) Owner() *User { return &User{ID: r.OwnerID} }

// ViewerRole is the role of the person who reads the room, nil if they are not in it.
func (r *Room) ViewerRole() *RoomRole {
	if r.viewer == "" {
		return nil
	}
	return &r.viewer
}

// User returns the person.
func (p Participant) User() *User { return &User{ID: p.UserID} }

// NewRoom makes a room with its owner in it.
func NewRoom(id, title string, visibility RoomVisibility, owner string, now time.Time) (*Room, error) {
	r := &Room{ID: id, Visibility: visibility, OwnerID: owner, CreatedAt: now}
	r.Participants = []Participant{{UserID: owner, Role: RoomRoleOwner, JoinedAt: now}}
	return r, r.rename(title)
}

// Edit changes what is not nil. It is for the owner and moderators.
func (r *Room) Edit(by string, title *string, visibility *RoomVisibility) error {
	if err := r.requireModerator(by, "change the room"); err != nil {
		return err
	}
	if visibility != nil {
		r.Visibility = *visibility
	}
	if title == nil {
		return nil
	}
	return r.rename(*title)
}

func (r *Room) rename(title string) error {
	title = strings.TrimSpace(title)
	if n := utf8.RuneCountInString(title); n == 0 || n > titleLimit {
		return fault.Field("title", "A title has 1 to %d characters; this one has %d.", titleLimit, n)
	}
	if !utf8.ValidString(title) || strings.ContainsFunc(title, unicode.IsControl) {
		return fault.Field("title", "A title is text without control characters.")
	}
	r.Title = title
	return nil
}

// Delete checks that the person may delete the room.
func (r *Room) Delete(by string) error {
	if r.role(by) != RoomRoleOwner {
		return fault.New(fault.Forbidden, "Only the owner can delete room %q.", r.Title)
	}
	return nil
}

// Join adds a person to the room. Whoever is in it already stays as they are.
func (r *Room) Join(user string, now time.Time) error {
	if r.find(user) != nil {
		return nil
	}
	if r.Visibility == RoomVisibilityInvitation && !r.invited(user) {
		return fault.New(fault.Forbidden, "Room %q is by invitation, and you are not invited.", r.Title)
	}
	r.uninvite(user)
	r.Participants = append(r.Participants, Participant{UserID: user, Role: RoomRoleMember, JoinedAt: now})
	return nil
}

// Leave takes a person out of the room. The owner's part passes to whoever
// stands next; a room that is left by everybody is to be deleted.
func (r *Room) Leave(user string) error {
	p := r.find(user)
	if p == nil {
		return fault.New(fault.Conflict, "You are not in room %q.", r.Title)
	}
	wasOwner := p.Role == RoomRoleOwner
	r.remove(user)
	if wasOwner && len(r.Participants) > 0 {
		r.crown(r.successor())
	}
	return nil
}

// successor is the longest-standing moderator, else member.
func (r *Room) successor() *Participant {
	for i := range r.Participants {
		if r.Participants[i].Role == RoomRoleModerator {
			return &r.Participants[i]
		}
	}
	return &r.Participants[0]
}

func (r *Room) crown(p *Participant) {
	p.Role, r.OwnerID = RoomRoleOwner, p.UserID
}

// Remove takes another person out of the room.
func (r *Room) Remove(by, user string) error {
	target := r.find(user)
	if target == nil {
		return fault.New(fault.NotFound, "There is no participant %q in room %q.", user, r.Title)
	}
	if err := r.requireModerator(by, "remove participants"); err != nil {
		return err
	}
	if target.Role != RoomRoleMember && r.role(by) != RoomRoleOwner {
		return fault.New(fault.Forbidden, "Only the owner can remove a moderator or the owner.")
	}
	if target.Role == RoomRoleOwner {
		return fault.New(fault.Conflict, "The owner cannot be removed; they can leave.")
	}
	r.remove(user)
	return nil
}

// ChangeRole gives a participant another role. A new owner takes the place of
// the old one, who becomes a moderator.
func (r *Room) ChangeRole(by, user string, role RoomRole) error {
	if r.role(by) != RoomRoleOwner {
		return fault.New(fault.Forbidden, "Only the owner can change roles in room %q.", r.Title)
	}
	target := r.find(user)
	if target == nil {
		return fault.New(fault.NotFound, "There is no participant %q in room %q.", user, r.Title)
	}
	switch {
	case target.Role == role:
	case target.Role == RoomRoleOwner:
		return fault.New(fault.Conflict, "Make somebody else the owner first: a room has exactly one.")
	case role == RoomRoleOwner:
		r.find(by).Role = RoomRoleModerator
		r.crown(target)
	default:
		target.Role = role
	}
	return nil
}

func (r *Room) requireModerator(user, what string) error {
	if role := r.role(user); role != RoomRoleOwner && role != RoomRoleModerator {
		return fault.New(fault.Forbidden, "Only the owner and moderators of room %q can %s.", r.Title, what)
	}
	return nil
}

// role is the person's role, or "" if they are not in the room.
func (r *Room) role(user string) RoomRole {
	if p := r.find(user); p != nil {
		return p.Role
	}
	return ""
}

func (r *Room) find(user string) *Participant {
	i := slices.IndexFunc(r.Participants, func(p Participant) bool { return p.UserID == user })
	if i < 0 {
		return nil
	}
	return &r.Participants[i]
}

func (r *Room) remove(user string) {
	r.left = append(r.left, user)
	r.Participants = slices.DeleteFunc(r.Participants, func(p Participant) bool { return p.UserID == user })
}

// showsPeople tells whether the viewer may see who is in the room.
func (r *Room) showsPeople() bool { return r.Visibility == RoomVisibilityOpen || r.viewer != "" }
