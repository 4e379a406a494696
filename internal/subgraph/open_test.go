package subgraph_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/run"
	"heddle/internal/subgraph"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
)

// routed is a domain with a path of its own.
type routed struct{ run.Service }

func (routed) Routes() map[string]http.Handler {
	return map[string]http.Handler{"/.well-known/x": http.NotFoundHandler()}
}

func TestOf(t *testing.T) {
	t.Parallel()
	env := subgraph.Env{Log: slog.New(slog.DiscardHandler)}
	bind := func(routed) graphql.ExecutableSchema { return roomsgraph.Bind(&rooms.Resolvers{}) }
	domain := subgraph.Of("x", "127.0.0.1:1", "type Query", func(context.Context, subgraph.Env) (routed, error) { return routed{run.All()}, nil }, bind)
	server, err := domain.Open(t.Context(), env)
	if err != nil || server.GraphQL == nil || server.Service == nil || len(server.Extra) != 1 {
		t.Errorf("server %+v (%v), want one with its route", server, err)
	}
	broken := errors.New("broken")
	domain = subgraph.Of("x", "", "", func(context.Context, subgraph.Env) (routed, error) { return routed{}, broken }, bind)
	if _, err := domain.Open(t.Context(), env); !errors.Is(err, broken) || err.Error() != "open x: broken" {
		t.Errorf("error %v, want open x: broken", err)
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	last := ""
	for range 1000 {
		id := subgraph.NewID()
		if id <= last {
			t.Fatalf("id %s after %s", id, last)
		}
		last = id
	}
}
