package rooms

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// loom is a room with an owner, two moderators and two members; guest is invited.
func loom(visibility RoomVisibility) *Room {
	r := &Room{ID: "loom", Title: "Loom", Visibility: visibility, OwnerID: "owner", CreatedAt: noon}
	for i, p := range []Participant{
		{UserID: "owner", Role: RoomRoleOwner}, {UserID: "member1", Role: RoomRoleMember},
		{UserID: "moderator1", Role: RoomRoleModerator}, {UserID: "moderator2", Role: RoomRoleModerator},
		{UserID: "member2", Role: RoomRoleMember},
	} {
		p.JoinedAt = noon.Add(time.Duration(i) * time.Minute)
		r.Participants = append(r.Participants, p)
	}
	r.Invitations = []Invitation{{RoomID: "loom", UserID: "guest", InviterID: "owner", CreatedAt: noon}}
	return r
}

// who gives the people in the room with their roles, and the invited ones.
func who(r *Room) string {
	var names []string
	for _, p := range r.Participants {
		names = append(names, p.UserID+":"+string(p.Role))
	}
	for _, i := range r.Invitations {
		names = append(names, i.UserID+"?")
	}
	return strings.Join(names, " ")
}

const nobodyMoved = "owner:OWNER member1:MEMBER moderator1:MODERATOR moderator2:MODERATOR member2:MEMBER guest?"

// rule is a case of a rule: what it says, who is in the room then, and whom the
// change takes out.
type rule struct {
	name       string
	visibility RoomVisibility
	apply      func(r *Room) error
	code       fault.Code
	want       string
	left       []string
}

func try(t *testing.T, cases []rule) {
	t.Helper()
	t.Parallel()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.visibility == "" {
				c.visibility = RoomVisibilityOpen
			}
			if c.want == "" {
				c.want = nobodyMoved
			}
			r := loom(c.visibility)
			if err := c.apply(r); fault.CodeOf(err) != c.code {
				t.Errorf("error %v, want code %q", err, c.code)
			}
			if diff := cmp.Diff(c.want, who(r)); diff != "" {
				t.Errorf("people (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.left, r.signal().Left); diff != "" {
				t.Errorf("who left (-want +got):\n%s", diff)
			}
			if owner := r.find(r.OwnerID); owner == nil || owner.Role != RoomRoleOwner {
				t.Errorf("the owner %s is not the participant with that role", r.OwnerID)
			}
		})
	}
}

func TestRoom_Join(t *testing.T) {
	join := func(user string) func(*Room) error {
		return func(r *Room) error { return r.Join(user, noon) }
	}
	const joined = "owner:OWNER member1:MEMBER moderator1:MODERATOR moderator2:MODERATOR member2:MEMBER "
	try(t, []rule{
		{name: "an open room", apply: join("new"), want: joined + "new:MEMBER guest?"},
		{name: "an open room, invited", apply: join("guest"), want: joined + "guest:MEMBER"},
		{name: "already a member", apply: join("member1")},
		{name: "already the owner", apply: join("owner")},
		{name: "by invitation, invited", visibility: RoomVisibilityInvitation, apply: join("guest"), want: joined + "guest:MEMBER"},
		{name: "by invitation, not invited", visibility: RoomVisibilityInvitation, apply: join("new"), code: fault.Forbidden},
		{name: "by invitation, already a member", visibility: RoomVisibilityInvitation, apply: join("member1")},
	})
}

