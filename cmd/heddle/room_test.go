package main_test

import (
	"fmt"
	"slices"
	"testing"

	"heddle/internal/drive"
)

// TestRoom_invitation goes from an invitation to a room, its roles, and its end.
func TestRoom_invitation(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		owner, guest, other := signUp(t, w.Origin(), "owner"), signUp(t, w.Origin(), "guest"), signUp(t, w.Origin(), "other")
		room := owner.must(t, `mutation { createRoom(input: {title: "Loge", visibility: INVITATION}) { room { id } } }`, nil).Text("createRoom", "room", "id")
		const invite = `mutation($input: InviteToRoomInput!) { inviteToRoom(input: $input) { invitation { user { username } invitedBy { username } room { title } } } }`
		const join = `mutation($input: JoinRoomInput!) { joinRoom(input: $input) { room { viewerRole } } }`
		guest.refused(t, forbidden, join, input{"roomId": room})
		owner.refused(t, notFound, invite, input{"roomId": room, "userId": newID()})
		a := owner.must(t, invite, input{"roomId": room, "userId": guest.id})
		want := fmt.Sprintf(`{"inviteToRoom":{"invitation":{"user":{"username":%q},"invitedBy":{"username":%q},"room":{"title":"Loge"}}}}`, guest.username, owner.username)
		if string(a.Data) != want {
			t.Errorf("the invitation is %s, wanted %s", a.Data, want)
		}
		owner.must(t, invite, input{"roomId": room, "userId": other.id})
		other.must(t, `mutation($input: DeclineInvitationInput!) { declineInvitation(input: $input) { declinedRoomId } }`, input{"roomId": room})
		other.refused(t, forbidden, join, input{"roomId": room})
		if a := guest.must(t, `{ invitations { edges { node { room { id } } } } }`, nil); string(a.Data) != `{"invitations":{"edges":[{"node":{"room":{"id":"`+room+`"}}}]}}` {
			t.Errorf("the guest's invitations are %s", a.Data)
		}
		guest.must(t, join, input{"roomId": room})
		owner.refused(t, "CONFLICT", invite, input{"roomId": room, "userId": guest.id})
		guest.refused(t, forbidden, `mutation($input: DeleteRoomInput!) { deleteRoom(input: $input) { deletedRoomId } }`, input{"roomId": room})
		owner.must(t, `mutation($input: ChangeParticipantRoleInput!) { changeParticipantRole(input: $input) { room { id } } }`,
			input{"roomId": room, "userId": guest.id, "role": "MODERATOR"})
		message := owner.say(t, room, "Delete me")
		guest.must(t, `mutation($input: DeleteMessageInput!) { deleteMessage(input: $input) { deletedMessageId } }`, input{"messageId": message})
		owner.must(t, `mutation($input: LeaveRoomInput!) { leaveRoom(input: $input) { room { id } } }`, input{"roomId": room})
		if a := guest.must(t, `query($id: ID!) { room(id: $id) { owner { username } participants { edges { node { role user { username } } } } } }`, vars{"id": room}); a.Text("room", "owner", "username") != guest.username {
			t.Errorf("after the owner has left: %s", a.Data)
		}
		guest.must(t, `mutation($input: DeleteRoomInput!) { deleteRoom(input: $input) { deletedRoomId } }`, input{"roomId": room})
		if a := guest.must(t, `query($id: ID!) { room(id: $id) { id } }`, vars{"id": room}); a.At("room") != nil {
			t.Errorf("after its end: %s", a.Data)
		}
	})
}

// TestMessages_pages reads a room in pages, forwards and backwards, while more
// is said.
func TestMessages_pages(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		p := signUp(t, w.Origin(), "pager")
		room := p.makeRoom(t, "Pages")
		var said []string
		for i := range 23 {
			said = append(said, fmt.Sprintf("Line %d", i))
			p.say(t, room, said[i])
		}
		forwards := pages(t, p, room, "first", "after", "hasNextPage", "endCursor", func() { said = append(said, "One more"); p.say(t, room, "One more") })
		if !slices.Equal(forwards, said) {
			t.Errorf("said %v\nread forwards %v", said, forwards)
		}
		backwards := pages(t, p, room, "last", "before", "hasPreviousPage", "startCursor", func() { p.say(t, room, "Too late to be seen") })
		slices.Reverse(backwards)
		if !slices.Equal(backwards, said) {
			t.Errorf("said %v\nread backwards %v", said, backwards)
		}
		a := p.ask(t, `query($room: ID!) { room(id: $room) { messages(first: 101) { totalCount } } }`, vars{"room": room})
		if !slices.Equal(a.Codes(), []string{"BAD_USER_INPUT"}) {
			t.Errorf("101 at once: %s", a.Body)
		}
	})
}

// pages reads page after page, and does something after the first.
func pages(t *testing.T, p *person, room, size, from, more, cursor string, afterFirst func()) []string {
	t.Helper()
	var read []string
	for at := any(nil); ; {
		a := p.must(t, fmt.Sprintf(`query($room: ID!, $at: String) { room(id: $room) { messages(%s: 5, %s: $at) {
			totalCount edges { cursor node { text } } pageInfo { %s %s }
		} } }`, size, from, more, cursor), vars{"room": room, "at": at})
		var page struct {
			Room struct {
				Messages struct {
					Edges    []struct{ Node struct{ Text string } }
					PageInfo map[string]any
				}
			}
		}
		if err := a.Into(&page); err != nil {
			t.Fatal(err)
		}
		edges := page.Room.Messages.Edges
		if size == "last" {
			slices.Reverse(edges)
		}
		for _, e := range edges {
			read = append(read, e.Node.Text)
		}
		if at == nil {
			afterFirst()
		}
		if page.Room.Messages.PageInfo[more] != true {
			return read
		}
		at = page.Room.Messages.PageInfo[cursor]
	}
}
