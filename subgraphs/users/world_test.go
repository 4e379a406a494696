package users_test

import (
	"testing"

	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/users"
	usersgraph "heddle/subgraphs/users/graph"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var usersDomain = subgraph.Of("users", "", users.SDL, users.Open, usersgraph.Bind)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
)

// nobody is who is not signed in.
var nobody person

type world struct {
	*subgraphtest.World
	users *subgraphtest.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{World: subgraphtest.New(t)}
	w.users = w.Open(usersDomain)
	return w
}

const createUser = `mutation($input: CreateUserInput!) { createUser(input: $input) { user { id username email createdAt } } }`

func record(id, username, firstName, lastName string) variables {
	return variables{"input": variables{
		"id": id, "username": username, "email": username + "@heddle.example", "firstName": firstName, "lastName": lastName,
	}}
}

// add makes a person with a record.
func (w *world) add(username, firstName, lastName string) person {
	p := w.Person()
	w.users.Get(w.Service("auth"), createUser, record(p.ID, username, firstName, lastName), &struct{}{})
	return p
}
