package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
)

const (
	list = `query($first: Int, $after: String, $last: Int, $before: String) {
		sessions(first: $first, after: $after, last: $last, before: $before) {
			edges { cursor node { id userAgent address current } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount
		}
	}`
	endSession = `mutation($id: ID!) { revokeSession(input: {sessionId: $id}) { endedSessionId } }`
)

type sessions struct {
	Sessions struct {
		Edges []struct {
			Cursor string
			Node   session
		}
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			EndCursor                    string
		}
		TotalCount int
	}
}

func (s sessions) ids() []string {
	ids := []string{}
	for _, edge := range s.Sessions.Edges {
		ids = append(ids, edge.Node.ID)
	}
	return ids
}

func TestSessions_of_the_caller(t *testing.T) {
	w := newWorld(t)
	first := w.signUp("ada")
	w.signUp("bob")
	phone := w.auth.With(caller.AddressHeader, "192.0.2.7").With(caller.AgentHeader, "phone")
	var second struct{ SignIn entry }
	phone.Get(nobody, signIn, credentials("ada", password), &second)
	third := w.signIn("ada")
	var all, begin, end sessions
	w.auth.Get(first.person(), list, nil, &all)
	if diff := cmp.Diff([]string{third.Session.ID, second.SignIn.Session.ID, first.Session.ID}, all.ids()); diff != "" {
		t.Errorf("the sessions, newest first (-want +got):\n%s", diff)
	}
	address, agent := "192.0.2.7", "phone"
	if diff := cmp.Diff(session{ID: second.SignIn.Session.ID, Address: &address, UserAgent: &agent}, all.Sessions.Edges[1].Node); diff != "" {
		t.Errorf("a session of another device (-want +got):\n%s", diff)
	}
	if !all.Sessions.Edges[2].Node.Current || all.Sessions.TotalCount != 3 {
		t.Errorf("the sessions are %+v", all)
	}
	w.auth.Get(first.person(), list, variables{"first": 2}, &begin)
	w.auth.Get(first.person(), list, variables{"first": 2, "after": begin.Sessions.PageInfo.EndCursor}, &end)
	if diff := cmp.Diff(all.ids(), append(begin.ids(), end.ids()...)); diff != "" || end.Sessions.PageInfo.HasNextPage {
		t.Errorf("in pages (-want +got):\n%s", diff)
	}
	if got := w.auth.Refused(nobody, list, nil); got.Code != "UNAUTHENTICATED" {
		t.Errorf("nobody's sessions were refused with %+v", got)
	}
}

func TestRevokeSession_of_oneself_or_by_an_administrator(t *testing.T) {
	w := newWorld(t)
	root, ada, bob := w.signUp("root"), w.signUp("ada"), w.signUp("bob")
	phone, laptop := w.signIn("ada"), w.signIn("ada")
	for _, id := range []string{phone.Session.ID, w.Person().ID} {
		if got := w.auth.Refused(bob.person(), endSession, variables{"id": id}); got.Code != "NOT_FOUND" {
			t.Errorf("somebody else's session was refused with %+v", got)
		}
	}
	w.auth.Get(ada.person(), endSession, variables{"id": phone.Session.ID}, &struct{}{})
	w.auth.Get(root.person(), endSession, variables{"id": laptop.Session.ID}, &struct{}{})
	w.signedOut(t, "one's own session", phone)
	w.signedOut(t, "a session ended by an administrator", laptop)
	w.auth.Get(ada.person(), me, nil, &struct{}{})
	var seen struct {
		Entities []*session `json:"_entities"`
	}
	represent := variables{"all": []variables{{"__typename": "Session", "id": ada.Session.ID}, {"__typename": "Session", "id": bob.Session.ID}}}
	w.auth.Get(bob.person(), `query($all: [_Any!]!) { _entities(representations: $all) { ... on Session { id current } } }`, represent, &seen)
	if seen.Entities[0] != nil || seen.Entities[1] == nil || !seen.Entities[1].Current {
		t.Errorf("bob sees the sessions %+v", seen.Entities)
	}
}

func TestSignOut(t *testing.T) {
	w := newWorld(t)
	ada, phone, laptop := w.signUp("ada"), w.signIn("ada"), w.signIn("ada")
	var got struct{ SignOut struct{ EndedSessions int } }
	w.auth.Get(phone.person(), `mutation { signOut(input: {}) { endedSessions } }`, nil, &got)
	w.signedOut(t, "the session", phone)
	w.auth.Get(ada.person(), `mutation { signOut(input: {everywhere: true}) { endedSessions } }`, nil, &got)
	if got.SignOut.EndedSessions != 2 {
		t.Errorf("%d sessions ended, want 2", got.SignOut.EndedSessions)
	}
	w.signedOut(t, "the last session", ada)
	w.signedOut(t, "another session", laptop)
	w.refused(t, "a refresh token", laptop.RefreshToken)
}

func TestDeleteAccount_erases_all_that_is_known(t *testing.T) {
	w := newWorld(t)
	root, ada := w.signUp("root"), w.signUp("ada")
	w.mailed()
	w.forgotten("ada", root.person(), 1)
	mark := w.Statements.Mark()
	w.users.Get(ada.person(), `mutation { deleteAccount(input: {confirmUsername: "ada"}) { deletedUserId } }`, nil, &struct{}{})
	w.Statements.Await(mark, "UPDATE revocations SET told", 1) // which comes after the commit
	w.signedOut(t, "after the account was deleted", ada)
	w.refused(t, "the refresh token of an account that was deleted", ada.RefreshToken)
	if got := w.auth.Refused(nobody, signIn, credentials("ada", password)); got.Code != "UNAUTHENTICATED" {
		t.Errorf("signing in was refused with %+v", got)
	}
	w.awaitMails(root.person(), 0)
	var rows int
	w.database(`SELECT (SELECT count(*) FROM credentials WHERE email LIKE 'ada%') + (SELECT count(*) FROM sessions s WHERE s.person_id = '`+ada.User.ID+`')
		+ (SELECT count(*) FROM password_mails) + (SELECT count(*) FROM password_resets)`, &rows)
	if rows != 0 {
		t.Errorf("%d rows are left of the person", rows)
	}
	if again := w.signUp("ada"); again.User.ID == ada.User.ID {
		t.Error("a new account has the id of the old one")
	}
}
