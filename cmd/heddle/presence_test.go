package main_test

import (
	"context"
	"testing"

	"heddle/internal/drive"
)

const presenceChanged = `subscription($room: ID!) { presenceChanged(roomId: $room) { user { username } status typing } }`

// TestPresence_live has somebody come, write, and be killed, while others watch
// at each router. Nobody says that they are gone: it shows by itself, and once.
func TestPresence_live(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		killed, stays := signUp(t, w.Origin(), "killed"), signUp(t, w.Origin(), "stays")
		room := killed.makeRoom(t, "Presence", stays)
		online := func(p *person, device string) {
			p.must(t, `mutation($input: GoOnlineInput!) { goOnline(input: $input) { expiresAt } }`, input{"roomId": room, "deviceId": device})
		}
		online(killed, "laptop")
		online(killed, "phone")
		var watching []*drive.Listening
		for i, router := range w.Routers() {
			watching = append(watching, carriers[i%len(carriers)].listen(t, stays.at(router.Origin()), presenceChanged, vars{"room": room}))
		}
		see := func(p *person, status string, typing bool) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 2*patience) // a device is waited for that long
			defer cancel()
			for _, l := range watching {
				a, err := l.Next(ctx)
				if err != nil || a.Text("presenceChanged", "user", "username") != p.username || a.Text("presenceChanged", "status") != status || a.At("presenceChanged", "typing") != typing {
					t.Fatalf("seen: %s (%v), want %s %s, typing: %t", a.Body, err, p.username, status, typing)
				}
			}
		}
		see(killed, "ONLINE", false)
		killed.must(t, `mutation($input: SetTypingInput!) { setTyping(input: $input) { expiresAt } }`, input{"roomId": room, "deviceId": "phone", "typing": true})
		see(killed, "ONLINE", true)
		see(killed, "ONLINE", false)  // by itself
		see(killed, "OFFLINE", false) // by itself, from both devices at once
		online(stays, "tab")
		see(stays, "ONLINE", false)
		if a := stays.must(t, `query($room: ID!, $user: ID!) { room(id: $room) { online { edges { node { user { status } } } } } user(id: $user) { status } }`,
			vars{"room": room, "user": killed.id}); string(a.Data) != `{"room":{"online":{"edges":[{"node":{"user":{"status":"ONLINE"}}}]}},"user":{"status":"OFFLINE"}}` {
			t.Errorf("who is online: %s", a.Body)
		}
	})
}
