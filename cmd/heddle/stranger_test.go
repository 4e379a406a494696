package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heddle/internal/drive"
)

// right is one operation, with what comes of it for somebody without a token
// and for somebody who has an account but nothing to do with the matter: a
// code, or the data in full.
type right struct {
	operation string
	anonymous string
	stranger  string
}

const (
	unauthenticated = "UNAUTHENTICATED"
	forbidden       = "FORBIDDEN"
	notFound        = "NOT_FOUND"
)

// rights has every operation of the domains. $room is a room by
// invitation with $message in it; $open is an open one; $owner owns both;
// $session is a session of the owner.
var rights = []right{
	// auth
	{`query { me { id } }`, `{"me":null}`, `{"me":{"id":"$stranger"}}`},
	{`query { sessions { edges { node { id } } } }`, unauthenticated, `{"sessions":{"edges":[{"node":{"id":"$mine"}}]}}`},
	{`query { verifyToken(token: "x") { active } }`, `{"verifyToken":{"active":false}}`, `{"verifyToken":{"active":false}}`},
	{`mutation { signOut(input: {}) { endedSessions } }`, unauthenticated, ``},
	{`mutation { changePassword(input: {currentPassword: "x", newPassword: "12345678 9"}) { endedSessions } }`, unauthenticated, `BAD_USER_INPUT`},
	{`mutation { refreshToken(input: {refreshToken: "x"}) { tokenType } }`, unauthenticated, unauthenticated},
	{`mutation { resetPassword(input: {token: "x", newPassword: "12345678 9"}) { endedSessions } }`, `BAD_USER_INPUT`, `BAD_USER_INPUT`},
	{`mutation { grantRole(input: {userId: "$owner", role: TEACHER}) { user { id } } }`, unauthenticated, forbidden},
	{`mutation { revokeRole(input: {userId: "$owner", role: STUDENT}) { user { id } } }`, unauthenticated, forbidden},
	{`mutation { revokeSession(input: {sessionId: "$session"}) { endedSessionId } }`, unauthenticated, notFound},
	{`mutation { serviceToken(input: {service: "x", secret: "x"}) { accessToken } }`, forbidden, forbidden},
	// users
	{`query { user(id: "$owner") { username email roles preferences { theme } } }`, unauthenticated, `{"user":{"username":"$name","email":null,"roles":null,"preferences":null}}`},
	{`query { searchUsers(query: "$name") { totalCount } }`, unauthenticated, `{"searchUsers":{"totalCount":1}}`},
	{`mutation { createUser(input: {id: "$owner", username: "x-x", email: "x@y.example", firstName: "X", lastName: "Y"}) { user { id } } }`, unauthenticated, forbidden},
	{`mutation { updateProfile(input: {bio: "x"}) { user { profile { bio } } } }`, unauthenticated, `{"updateProfile":{"user":{"profile":{"bio":"x"}}}}`},
	{`mutation { updatePreferences(input: {theme: DARK}) { user { preferences { theme } } } }`, unauthenticated, `{"updatePreferences":{"user":{"preferences":{"theme":"DARK"}}}}`},
	{`mutation { deleteAccount(input: {confirmUsername: "$name"}) { deletedUserId } }`, unauthenticated, `BAD_USER_INPUT`},
	// rooms: their titles are open to everyone signed in, who is in one by invitation is not
	{`query { room(id: "$room") { title viewerRole owner { username } } }`, unauthenticated, `{"room":{"title":"Secret","viewerRole":null,"owner":{"username":"$name"}}}`},
	{`query { room(id: "$room") { participants { totalCount } } }`, unauthenticated, `{"room":{"participants":{"totalCount":0}}}`},
	{`query { room(id: "$open") { participants { totalCount } } }`, unauthenticated, `{"room":{"participants":{"totalCount":1}}}`},
	{`query { roomsByIds(ids: ["$room"]) { title participants { edges { node { role } } } } }`, unauthenticated, `{"roomsByIds":[{"title":"Secret","participants":{"edges":[]}}]}`},
	{`query { rooms(filter: {title: "Secret", joined: true}) { totalCount } }`, unauthenticated, `{"rooms":{"totalCount":0}}`},
	{`query { invitations { totalCount } }`, unauthenticated, `{"invitations":{"totalCount":0}}`},
	{`mutation { createRoom(input: {title: "Mine"}) { room { viewerRole } } }`, unauthenticated, `{"createRoom":{"room":{"viewerRole":"OWNER"}}}`},
	{`mutation { updateRoom(input: {roomId: "$room", title: "x"}) { room { id } } }`, unauthenticated, forbidden},
	{`mutation { deleteRoom(input: {roomId: "$room"}) { deletedRoomId } }`, unauthenticated, forbidden},
	{`mutation { joinRoom(input: {roomId: "$room"}) { room { id } } }`, unauthenticated, forbidden},
	{`mutation { leaveRoom(input: {roomId: "$room"}) { room { id } } }`, unauthenticated, `CONFLICT`},
	{`mutation { inviteToRoom(input: {roomId: "$room", userId: "$stranger"}) { invitation { createdAt } } }`, unauthenticated, forbidden},
	{`mutation { inviteToRoom(input: {roomId: "$open", userId: "$stranger"}) { invitation { createdAt } } }`, unauthenticated, forbidden},
	{`mutation { declineInvitation(input: {roomId: "$room"}) { declinedRoomId } }`, unauthenticated, notFound},
	{`mutation { changeParticipantRole(input: {roomId: "$room", userId: "$owner", role: MEMBER}) { room { id } } }`, unauthenticated, forbidden},
	{`mutation { removeParticipant(input: {roomId: "$room", userId: "$owner"}) { room { id } } }`, unauthenticated, forbidden},
	{`subscription { roomUpdated(roomId: "$room") { title } }`, unauthenticated, forbidden},
	{`subscription { roomUpdated(roomId: "$open") { title } }`, unauthenticated, forbidden},
	// messages: for participants alone, also in an open room
	{`query { message(id: "$message") { text } }`, unauthenticated, `{"message":null}`},
	{`query { room(id: "$room") { messages(last: 1) { totalCount } } }`, unauthenticated, forbidden},
	{`query { room(id: "$open") { messages(last: 1) { totalCount } } }`, unauthenticated, forbidden},
	{`mutation { createMessage(input: {roomId: "$room", text: "x"}) { message { id } } }`, unauthenticated, forbidden},
	{`mutation { createMessage(input: {roomId: "$open", text: "x"}) { message { id } } }`, unauthenticated, forbidden},
	{`mutation { deleteMessage(input: {messageId: "$message"}) { deletedMessageId } }`, unauthenticated, notFound},
	{`subscription { messageCreated(roomId: "$room") { text } }`, unauthenticated, forbidden},
	{`subscription { messageCreated(roomId: "$open") { text } }`, unauthenticated, forbidden},
	{`subscription { messageDeleted(roomId: "$room") { deletedMessageId } }`, unauthenticated, forbidden},
	// presence: whether somebody is online is open to everyone signed in, where they are is not
	{`query { user(id: "$owner") { status } }`, unauthenticated, `{"user":{"status":"OFFLINE"}}`},
	{`query { room(id: "$open") { online { totalCount } } }`, unauthenticated, forbidden},
	{`mutation { goOnline(input: {deviceId: "x", roomId: "$open"}) { heartbeatEvery } }`, unauthenticated, forbidden},
	{`mutation { heartbeat(input: {deviceId: "x", roomId: "$room"}) { expiresAt } }`, unauthenticated, forbidden},
	{`mutation { goOffline(input: {deviceId: "x"}) { presence { status } } }`, unauthenticated, `{"goOffline":{"presence":null}}`},
	{`mutation { setTyping(input: {deviceId: "x", roomId: "$open", typing: true}) { expiresAt } }`, unauthenticated, forbidden},
	{`subscription { presenceChanged(roomId: "$open") { status } }`, unauthenticated, forbidden},
	// collaboration: for participants alone, also in an open room
	{`query { codeDocument(roomId: "$open") { number } }`, unauthenticated, forbidden},
	{`query { room(id: "$open") { code { number } } }`, unauthenticated, forbidden},
	{`mutation { applyCodeUpdate(input: {roomId: "$open", update: "AAA="}) { number } }`, unauthenticated, forbidden},
	{`mutation { replaceCode(input: {roomId: "$open", texts: []}) { document { number } } }`, unauthenticated, forbidden},
	{`mutation { moveCursor(input: {roomId: "$open", clientId: "x"}) { room { id } } }`, unauthenticated, forbidden},
	{`subscription { codeUpdated(roomId: "$open") { number } }`, unauthenticated, forbidden},
	{`subscription { cursorMoved(roomId: "$open") { clientId } }`, unauthenticated, forbidden},
	// code: for participants alone, also in an open room
	{`query { codeSnapshot(roomId: "$open", number: 1) { id } }`, unauthenticated, forbidden},
	{`query { codeDiff(roomId: "$open", from: 0, to: 1) { unified } }`, unauthenticated, forbidden},
	{`query { room(id: "$open") { snapshots { totalCount } } }`, unauthenticated, forbidden},
	{`query { message(id: "$message") { codeSnapshot { number } } }`, unauthenticated, `{"message":null}`},
	{`query { room(id: "$open") { latestSnapshot { number } } }`, unauthenticated, forbidden},
	{`mutation { saveSnapshot(input: {roomId: "$open"}) { snapshot { number } } }`, unauthenticated, forbidden},
	{`mutation { restoreSnapshot(input: {roomId: "$open", number: 1}) { snapshot { number } } }`, unauthenticated, forbidden},
	// notifications: everybody has their own, what is sent is for services, and how it went for administrators
	{`query { notifications { totalCount unreadCount } }`, unauthenticated, `{"notifications":{"totalCount":0,"unreadCount":0}}`},
	{`query { notificationSettings { timeZone quietHours { from } } }`, unauthenticated, `{"notificationSettings":{"timeZone":"UTC","quietHours":null}}`},
	{`query { pushSubscriptions { totalCount } }`, unauthenticated, `{"pushSubscriptions":{"totalCount":0}}`},
	{`query { pushServerKey }`, unauthenticated, ``},
	{`query { mailbox { totalCount } }`, unauthenticated, forbidden},
	{`query { notificationDeliveries { totalCount } }`, unauthenticated, forbidden},
	{`query { bouncedAddresses { totalCount } }`, unauthenticated, forbidden},
	{`query { notificationTemplates { totalCount } }`, unauthenticated, forbidden},
	{`query { notificationTemplate(name: "message") { name } }`, unauthenticated, forbidden},
	{`query { previewNotification(template: "message") { title } }`, unauthenticated, forbidden},
	{`mutation { markNotificationRead(input: {notificationId: "$message"}) { unreadCount } }`, unauthenticated, notFound},
	{`mutation { markAllNotificationsRead(input: {}) { markedCount } }`, unauthenticated, `{"markAllNotificationsRead":{"markedCount":0}}`},
	{`mutation { updateNotificationSettings(input: {timeZone: "Europe/Berlin"}) { settings { timeZone } } }`, unauthenticated, `{"updateNotificationSettings":{"settings":{"timeZone":"Europe/Berlin"}}}`},
	{`mutation { registerPushSubscription(input: {endpoint: "http://push.example/", keys: {p256dh: "x", auth: "x"}}) { pushSubscription { id } } }`, unauthenticated, `BAD_USER_INPUT`},
	{`mutation { unregisterPushSubscription(input: {endpoint: "https://push.example/"}) { endpoint } }`, unauthenticated, `{"unregisterPushSubscription":{"endpoint":"https://push.example/"}}`},
	{`mutation { sendNotification(input: {userId: "$owner", template: "message"}) { requestId } }`, unauthenticated, forbidden},
	{`mutation { sendEmail(input: {to: "x@y.example", template: "message"}) { requestId } }`, unauthenticated, forbidden},
	{`mutation { sendSms(input: {to: "+491701234567", template: "message"}) { requestId } }`, unauthenticated, forbidden},
	{`mutation { sendPush(input: {userId: "$owner", template: "message"}) { requestId } }`, unauthenticated, forbidden},
	{`mutation { createTemplateVersion(input: {name: "x", category: GENERAL, variables: [], texts: []}) { version { version } } }`, unauthenticated, forbidden},
	{`mutation { activateTemplateVersion(input: {name: "message", version: 1}) { template { name } } }`, unauthenticated, forbidden},
	{`mutation { forgetBouncedAddress(input: {channel: EMAIL, address: "x@y.example"}) { address } }`, unauthenticated, forbidden},
	{`subscription { notificationReceived { title } }`, unauthenticated, ``},
}

