package main_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"heddle/internal/drive"
)

// TestAccount_deleted deletes an account and waits until every domain has
// heard of it: nothing of the person is left.
func TestAccount_deleted(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		leaver, friend := signUp(t, w.Origin(), "leaver"), signUp(t, w.Origin(), "friend")
		shared := leaver.makeRoom(t, "Shared", friend)
		alone := leaver.makeRoom(t, "Alone")
		friend.say(t, shared, "Will you stay?")
		message := leaver.say(t, shared, "No.")
		const remove = `mutation($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }`
		leaver.refused(t, "BAD_USER_INPUT", remove, input{"confirmUsername": friend.username})
		leaver.must(t, remove, input{"confirmUsername": leaver.username})
		const view = `query($user: ID!, $name: String!, $shared: ID!, $alone: ID!, $message: ID!) {
			user(id: $user) { id }
			searchUsers(query: $name) { totalCount }
			shared: room(id: $shared) { owner { username } participants { totalCount } }
			alone: room(id: $alone) { id }
			message(id: $message) { text author { username } }
		}`
		with := vars{"user": leaver.id, "name": leaver.username, "shared": shared, "alone": alone, "message": message}
		erased := eventually(t, friend, view, with, func(a drive.Answer) bool {
			return a.At("user") == nil && a.At("alone") == nil && a.Text("shared", "owner", "username") == friend.username && a.Text("message", "text") != "No."
		})
		if strings.Contains(string(erased.Body), leaver.username) || len(erased.Errors) > 0 {
			t.Errorf("afterwards: %s", erased.Body)
		}
		if a := leaver.ask(t, me, nil); a.At("me") != nil {
			t.Errorf("the token of a deleted account still gives %s", a.Body)
		}
		nobody := signedOut(w.Origin())
		nobody.refused(t, unauthenticated, refresh, input{"refreshToken": leaver.refresh})
		nobody.refused(t, unauthenticated, `mutation($input: SignInInput!) { signIn(input: $input) { tokenType } }`, input{"email": leaver.email, "password": password})
		t.Logf("afterwards: %s", erased.Data)
	})
}

// eventually asks until the answer is as it must become: events travel by
// themselves, and nothing tells from outside when they have arrived.
func eventually(t *testing.T, p *person, query string, with any, is func(drive.Answer) bool) drive.Answer {
	t.Helper()
	ctx := soon(t)
	var last drive.Answer
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		a, err := p.Ask(ctx, query, with)
		if err == nil && is(a) {
			return a
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			last = drive.Answer{Body: fmt.Append(nil, err)}
		} else if err == nil {
			last = a
		}
		select {
		case <-ctx.Done():
			t.Fatalf("it never became so; last: %s", last.Body)
		case <-time.After(pause):
		}
	}
}
