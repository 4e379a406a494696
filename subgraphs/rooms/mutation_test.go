package rooms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMutation_CreateRoom(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	key := variables{"in": variables{"title": " Loom ", "idempotencyKey": "k"}}
	first := w.rooms.Do(ada, mutation(createRoom), key)
	second := w.rooms.Do(ada, mutation(createRoom), key)
	if diff := cmp.Diff(first, second); diff != "" || len(first.Errors) > 0 {
		t.Errorf("answers to the same key (-first +second):\n%s\nerrors %+v", diff, first.Errors)
	}
	want := `"title":"Loom","visibility":"OPEN","viewerRole":"OWNER","owner":{"id":"` + ada.ID + `"}`
	if !strings.Contains(string(first.Data), want) {
		t.Errorf("answer %s, want %s in it", first.Data, want)
	}
	for _, c := range []struct {
		name string
		by   person
		in   variables
		want problem
	}{
		{"another title with the key", ada, variables{"title": "Other", "idempotencyKey": "k"},
			problem{Message: `The idempotency key "k" was used before with another input.`, Code: "CONFLICT", Field: "idempotencyKey"}},
		{"an empty key", ada, variables{"title": "Loom", "idempotencyKey": ""},
			problem{Message: "An idempotency key has 1 to 255 characters, none of them NUL.", Code: "BAD_USER_INPUT", Field: "idempotencyKey"}},
		{"a key with NUL", ada, variables{"title": "Loom", "idempotencyKey": "a\x00"},
			problem{Message: "An idempotency key has 1 to 255 characters, none of them NUL.", Code: "BAD_USER_INPUT", Field: "idempotencyKey"}},
		{"no title", ada, variables{"title": " "},
			problem{Message: "A title has 1 to 100 characters; this one has 0.", Code: "BAD_USER_INPUT", Field: "title"}},
		{"anonymous", person{}, variables{"title": "Loom"},
			problem{Message: "Sign in first: this needs an access token.", Code: "UNAUTHENTICATED"}},
		{"a service", w.Service("indexer"), variables{"title": "Loom"},
			problem{Message: "Only a person with an account may do this.", Code: "FORBIDDEN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Path = "createRoom"
			if diff := cmp.Diff(c.want, w.rooms.Refused(c.by, mutation(createRoom), variables{"in": c.in})); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// One room through everything that can happen to it.
func TestMutation_life_of_a_room(t *testing.T) {
	w := newWorld(t)
	ada, grace, alan := w.account(), w.account(), w.account()
	room := w.room("INVITATION", "Loom", ada)
	in := func(more ...any) variables {
		v := variables{"roomId": room}
		for i := 0; i < len(more); i += 2 {
			v[more[i].(string)] = more[i+1]
		}
		return v
	}
	for _, step := range []struct {
		name, field string
		by          person
		in          variables
		code        string // of the refusal, if it is one
		want        string // of the answer
	}{
		{"not invited", joinRoom, grace, in(), "FORBIDDEN", ""},
		{"invite nobody", invite, ada, in("userId", newID()), "NOT_FOUND", ""},
		{"invite", invite, ada, in("userId", grace.ID), "", `{"user":{"id":"` + grace.ID + `"},"invitedBy":{"id":"` + ada.ID + `"},"room":{"id":"` + room + `"}}`},
		{"invite again", invite, ada, in("userId", grace.ID), "", grace.ID},
		{"join", joinRoom, grace, in(), "", `{"viewerRole":"MEMBER"}`},
		{"join again", joinRoom, grace, in(), "", `{"viewerRole":"MEMBER"}`},
		{"a member invites", invite, grace, in("userId", alan.ID), "FORBIDDEN", ""},
		{"a member changes the room", updateRoom, grace, in("title", "Mine"), "FORBIDDEN", ""},
		{"promote", changeRole, ada, in("userId", grace.ID, "role", "MODERATOR"), "", `{"owner":{"id":"` + ada.ID + `"},"viewerRole":"OWNER"}`},
		{"a moderator changes the room", updateRoom, grace, in("title", "Ours", "visibility", "OPEN"), "", `{"title":"Ours","visibility":"OPEN","viewerRole":"MODERATOR"}`},
		{"a moderator invites", invite, grace, in("userId", alan.ID), "", alan.ID},
		{"decline", decline, alan, in(), "", room},
		{"decline again", decline, alan, in(), "NOT_FOUND", ""},
		{"join the open room", joinRoom, alan, in(), "", `{"viewerRole":"MEMBER"}`},
		{"remove", removeOther, grace, in("userId", alan.ID), "", `{"viewerRole":"MODERATOR"}`},
		{"remove again", removeOther, grace, in("userId", alan.ID), "NOT_FOUND", ""},
		{"delete as a moderator", deleteRoom, grace, in(), "FORBIDDEN", ""},
		{"hand over", changeRole, ada, in("userId", grace.ID, "role", "OWNER"), "", `{"owner":{"id":"` + grace.ID + `"},"viewerRole":"MODERATOR"}`},
		{"leave as the owner", leaveRoom, grace, in(), "", `{"owner":{"id":"` + ada.ID + `"},"viewerRole":null}`},
		{"leave again", leaveRoom, grace, in(), "CONFLICT", ""},
		{"leave as the last", leaveRoom, ada, in(), "", `{"leaveRoom":{"room":null}}`},
		{"join what is gone", joinRoom, ada, in(), "NOT_FOUND", ""},
		{"delete what is gone", deleteRoom, ada, in(), "NOT_FOUND", ""},
	} {
		a := w.rooms.Do(step.by, mutation(step.field), variables{"in": step.in})
		code := ""
		if len(a.Errors) > 0 {
			code = a.Errors[0].Code
		}
		if code != step.code || !strings.Contains(string(a.Data), step.want) {
			t.Fatalf("%s: answer %s with errors %+v, want %s and code %q", step.name, a.Data, a.Errors, step.want, step.code)
		}
	}
}

func TestMutation_not_an_id(t *testing.T) {
	w := newWorld(t)
	ada := w.Person()
	for _, id := range []any{"42", "", 42, "urn:uuid:" + newID(), strings.ReplaceAll(newID(), "-", "")} {
		got := w.rooms.Refused(ada, mutation(joinRoom), variables{"in": variables{"roomId": id}})
		if got.Code != "BAD_USER_INPUT" || !strings.Contains(got.Message, fmt.Sprint(id)) {
			t.Errorf("error %+v, want BAD_USER_INPUT that names %v", got, id)
		}
	}
}
