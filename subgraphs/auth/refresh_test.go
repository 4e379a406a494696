package auth_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"heddle/internal/subgraph/subgraphtest"
)

func TestRefreshToken_rotates(t *testing.T) {
	w := newWorld(t)
	first := w.signUp("ada")
	second := w.refresh(first.RefreshToken)
	third := w.refresh(second.RefreshToken)
	if second.RefreshToken == first.RefreshToken || third.RefreshToken == second.RefreshToken || third.Session.ID != first.Session.ID {
		t.Errorf("from %+v came %+v, then %+v", first, second, third)
	}
	for _, e := range []entry{first, second, third} { // access tokens live until they expire
		w.auth.Get(e.person(), me, nil, &struct{}{})
	}
	w.refused(t, "what is no refresh token", "abc")
	w.refused(t, "an access token", first.AccessToken)
}

// refused asks for a refresh that must fail.
func (w *world) refused(t *testing.T, what, token string) {
	t.Helper()
	if got := w.auth.Refused(nobody, refresh, variables{"token": token}); got.Code != "UNAUTHENTICATED" {
		t.Errorf("%s was refused with %+v, want UNAUTHENTICATED", what, got)
	}
}

// signedOut checks that an access token is no longer accepted.
func (w *world) signedOut(t *testing.T, what string, e entry) {
	t.Helper()
	if got := w.auth.Refused(e.person(), me, nil); got.Code != "UNAUTHENTICATED" {
		t.Errorf("%s: the access token was answered with %+v, want UNAUTHENTICATED", what, got)
	}
}

func TestRefreshToken_used_again_ends_the_session(t *testing.T) {
	w := newWorld(t)
	first := w.signUp("ada")
	other := w.signIn("ada")
	second := w.refresh(first.RefreshToken)
	w.clock.forward(11 * time.Second)
	w.refused(t, "a token that was used before", first.RefreshToken)
	w.refused(t, "the token that came after it", second.RefreshToken)
	w.signedOut(t, "the first", first)
	w.signedOut(t, "the second", second)
	w.refresh(other.RefreshToken) // the person's other session goes on
}

func TestRefreshToken_used_again_at_once_after_its_successor(t *testing.T) {
	w := newWorld(t)
	first := w.signUp("ada")
	third := w.refresh(w.refresh(first.RefreshToken).RefreshToken)
	w.refused(t, "a token whose successor was used", first.RefreshToken)
	w.refused(t, "the newest token", third.RefreshToken)
}

func TestRefreshToken_of_two_tabs_at_once(t *testing.T) {
	w := newWorld(t)
	first := w.signUp("ada")
	answers := make([]subgraphtest.Answer, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = w.auth.Do(nobody, refresh, variables{"token": first.RefreshToken}) })
	}
	wg.Wait()
	next := ""
	for _, answer := range answers {
		var got struct{ RefreshToken entry }
		if err := json.Unmarshal(answer.Data, &got); err != nil || len(answer.Errors) > 0 {
			t.Fatalf("a tab got %s, %+v (%v)", answer.Data, answer.Errors, err)
		}
		if next != "" && got.RefreshToken.RefreshToken != next {
			t.Errorf("two tabs got %q and %q", got.RefreshToken.RefreshToken, next)
		}
		next = got.RefreshToken.RefreshToken
		w.auth.Get(got.RefreshToken.person(), me, nil, &struct{}{})
	}
	w.refresh(next)
}

func TestRefreshToken_of_a_session_that_is_over(t *testing.T) {
	w := newWorld(t)
	unused, used, out := w.signUp("ada"), w.signIn("ada"), w.signIn("ada")
	w.auth.Get(out.person(), `mutation { signOut(input: {}) { endedSessions } }`, nil, &struct{}{})
	w.refused(t, "the token of a session that was ended", out.RefreshToken)
	w.clock.forward(29 * 24 * time.Hour)
	used = w.refresh(used.RefreshToken)
	w.clock.forward(2 * 24 * time.Hour)
	w.refused(t, "the token of a session that ran out", unused.RefreshToken)
	w.refresh(used.RefreshToken)
}
