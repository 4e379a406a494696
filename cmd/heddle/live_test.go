package main_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"heddle/internal/drive"
)

const messageCreated = `subscription($room: ID!) { messageCreated(roomId: $room) { text author { username } room { title } } }`

// carriers are the two ways in which a subscription travels.
var carriers = []struct {
	name   string
	listen func(t *testing.T, p *person, query string, variables any) *drive.Listening
}{
	{"WebSocket", func(t *testing.T, p *person, query string, variables any) *drive.Listening {
		t.Helper()
		socket, err := p.Socket(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(socket.Close)
		l, err := socket.Listen(query, variables)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}},
	{"SSE", func(t *testing.T, p *person, query string, variables any) *drive.Listening {
		t.Helper()
		l, err := p.Stream(t.Context(), query, variables)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Stop)
		return l
	}},
}

// TestMessages_live has people talk while others listen, at each router and
// over each carrier, until one leaves.
func TestMessages_live(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		for _, carrier := range carriers {
			for _, router := range w.Routers() {
				t.Run(carrier.name+" at "+router.Name, func(t *testing.T) {
					t.Parallel()
					talker := signUp(t, w.Origin(), "talker")
					listener := signUp(t, w.Origin(), "listener").at(router.Origin())
					room := talker.makeRoom(t, "Live", listener)
					l := carrier.listen(t, listener, messageCreated, vars{"room": room})
					begins(t, l, talker, room)
					hears(t, l, talker, room)
					leaves(t, l, listener, talker, room)
				})
			}
		}
	})
}

// begins lets the talker talk until the subscription hears it: no protocol
// tells when a subscription has begun.
func begins(t *testing.T, l *drive.Listening, talker *person, room string) {
	t.Helper()
	for try := range 100 {
		text := fmt.Sprintf("Can you hear me? (%d)", try)
		talker.say(t, room, text)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		a, err := l.Next(ctx)
		for err == nil && a.Text("messageCreated", "text") != text {
			a, err = l.Next(ctx) // of an earlier try
		}
		cancel()
		if err == nil {
			return
		}
		if !errors.Is(err, drive.ErrSilent) {
			t.Fatalf("the subscription does not begin: %v", err)
		}
	}
	t.Fatal("the subscription hears nothing")
}

// hears checks that everything is heard, once, in order, with what other
// domains know of it.
func hears(t *testing.T, l *drive.Listening, talker *person, room string) {
	t.Helper()
	var said, heard []string
	for i := range 20 {
		said = append(said, fmt.Sprintf("Thread %d", i))
		talker.say(t, room, said[i])
	}
	for range said {
		a, err := l.Next(soon(t))
		if err != nil {
			t.Fatalf("after %v: %v", heard, err)
		}
		heard = append(heard, a.Text("messageCreated", "text"))
		if a.Text("messageCreated", "author", "username") != talker.username || a.Text("messageCreated", "room", "title") != "Live" {
			t.Fatalf("an event is %s", a.Body)
		}
	}
	if !slices.Equal(heard, said) {
		t.Errorf("said %v\nheard %v", said, heard)
	}
}

// leaves checks that a subscription ends when its person leaves the room, and
// that nothing of what is said afterwards comes.
func leaves(t *testing.T, l *drive.Listening, listener, talker *person, room string) {
	t.Helper()
	listener.must(t, `mutation($input: LeaveRoomInput!) { leaveRoom(input: $input) { room { id } } }`, input{"roomId": room})
	talker.say(t, room, "Now that they are gone ...")
	rest, err := l.Over(soon(t))
	if err != nil || len(rest) > 0 {
		t.Errorf("after leaving: %v, events %v", err, bodies(rest))
	}
	listener.refused(t, "FORBIDDEN", `query($room: ID!) { room(id: $room) { messages(last: 1) { totalCount } } }`, vars{"room": room})
}

func bodies(answers []drive.Answer) []string {
	var all []string
	for _, a := range answers {
		all = append(all, string(a.Body))
	}
	return all
}

// TestRoom_live hears of a room's changes until the owner removes the listener.
func TestRoom_live(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		for _, carrier := range carriers {
			t.Run(carrier.name, func(t *testing.T) {
				t.Parallel()
				owner, member := signUp(t, w.Origin(), "owner"), signUp(t, w.Origin(), "member")
				room := owner.makeRoom(t, "Title 0", member)
				l := carrier.listen(t, member, `subscription($room: ID!) { roomUpdated(roomId: $room) { title owner { username } } }`, vars{"room": room})
				const rename = `mutation($input: UpdateRoomInput!) { updateRoom(input: $input) { room { title } } }`
				heard := ""
				for try := 1; heard == "" && try < 100; try++ {
					owner.must(t, rename, input{"roomId": room, "title": fmt.Sprintf("Title %d", try)})
					ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
					if a, err := l.Next(ctx); err == nil {
						heard = a.Text("roomUpdated", "owner", "username")
					}
					cancel()
				}
				if heard != owner.username {
					t.Fatalf("the subscription says the owner is %q", heard)
				}
				owner.must(t, `mutation($input: RemoveParticipantInput!) { removeParticipant(input: $input) { room { id } } }`, input{"roomId": room, "userId": member.id})
				if _, err := l.Over(soon(t)); err != nil {
					t.Errorf("after having been removed: %v", err)
				}
			})
		}
	})
}