func TestRoom_Leave(t *testing.T) {
	leave := func(users ...string) func(*Room) error {
		return func(r *Room) error {
			for _, user := range users {
				if err := r.Leave(user); err != nil {
					return err
				}
			}
			return nil
		}
	}
	try(t, []rule{
		{name: "a member", apply: leave("member1"), left: []string{"member1"},
			want: "owner:OWNER moderator1:MODERATOR moderator2:MODERATOR member2:MEMBER guest?"},
		{name: "the owner: the longest-standing moderator follows", apply: leave("owner"), left: []string{"owner"},
			want: "member1:MEMBER moderator1:OWNER moderator2:MODERATOR member2:MEMBER guest?"},
		{name: "the owner without moderators: the longest-standing member follows", apply: leave("moderator1", "moderator2", "owner"),
			left: []string{"moderator1", "moderator2", "owner"}, want: "member1:OWNER member2:MEMBER guest?"},
		{name: "somebody outside", apply: leave("new"), code: fault.Conflict},
		{name: "somebody invited", apply: leave("guest"), code: fault.Conflict},
	})
	t.Run("everybody", func(t *testing.T) {
		t.Parallel()
		r := loom(RoomVisibilityOpen)
		if err := leave("owner", "member1", "moderator1", "moderator2", "member2")(r); err != nil {
			t.Fatal(err)
		}
		if s := r.signal(); !s.Deleted || !s.ends("owner") || !s.ends("anybody") {
			t.Errorf("signal %+v, want the room deleted", s)
		}
	})
}

func TestRoom_Remove(t *testing.T) {
	remove := func(by, user string) func(*Room) error {
		return func(r *Room) error { return r.Remove(by, user) }
	}
	try(t, []rule{
		{name: "a member by the owner", apply: remove("owner", "member1"), left: []string{"member1"},
			want: "owner:OWNER moderator1:MODERATOR moderator2:MODERATOR member2:MEMBER guest?"},
		{name: "a member by a moderator", apply: remove("moderator1", "member2"), left: []string{"member2"},
			want: "owner:OWNER member1:MEMBER moderator1:MODERATOR moderator2:MODERATOR guest?"},
		{name: "a moderator by the owner", apply: remove("owner", "moderator2"), left: []string{"moderator2"},
			want: "owner:OWNER member1:MEMBER moderator1:MODERATOR member2:MEMBER guest?"},
		{name: "a moderator by another", apply: remove("moderator1", "moderator2"), code: fault.Forbidden},
		{name: "the owner by a moderator", apply: remove("moderator1", "owner"), code: fault.Forbidden},
		{name: "the owner by themselves", apply: remove("owner", "owner"), code: fault.Conflict},
		{name: "a member by a member", apply: remove("member1", "member2"), code: fault.Forbidden},
		{name: "a member by somebody outside", apply: remove("new", "member2"), code: fault.Forbidden},
		{name: "somebody outside", apply: remove("owner", "new"), code: fault.NotFound},
	})
}

func TestRoom_ChangeRole(t *testing.T) {
	change := func(by, user string, role RoomRole) func(*Room) error {
		return func(r *Room) error { return r.ChangeRole(by, user, role) }
	}
	try(t, []rule{
		{name: "a member becomes moderator", apply: change("owner", "member1", RoomRoleModerator),
			want: "owner:OWNER member1:MODERATOR moderator1:MODERATOR moderator2:MODERATOR member2:MEMBER guest?"},
		{name: "a moderator becomes member", apply: change("owner", "moderator1", RoomRoleMember),
			want: "owner:OWNER member1:MEMBER moderator1:MEMBER moderator2:MODERATOR member2:MEMBER guest?"},
		{name: "the room is handed over", apply: change("owner", "member2", RoomRoleOwner),
			want: "owner:MODERATOR member1:MEMBER moderator1:MODERATOR moderator2:MODERATOR member2:OWNER guest?"},
		{name: "the same role", apply: change("owner", "member1", RoomRoleMember)},
		{name: "the owner stays owner", apply: change("owner", "owner", RoomRoleOwner)},
		{name: "the owner steps down", apply: change("owner", "owner", RoomRoleMember), code: fault.Conflict},
		{name: "by a moderator", apply: change("moderator1", "member1", RoomRoleModerator), code: fault.Forbidden},
		{name: "of themselves by a member", apply: change("member1", "member1", RoomRoleOwner), code: fault.Forbidden},
		{name: "of somebody outside", apply: change("owner", "new", RoomRoleModerator), code: fault.NotFound},
	})
}

