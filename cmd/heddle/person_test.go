package main_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/uuid"

	"heddle/internal/drive"
)

// person is somebody with an account.
type person struct {
	drive.Client
	id, username, email, password, refresh, session string
}

// password is that of everybody whom the tests sign up.
const password = "correct horse battery 9"

// signUp makes an account that nobody else has.
func signUp(t *testing.T, origin, name string) *person {
	t.Helper()
	p := &person{Client: drive.Client{Origin: origin}, username: name + "-" + strings.ToLower(rand.Text()[:10]), password: password}
	p.email = p.username + "@heddle.example"
	a := p.must(t, `mutation SignUp($input: SignUpInput!) {
		signUp(input: $input) { accessToken refreshToken tokenType user { id username } session { id } }
	}`, input{"email": p.email, "password": p.password, "username": p.username, "firstName": name, "lastName": "Tester"})
	p.enter(t, a, "signUp")
	return p
}

// enter takes the tokens of an AuthPayload.
func (p *person) enter(t *testing.T, a drive.Answer, field string) {
	t.Helper()
	p.Token, p.refresh = a.Text(field, "accessToken"), a.Text(field, "refreshToken")
	p.id, p.session = a.Text(field, "user", "id"), a.Text(field, "session", "id")
	if p.Token == "" || p.refresh == "" || p.id == "" || p.session == "" {
		t.Fatalf("%s gives no tokens: %s", field, a.Body)
	}
}

// at is the same person at another router.
func (p *person) at(origin string) *person {
	other := *p
	other.Origin = origin
	return &other
}

// admin is an administrator, by a token of the outside issuer.
func admin(origin string) *person {
	id := newID()
	token := issuer().Token(id, map[string]any{"roles": []string{"ADMIN"}})
	return &person{Client: drive.Client{Origin: origin, Token: token}, id: id}
}

// input is the input of a mutation, sent as the variable $input.
type input map[string]any

// vars are the variables of an operation.
type vars map[string]any

// ask sends an operation, whatever comes of it.
func (p *person) ask(t testing.TB, query string, with any) drive.Answer {
	t.Helper()
	if in, ok := with.(input); ok {
		with = vars{"input": in}
	}
	a, err := p.Ask(soon(t), query, with)
	if err != nil {
		t.Fatalf("%s: %v", p.username, err)
	}
	return a
}

// must sends an operation that must succeed.
func (p *person) must(t testing.TB, query string, with any) drive.Answer {
	t.Helper()
	a := p.ask(t, query, with)
	if len(a.Errors) > 0 || a.Status != 200 {
		t.Fatalf("%s is refused (status %d): %v\n%s", p.username, a.Status, a.Errors, query)
	}
	return a
}

// refused sends an operation that must fail with this one code.
func (p *person) refused(t testing.TB, code, query string, with any) drive.Answer {
	t.Helper()
	a := p.ask(t, query, with)
	if len(a.Errors) != 1 || a.Errors[0].Code() != code {
		t.Fatalf("%s should be refused with %s, but (status %d): %s\n%s", p.username, code, a.Status, a.Body, query)
	}
	return a
}

// makeRoom makes a room that the person owns, and the others join.
func (p *person) makeRoom(t *testing.T, title string, others ...*person) string {
	t.Helper()
	room := p.must(t, `mutation($input: CreateRoomInput!) { createRoom(input: $input) { room { id } } }`, input{"title": title}).
		Text("createRoom", "room", "id")
	for _, other := range others {
		other.join(t, room)
	}
	return room
}

func (p *person) join(t *testing.T, room string) {
	t.Helper()
	p.must(t, `mutation($input: JoinRoomInput!) { joinRoom(input: $input) { room { viewerRole } } }`, input{"roomId": room})
}

const createMessage = `mutation($input: CreateMessageInput!) { createMessage(input: $input) { message { id text } } }`

// say says something in a room and returns the message's id.
func (p *person) say(t testing.TB, room, text string) string {
	t.Helper()
	return p.must(t, createMessage, input{"roomId": room, "text": text}).Text("createMessage", "message", "id")
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// signIn signs in somebody who has an account.
func signIn(t *testing.T, origin, email, password string) *person {
	t.Helper()
	p := &person{Client: drive.Client{Origin: origin}, email: email, password: password, username: email}
	a := p.must(t, `mutation($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken user { id username } session { id } } }`,
		input{"email": email, "password": password})
	p.username = a.Text("signIn", "user", "username")
	p.enter(t, a, "signIn")
	return p
}

// signedIn is a person of the outside issuer.
func signedIn(origin string) *person {
	id := newID()
	return &person{Client: drive.Client{Origin: origin, Token: issuer().Token(id, nil)}, id: id, username: "somebody"}
}

// signedOut is somebody without a token.
func signedOut(origin string) *person {
	return &person{Client: drive.Client{Origin: origin}, username: "nobody"}
}