// TestRights asks every operation as nobody and as a stranger. Afterwards all
// is as it was, and the owner has heard nothing.
func TestRights(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		owner, stranger := signUp(t, w.Origin(), "owner"), signUp(t, w.Origin(), "stranger")
		room := owner.must(t, `mutation { createRoom(input: {title: "Secret", visibility: INVITATION}) { room { id } } }`, nil).Text("createRoom", "room", "id")
		open := owner.makeRoom(t, "Open")
		message := owner.say(t, room, "Not for strangers")
		names := strings.NewReplacer("$room", room, "$open", open, "$owner", owner.id, "$session", owner.session,
			"$message", message, "$stranger", stranger.id, "$mine", stranger.session, "$name", owner.username)
		l := carriers[0].listen(t, owner, messageCreated, vars{"room": room})
		begins(t, l, owner, room)
		coversAll(t, owner)
		before := owner.must(t, ownView, vars{"room": room, "open": open})
		for _, r := range rights {
			operation := names.Replace(r.operation)
			check(t, operation, "a stranger", names.Replace(r.stranger), answer(t, stranger, operation, r.stranger))
			check(t, operation, "nobody", names.Replace(r.anonymous), answer(t, signedOut(w.Origin()), operation, r.anonymous))
		}
		if after := owner.must(t, ownView, vars{"room": room, "open": open}); string(after.Body) != string(before.Body) {
			t.Errorf("before: %s\nafter: %s", before.Body, after.Body)
		}
		owner.say(t, room, "Still here")
		if a, err := l.Next(soon(t)); err != nil || a.Text("messageCreated", "text") != "Still here" {
			t.Errorf("the owner hears %s, %v", a.Body, err)
		}
	})
}

