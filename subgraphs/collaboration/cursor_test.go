package collaboration_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"heddle/subgraphs/collaboration"
)

const (
	moveCursor  = `mutation($room: ID!, $client: String!, $state: JSON) { moveCursor(input: {roomId: $room, clientId: $client, state: $state}) { room { id } } }`
	cursorMoved = `subscription($room: ID!, $client: String) { cursorMoved(roomId: $room, clientId: $client) { user { id } clientId state room { id } } }`
)

type move struct {
	User     struct{ ID string }
	ClientID string
	State    json.RawMessage
}

// Everybody else sees where somebody is, in another process too, and nothing of
// it is kept.
func TestCursorMoved(t *testing.T) {
	w := newWorld(t)
	here := w.code
	w.Process()
	there := w.Open(collaborationDomain)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	answered := w.Answered()
	own := here.Subscribe(ada, cursorMoved, variables{"room": room, "client": "7"})
	w.AwaitAnswers(answered + 1)
	others := there.Subscribe(grace, cursorMoved, variables{"room": room, "client": "7"})
	w.AwaitAnswers(answered + 2)
	keys := w.Env.Redis.Keys(t.Context(), "*").Val()
	moves := func(by person, client, state string) {
		here.Get(by, moveCursor, variables{"room": room, "client": client, "state": json.RawMessage(state)}, &map[string]any{})
	}
	sees := func(name string, hear interface{ Get(any) }, by person, client, state string) {
		t.Helper()
		var a struct{ CursorMoved move }
		hear.Get(&a)
		if m := a.CursorMoved; m.User.ID != by.ID || m.ClientID != client || string(m.State) != state {
			t.Errorf("%s sees %+v, want %s", name, m, state)
		}
	}
	moves(ada, "7", `{"anchor":1,"user":{"name":"ada"}}`)
	moves(grace, "8", `{"anchor":[2,null]}`)
	moves(ada, "9", `null`)
	sees("grace", others, ada, "7", `{"anchor":1,"user":{"name":"ada"}}`)
	sees("grace", others, grace, "8", `{"anchor":[2,null]}`)
	sees("grace", others, ada, "9", `null`)
	sees("ada", own, grace, "8", `{"anchor":[2,null]}`)
	sees("ada", own, ada, "9", `null`)
	if now := w.Env.Redis.Keys(t.Context(), "*").Val(); len(now) != len(keys) {
		t.Errorf("Redis has the keys %q, before %q", now, keys)
	}
	long := `"` + strings.Repeat("x", 4096) + `"`
	if p := here.Refused(ada, moveCursor, variables{"room": room, "client": "7", "state": json.RawMessage(long)}); p.Code != "BAD_USER_INPUT" || p.Field != "state" {
		t.Errorf("too much to show: %+v", p)
	}
	if p := here.Refused(w.Person(), moveCursor, variables{"room": room, "client": "7"}); p.Code != "FORBIDDEN" {
		t.Errorf("somebody outside: %+v", p)
	}
}

// Of what comes fast the first goes at once, then the latest each time.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := collaboration.NewThrottle(50 * time.Millisecond)
		var went []string
		offer := func(key, what string) { throttle.Offer(key, func() { went = append(went, what) }) }
		for i := range 100 {
			offer("ada", fmt.Sprint(i))
			if i == 3 {
				offer("grace", "hello")
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		offer("ada", "later")
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []string{"0", "hello", "49", "99", "later"}; !slices.Equal(went, want) {
			t.Errorf("went: %q, want %q", went, want)
		}
	})
}
