package main

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"heddle/internal/caller/callertest"
	"heddle/internal/drive"
)

// people gives tokens of an issuer that the worlds trust.
type people struct {
	*callertest.Issuer
	host *host
}

// host is the testing.TB that the issuer wants.
type host struct {
	testing.TB
	cleanups []func()
}

func (h *host) Helper()          {}
func (h *host) Cleanup(f func()) { h.cleanups = append(h.cleanups, f) }
func (h *host) Fatal(args ...any) {
	panic(fmt.Sprint(args...))
}
func (h *host) Error(args ...any) { panic(fmt.Sprint(args...)) }

func newPeople() *people {
	h := &host{}
	return &people{callertest.New(h), h}
}

func (p *people) close() {
	for _, cleanup := range slices.Backward(p.host.cleanups) {
		cleanup()
	}
}

// trust is the issuer as --trust wants it.
func (p *people) trust() string {
	i := p.Issuer.Issuer()
	return i.Name + " " + i.Audience + " " + i.JWKS
}

// stranger is a new person without an account.
func (p *people) stranger(origin string) drive.Client {
	return drive.Client{Origin: origin, Token: p.Token(newID(), nil)}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// must sends an operation that must succeed, and gives a string of its data.
func must(ctx context.Context, c drive.Client, query string, input map[string]any, names ...string) (string, error) {
	a, err := c.Ask(ctx, query, map[string]any{"input": input})
	if err != nil {
		return "", err
	}
	if len(a.Errors) > 0 {
		return "", fmt.Errorf("the graph refuses: %v", a.Errors)
	}
	return a.Text(names...), nil
}

const (
	signUp     = `mutation($input: SignUpInput!) { signUp(input: $input) { accessToken } }`
	createRoom = `mutation($input: CreateRoomInput!) { createRoom(input: $input) { room { id } } }`
	joinRoom   = `mutation($input: JoinRoomInput!) { joinRoom(input: $input) { room { id } } }`
	say        = `mutation($input: CreateMessageInput!) { createMessage(input: $input) { message { id } } }`
)

// account makes an account and signs it in.
func account(ctx context.Context, origin, name string) (drive.Client, error) {
	c := drive.Client{Origin: origin}
	token, err := must(ctx, c, signUp, map[string]any{
		"email": name + "@heddle.example", "password": "correct horse battery 9", "username": name, "firstName": name, "lastName": "Bench",
	}, "signUp", "accessToken")
	c.Token = token
	return c, err
}
