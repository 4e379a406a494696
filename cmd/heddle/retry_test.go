package main_test

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"heddle/internal/drive"
)

// TestMutation_lost_reply loses the first reply of each mutation that makes
// something. The same mutation with the same key then gives the one thing that
// was made; another key, or another person, makes another.
func TestMutation_lost_reply(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		p, other := signUp(t, w.Origin(), "retta"), signUp(t, w.Origin(), "otto")
		room := p.makeRoom(t, "Again", other)
		closed := p.must(t, `mutation { createRoom(input: {title: "By invitation", visibility: INVITATION}) { room { id } } }`, nil).Text("createRoom", "room", "id")
		email := "late-" + p.email
		for _, c := range []struct {
			name, mutation string
			input          input
			id             []string
		}{
			{"createRoom", `mutation($input: CreateRoomInput!) { createRoom(input: $input) { room { id } } }`, input{"title": "Once"}, []string{"createRoom", "room", "id"}},
			{"createMessage", createMessage, input{"roomId": room, "text": "Once"}, []string{"createMessage", "message", "id"}},
			{"inviteToRoom", `mutation($input: InviteToRoomInput!) { inviteToRoom(input: $input) { invitation { createdAt } } }`,
				input{"roomId": closed, "userId": other.id}, []string{"inviteToRoom", "invitation", "createdAt"}},
			{"signUp", `mutation($input: SignUpInput!) { signUp(input: $input) { user { id } } }`,
				input{"email": email, "password": password, "username": "late-" + p.username[6:], "firstName": "L", "lastName": "T"}, []string{"signUp", "user", "id"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				c.input["idempotencyKey"] = rand.Text()
				lossy := p.at(losesReplies(t, w.Origin()))
				if a, err := lossy.Ask(soon(t), c.mutation, vars{"input": c.input}); err == nil {
					t.Fatalf("the reply was not lost: %s", a.Body)
				}
				first := lossy.must(t, c.mutation, c.input).Text(c.id...)
				again := p.must(t, c.mutation, c.input).Text(c.id...)
				if first == "" || again != first {
					t.Errorf("the first retry gives %q, the second %q", first, again)
				}
			})
		}
		if all := readAll(t, p, room); len(all) != 1 {
			t.Errorf("the message is there %d times: %v", len(all), all)
		}
		if a := p.must(t, `{ rooms(filter: {title: "Once", joined: true}) { totalCount } }`, nil); a.At("rooms", "totalCount") != 1.0 {
			t.Errorf("the room is there more than once: %s", a.Body)
		}
		key := input{"roomId": room, "text": "Same key", "idempotencyKey": "shared"}
		mine, theirs := p.must(t, createMessage, key).Text("createMessage", "message", "id"), other.must(t, createMessage, key).Text("createMessage", "message", "id")
		if mine == theirs {
			t.Errorf("two people with one key get one message %s", mine)
		}
	})
}

// losesReplies is a proxy that hands the first request on and breaks the
// connection in place of the reply.
func losesReplies(t *testing.T, origin string) string {
	t.Helper()
	target, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	proxy.ModifyResponse = func(r *http.Response) error {
		if lost.CompareAndSwap(false, true) {
			return context.Canceled
		}
		return nil
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: proxy}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}
