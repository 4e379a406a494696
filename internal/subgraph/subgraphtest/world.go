// Package subgraphtest gives a test a world of its own in which domains run as
// they do in production: on PostgreSQL, Redis and NATS, over HTTP, with tokens
// of an issuer. A package whose tests use it says
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
package subgraphtest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/caller/callertest"
	"heddle/internal/embedded/storetest"
	"heddle/internal/live"
	"heddle/internal/mongo"
	"heddle/internal/subgraph"
)

// World is what the domains of one test live in.
type World struct {
	Env        subgraph.Env
	Issuer     *callertest.Issuer
	Redis      *storetest.RedisProcess
	Statements *Statements
	Commands   *Commands // once Mongo was called

	t       testing.TB
	graph   *graph
	nats    string // URL
	publish func() *pgxpool.Pool
}

// New makes a world. Its graph has no domain yet: see Graph.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, Issuer: callertest.New(t), Redis: storetest.RedisServer(t), Statements: newStatements(t), graph: newGraph(t)}
	w.Env = subgraph.Env{
		Postgres: storetest.PostgresServer(t),
		Graph:    ask.At(w.graph.url),
		Services: services{w.Issuer},
		Callers:  w.Issuer.Verifier(nil),
		Issuer:   w.Issuer.Issuer(),
		Log:      slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Now:      subgraph.Clock,
		NewID:    subgraph.NewID,
	}
	w.Env.Postgres.Tracer = w.Statements
	w.nats = storetest.NATS(t)
	w.Process()
	w.publish = sync.OnceValue(w.openPublisher)
	return w
}

// Mongo gives the domains that are opened from now on a server that speaks the
// MongoDB protocol.
func (w *World) Mongo() {
	w.t.Helper()
	w.Commands = newCommands(w.t)
	w.Env.Mongo = mongo.Server{URL: storetest.Mongo(w.t), Monitor: w.Commands.Monitor()}
}

// Process makes the domains that are opened from now on live in a process of
// their own: with other connections to the same stores.
func (w *World) Process() {
	w.t.Helper()
	options, err := redis.ParseURL(w.Redis.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	client := redis.NewClient(options)
	broker := live.NewBroker(client, w.Env.Log)
	if err := broker.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	conn, err := nats.Connect(w.nats, nats.MaxReconnects(-1))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(conn.Close)
	w.Env.Redis, w.Env.Live, w.Env.NATS, w.Env.Revocations = client, broker, conn, caller.NewRedisRevocations(client)
	w.t.Cleanup(func() {
		if err := broker.Stop(context.Background()); err != nil {
			w.t.Errorf("stop the broker: %v", err)
		}
		if err := client.Close(); err != nil {
			w.t.Errorf("close Redis: %v", err)
		}
	})
}

// Open opens a domain and serves it, with its further paths.
func (w *World) Open(domain subgraph.Domain) *Service {
	w.t.Helper()
	server, err := domain.Open(w.t.Context(), w.Env)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := server.Service.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", server.GraphQL)
	for path, handler := range server.Extra {
		mux.Handle(path, handler)
	}
	listener := httptest.NewServer(mux)
	s := &Service{URL: listener.URL, t: w.t, client: listener.Client()}
	w.t.Cleanup(func() {
		listener.CloseClientConnections()
		listener.Close()
		if err := server.Service.Stop(context.Background()); err != nil {
			w.t.Errorf("stop %s: %v", domain.Name, err)
		}
	})
	return s
}

// Person is somebody who is signed in.
type Person struct{ ID, Token string }

// Person makes a new person.
func (w *World) Person() Person {
	w.t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	return Person{ID: id, Token: w.Issuer.Token(id, nil)}
}

// PersonWith makes a new person with roles, such as caller.Admin.
func (w *World) PersonWith(roles ...string) Person {
	w.t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	return Person{ID: id, Token: w.Issuer.Token(id, map[string]any{"roles": roles})}
}

// Service makes a person of a service.
func (w *World) Service(name string) Person {
	w.t.Helper()
	return Person{ID: "service:" + name, Token: w.Issuer.ServiceToken(name)}
}

// services are those of the world's issuer.
type services struct{ issuer *callertest.Issuer }

func (s services) As(ctx context.Context, service string) (context.Context, error) {
	return caller.With(ctx, caller.Caller{
		ID: "service:" + service, Scopes: []string{caller.ServiceScope}, Token: s.issuer.ServiceToken(service),
	}), nil
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Logf("%s", strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