// ownTables are the tables of domains that say themselves who may do what, and
// that of a school: see subgraphtest.Access.
func ownTables(t *testing.T) (all string) {
	t.Helper()
	files, err := filepath.Glob("../../subgraphs/*/testdata/access.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "testdata/school.txt") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// coversAll checks that the table, or that of a domain, has every operation of
// the graph, but for those that begin without an account.
func coversAll(t *testing.T, p *person) {
	t.Helper()
	var schema struct {
		Schema struct {
			QueryType, MutationType, SubscriptionType struct{ Fields []struct{ Name string } }
		} `json:"__schema"`
	}
	err := p.must(t, `{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { fields { name } } } }`, nil).Into(&schema)
	if err != nil {
		t.Fatal(err)
	}
	s, own := schema.Schema, ownTables(t)
	for _, field := range slices.Concat(s.QueryType.Fields, s.MutationType.Fields, s.SubscriptionType.Fields) {
		named := func(r right) bool { return regexp.MustCompile(`\b` + field.Name + `\b`).MatchString(r.operation) }
		if regexp.MustCompile(`(?m)^(Query|Mutation|Subscription)\.` + field.Name + `\b`).MatchString(own) {
			continue
		}
		if !slices.Contains([]string{"signUp", "signIn", "requestPasswordReset"}, field.Name) && !slices.ContainsFunc(rights, named) {
			t.Errorf("the table has no line for %s", field.Name)
		}
	}
}

const ownView = `query($room: ID!, $open: ID!) {
	me { username roles email profile { bio } preferences { theme } }
	sessions { totalCount }
	room(id: $room) { title visibility viewerRole owner { id } participants { totalCount } messages { totalCount } }
	open: room(id: $open) {
		title viewerRole participants { totalCount } messages { totalCount }
		online { totalCount } code { number texts { name } } snapshots { totalCount edges { node { number } } }
	}
}`

// answer sends the operation, a subscription over SSE; nothing is sent when
// nothing is wanted.
func answer(t *testing.T, p *person, operation, want string) drive.Answer {
	t.Helper()
	if want == "" {
		return drive.Answer{}
	}
	if !strings.HasPrefix(operation, "subscription") {
		return p.ask(t, operation, nil)
	}
	l, err := p.Stream(t.Context(), operation, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	a, err := l.Next(soon(t))
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	if _, err := l.Over(soon(t)); err != nil {
		t.Errorf("%s: the subscription goes on: %v", operation, err)
	}
	return a
}

// check holds an answer against a code or data.
func check(t *testing.T, operation, who, want string, got drive.Answer) {
	t.Helper()
	assertNothingInternal(t, got)
	switch {
	case want == "":
	case strings.HasPrefix(want, "{"):
		if string(got.Data) != want || len(got.Errors) > 0 {
			t.Errorf("%s\n%s gets %s\nwanted %s", operation, who, got.Body, want)
		}
	case len(got.Errors) == 0:
		t.Errorf("%s\n%s gets %s\nwanted %s", operation, who, got.Body, want)
	default:
		for _, code := range got.Codes() {
			if code != want {
				t.Errorf("%s\n%s gets %s\nwanted %s", operation, who, got.Body, want)
			}
		}
	}
}
