package main_test

import (
	"regexp"
	"strings"
	"testing"

	"heddle/internal/drive"
)

const authPayload = `{ accessToken refreshToken tokenType user { id username } session { id } }`

// TestAccount goes through the life of an account, from the endpoint's side.
func TestAccount(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		for name, test := range map[string]func(*testing.T, *drive.World){
			"sign up": signsUp, "session": hasSessions, "refresh": refreshes, "password": forgetsPassword, "role": getsRole, "profile": tellsOfThemselves,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, w)
			})
		}
	})
}

const me = `{ me { id username email roles firstName preferences { theme } profile { bio } } }`

func signsUp(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "sigrid")
	a := p.must(t, me, nil)
	if a.Text("me", "id") != p.id || a.Text("me", "username") != p.username || a.Text("me", "email") != p.email {
		t.Errorf("me is %s", a.Body)
	}
	if anonymous := signedOut(w.Origin()).must(t, me, nil); anonymous.At("me") != nil {
		t.Errorf("to a stranger, me is %s", anonymous.Body)
	}
	again := input{"email": strings.ToUpper(p.email), "password": password, "username": p.username + "2", "firstName": "S", "lastName": "T"}
	signedOut(w.Origin()).refused(t, "CONFLICT", `mutation($input: SignUpInput!) { signUp(input: $input) `+authPayload+` }`, again)
	for field, value := range map[string]string{"email": "not an address", "password": "short", "username": "no spaces please"} {
		in := input{"email": "x" + p.email, "password": password, "username": p.username + "3", "firstName": "S", "lastName": "T"}
		in[field] = value
		a := signedOut(w.Origin()).refused(t, "BAD_USER_INPUT", `mutation($input: SignUpInput!) { signUp(input: $input) `+authPayload+` }`, in)
		if a.Errors[0].Extensions["field"] != field {
			t.Errorf("a bad %s is reported as %v", field, a.Errors[0].Extensions)
		}
	}
	wrong := input{"email": p.email, "password": "not the password"}
	signedOut(w.Origin()).refused(t, "UNAUTHENTICATED", `mutation($input: SignInInput!) { signIn(input: $input) `+authPayload+` }`, wrong)
}

func hasSessions(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "sessa")
	second := signIn(t, w.Origin(), p.email, password)
	a := p.must(t, `{ sessions(first: 10) { totalCount edges { node { id current } } } }`, nil)
	if a.At("sessions", "totalCount") != 2.0 {
		t.Errorf("after two sign-ins the sessions are %s", a.Body)
	}
	stranger := signUp(t, w.Origin(), "stranger")
	stranger.refused(t, "NOT_FOUND", `mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { endedSessionId } }`, input{"sessionId": second.session})
	p.must(t, `mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { endedSessionId } }`, input{"sessionId": second.session})
	second.refused(t, "UNAUTHENTICATED", me, nil)
	p.must(t, `mutation($input: SignOutInput!) { signOut(input: $input) { endedSessions } }`, input{"everywhere": true})
	if a := p.refused(t, "UNAUTHENTICATED", me, nil); a.Status != 401 {
		t.Errorf("a revoked token gets status %d", a.Status)
	}
	refused := input{"refreshToken": p.refresh}
	signedOut(w.Origin()).refused(t, "UNAUTHENTICATED", refresh, refused)
}

const refresh = `mutation($input: RefreshTokenInput!) { refreshToken(input: $input) ` + authPayload + ` }`

// refreshes rotates the refresh token, and then uses one that was used before:
// the whole session ends.
func refreshes(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "reginald")
	first := p.refresh
	for range 2 {
		a := signedOut(w.Origin()).must(t, refresh, input{"refreshToken": p.refresh})
		p.enter(t, a, "refreshToken")
		p.must(t, me, nil)
	}
	thief := signedOut(w.Origin())
	thief.refused(t, "UNAUTHENTICATED", refresh, input{"refreshToken": first})
	thief.refused(t, "UNAUTHENTICATED", refresh, input{"refreshToken": p.refresh})
	p.refused(t, "UNAUTHENTICATED", me, nil)
	signIn(t, w.Origin(), p.email, password).must(t, me, nil)
}

