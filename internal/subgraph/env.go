// Package subgraph knows what every domain has in common: what it is given to
// open, and how its schema is served to the router.
package subgraph

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/live"
	"heddle/internal/mongo"
	"heddle/internal/postgres"
	"heddle/internal/run"
)

// Env is what a domain is given to open: the stores, the ways to the others,
// and the two things that are never taken from thin air, time and ids.
type Env struct {
	Postgres    postgres.Server
	Mongo       mongo.Server
	Redis       *redis.Client
	NATS        *nats.Conn
	Live        *live.Broker
	Graph       *ask.Graph
	Services    Services
	Callers     *caller.Verifier
	Revocations *caller.RedisRevocations
	Issuer      caller.Issuer // whose tokens our own auth domain gives
	Public      string        // where the outside reaches the graph's origin, such as "https://api.example.com"
	Log         *slog.Logger
	Now         func() time.Time
	NewID       func() string
	Getenv      func(name string) string // settings of a single domain, such as HEDDLE_ADMIN_EMAILS; os.Getenv if nil
}

// Services gives a context in which the graph is asked on behalf of the domain
// itself, as the service of that name (scope "service"): *ask.Services.
type Services interface {
	As(ctx context.Context, service string) (context.Context, error)
}

// Link is the address of one of the domain's further paths as the outside
// reaches it: the router's origin serves them, or hands them on.
func (e Env) Link(path string) string { return strings.TrimSuffix(e.Public, "/") + path }

// Clock reads the time as the stores keep it: in UTC, to the microsecond.
func Clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// NewID makes an id, a UUIDv7 (RFC 9562, section 5.7): later ids sort later.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Domain is one domain of the graph, as the list of all of them names it.
type Domain struct {
	Name   string
	Listen string // host:port when it runs alone
	SDL    string // what it offers the graph
	Open   func(ctx context.Context, env Env) (*Server, error)
}

// Server is an open domain.
type Server struct {
	GraphQL http.Handler            // answers the router
	Extra   map[string]http.Handler // further paths, such as "/.well-known/jwks.json"; one that ends in "/" is a subtree
	Service run.Service             // work beside requests; Stop closes what Open opened
}