func TestRoom_Invite(t *testing.T) {
	invite := func(by, user string) func(*Room) error {
		return func(r *Room) error { _, err := r.Invite(by, user, noon); return err }
	}
	closed := RoomVisibilityInvitation
	try(t, []rule{
		{name: "by a member of an open room", apply: invite("member1", "new"), want: nobodyMoved + " new?"},
		{name: "by the owner", visibility: closed, apply: invite("owner", "new"), want: nobodyMoved + " new?"},
		{name: "by a moderator", visibility: closed, apply: invite("moderator1", "new"), want: nobodyMoved + " new?"},
		{name: "by a member of a room by invitation", visibility: closed, apply: invite("member1", "new"), code: fault.Forbidden},
		{name: "by somebody outside", apply: invite("guest", "new"), code: fault.Forbidden},
		{name: "somebody invited", apply: invite("owner", "guest")},
		{name: "somebody who is in", apply: invite("owner", "member1"), code: fault.Conflict},
	})
}

func TestRoom_Decline(t *testing.T) {
	decline := func(user string) func(*Room) error { return func(r *Room) error { return r.Decline(user) } }
	try(t, []rule{
		{name: "an invitation", apply: decline("guest"), want: strings.TrimSuffix(nobodyMoved, " guest?")},
		{name: "without an invitation", apply: decline("new"), code: fault.NotFound},
	})
}

func TestRoom_Delete(t *testing.T) {
	by := func(user string) func(*Room) error { return func(r *Room) error { return r.Delete(user) } }
	try(t, []rule{
		{name: "by the owner", apply: by("owner")},
		{name: "by a moderator", apply: by("moderator1"), code: fault.Forbidden},
		{name: "by somebody outside", apply: by("new"), code: fault.Forbidden},
	})
}

func TestRoom_Edit(t *testing.T) {
	t.Parallel()
	title, closed := func(s string) *string { return &s }, RoomVisibilityInvitation
	for _, c := range []struct {
		name, by   string
		title      *string
		visibility *RoomVisibility
		refused    string
		want       string
	}{
		{"nothing", "owner", nil, nil, "", "Loom OPEN"},
		{"the title, by a moderator", "moderator1", title("  Weaving \U0001F9F6 "), nil, "", "Weaving \U0001F9F6 OPEN"},
		{"who may join", "owner", nil, &closed, "", "Loom INVITATION"},
		{"as long as it may be", "owner", title(strings.Repeat("é", 100)), nil, "", strings.Repeat("é", 100) + " OPEN"},
		{"too long", "owner", title(strings.Repeat("é", 101)), nil, "A title has 1 to 100 characters; this one has 101.", "Loom OPEN"},
		{"blank", "owner", title(" \n"), nil, "A title has 1 to 100 characters; this one has 0.", "Loom OPEN"},
		{"NUL", "owner", title("a\x00b"), nil, "A title is text without control characters.", "Loom OPEN"},
		{"two lines", "owner", title("a\nb"), nil, "A title is text without control characters.", "Loom OPEN"},
		{"not UTF-8", "owner", title("a\xff"), nil, "A title is text without control characters.", "Loom OPEN"},
		{"by a member", "member1", title("Mine"), nil, `Only the owner and moderators of room "Loom" can change the room.`, "Loom OPEN"},
		{"by somebody outside", "new", title("Mine"), nil, `Only the owner and moderators of room "Loom" can change the room.`, "Loom OPEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := loom(RoomVisibilityOpen)
			got := ""
			if err := r.Edit(c.by, c.title, c.visibility); err != nil {
				got = err.Error()
			}
			if state := r.Title + " " + string(r.Visibility); got != c.refused || state != c.want {
				t.Errorf("error %q and room %q, want %q and %q", got, state, c.refused, c.want)
			}
		})
	}
}

func TestNewRoom(t *testing.T) {
	t.Parallel()
	r, err := NewRoom("loom", " Loom ", RoomVisibilityOpen, "ada", noon)
	if err != nil || r.Title != "Loom" || who(r) != "ada:OWNER" || r.OwnerID != "ada" {
		t.Errorf("room %+v, error %v", r, err)
	}
	if _, err := NewRoom("loom", "", RoomVisibilityOpen, "ada", noon); fault.CodeOf(err) != fault.BadInput {
		t.Errorf("without a title: %v", err)
	}
}