func forgetsPassword(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "pia")
	const request = `mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }`
	nobody := signedOut(w.Origin())
	known := nobody.must(t, request, input{"email": p.email})
	unknown := nobody.must(t, request, input{"email": "nobody-" + p.email})
	if string(known.Body) != string(unknown.Body) {
		t.Errorf("with an account the answer is %s, without one %s", known.Body, unknown.Body)
	}
	const reset = `mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { endedSessions } }`
	token := mailedToken(t, w, p.email)
	nobody.refused(t, "BAD_USER_INPUT", reset, input{"token": token + "x", "newPassword": "another good one 1"})
	nobody.must(t, reset, input{"token": token, "newPassword": "another good one 1"})
	nobody.refused(t, "BAD_USER_INPUT", reset, input{"token": token, "newPassword": "another good one 2"})
	p.refused(t, "UNAUTHENTICATED", me, nil)
	p = signIn(t, w.Origin(), p.email, "another good one 1")
	const change = `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { endedSessions } }`
	p.refused(t, "BAD_USER_INPUT", change, input{"currentPassword": "wrong", "newPassword": "a third good one 1"})
	p.must(t, change, input{"currentPassword": "another good one 1", "newPassword": "a third good one 1"})
	signIn(t, w.Origin(), p.email, "a third good one 1")
}

// mailedToken reads the mail with the token, as an administrator may.
func mailedToken(t *testing.T, w *drive.World, to string) string {
	t.Helper()
	const mails = `query($to: String) { mailbox(to: $to, first: 1) { edges { node { text } } } }`
	var got struct {
		Mailbox struct {
			Edges []struct{ Node struct{ Text string } }
		}
	}
	eventually(t, admin(w.Origin()), mails, vars{"to": to}, func(a drive.Answer) bool {
		return a.Into(&got) == nil && len(got.Mailbox.Edges) > 0
	})
	text := got.Mailbox.Edges[0].Node.Text
	found := regexp.MustCompile(`\n\n(\S{20,})\n`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("there is no token in %q", text)
	}
	return found[1]
}

func getsRole(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "rolf")
	other := signUp(t, w.Origin(), "rita")
	const grant = `mutation($input: GrantRoleInput!) { grantRole(input: $input) { user { id roles } } }`
	const revoke = `mutation($input: RevokeRoleInput!) { revokeRole(input: $input) { user { id roles } } }`
	p.refused(t, "FORBIDDEN", grant, input{"userId": p.id, "role": "ADMIN"})
	for _, somebody := range []*person{p, signUp(t, w.Origin(), "keeper")} { // there is always an administrator left
		admin(w.Origin()).must(t, grant, input{"userId": somebody.id, "role": "ADMIN"})
	}
	p.refused(t, "FORBIDDEN", grant, input{"userId": other.id, "role": "TEACHER"}) // the token is still the old one
	p.enter(t, signedOut(w.Origin()).must(t, refresh, input{"refreshToken": p.refresh}), "refreshToken")
	p.must(t, grant, input{"userId": other.id, "role": "TEACHER"})
	admin(w.Origin()).must(t, revoke, input{"userId": p.id, "role": "ADMIN"})
	p.refused(t, "UNAUTHENTICATED", me, nil)
	p = signIn(t, w.Origin(), p.email, password)
	p.refused(t, "FORBIDDEN", grant, input{"userId": other.id, "role": "TEACHER"})
	if a := other.must(t, `query($id: ID!) { user(id: $id) { username roles email } }`, vars{"id": p.id}); a.Text("user", "username") != p.username ||
		a.At("user", "roles") != nil || a.At("user", "email") != nil {
		t.Errorf("others see %s", a.Body)
	}
}

func tellsOfThemselves(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "profa")
	other := signUp(t, w.Origin(), "reader")
	p.must(t, `mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }`,
		input{"firstName": "Zoë", "bio": "Weaves " + p.username, "website": "https://example.com/zoe"})
	p.must(t, `mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { user { id } } }`, input{"theme": "DARK", "language": "de"})
	if a := p.must(t, me, nil); a.Text("me", "preferences", "theme") != "DARK" || a.Text("me", "firstName") != "Zoë" {
		t.Errorf("me is %s", a.Body)
	}
	a := other.must(t, `query($q: String!) { searchUsers(query: $q, first: 5) { totalCount edges { node { id firstName preferences { theme } profile { bio } } } } }`,
		vars{"q": strings.ToUpper(p.username)})
	want := `{"searchUsers":{"totalCount":1,"edges":[{"node":{"id":"` + p.id + `","firstName":"Zoë","preferences":null,"profile":{"bio":"Weaves ` + p.username + `"}}}]}}`
	if string(a.Data) != want {
		t.Errorf("others find %s\nwanted %s", a.Data, want)
	}
}
