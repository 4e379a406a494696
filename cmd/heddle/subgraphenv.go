package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/embedded"
	"heddle/internal/live"
	"heddle/internal/mongo"
	"heddle/internal/postgres"
	"heddle/internal/run"
	"heddle/internal/subgraph"
)

// serviceSecret is the setting for which domains get tokens of their own.
const serviceSecret = "HEDDLE_SERVICE_SECRET"

// surroundings are what domains are given to open, with the connections that
// they share, which run between Start and Stop.
type surroundings struct {
	run.Service
	subgraph.Env
}

// surround connects to the stores. issuers are those whose tokens are accepted,
// our own auth domain first; origin is the router's unless HEDDLE_PUBLIC_URL
// says where the outside reaches it. Nothing has to answer yet, but an address
// must be one.
func surround(urls embedded.URLs, graph *ask.Graph, issuers []caller.Issuer, origin string, log *slog.Logger) (*surroundings, error) {
	target, err := redis.ParseURL(urls.Redis)
	if err != nil {
		return nil, fmt.Errorf("the Redis address is not a URL such as redis://127.0.0.1:6379/0: %w", err)
	}
	public := envOr("HEDDLE_PUBLIC_URL", origin)
	if err := checkURL(public); err != nil {
		return nil, fmt.Errorf("HEDDLE_PUBLIC_URL: %w", err)
	}
	redis.SetLogger(redisLog{log})
	client := redis.NewClient(target)
	bus, err := nats.Connect(urls.NATS, natsOptions(log)...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the NATS address is not a URL such as nats://127.0.0.1:4222: %w", err), client.Close())
	}
	revocations := caller.NewRedisRevocations(client)
	broker := live.NewBroker(client, log)
	return &surroundings{
		Service: run.All(connections{client, bus}, broker),
		Env: subgraph.Env{
			Postgres: postgres.Server{URL: urls.Postgres},
			Mongo:    mongo.Server{URL: urls.Mongo},
			Public:   public,
			Redis:    client, NATS: bus, Live: broker, Graph: graph,
			Services:    ask.NewServices(graph, os.Getenv(serviceSecret)),
			Callers:     caller.NewVerifier(issuers, revocations),
			Revocations: revocations,
			Issuer:      issuers[0],
			Log:         log,
			Now:         subgraph.Clock,
			NewID:       subgraph.NewID,
		},
	}, nil
}

// natsOptions make a connection that comes back by itself, whenever that is.
func natsOptions(log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.Name("heddle"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("lost the connection to NATS; trying again", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("reached NATS again") }),
	}
}

// redisLog takes what the Redis client says about its connections; whoever
// asked Redis for something gets the error too.
type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "Redis client: "+fmt.Sprintf(format, args...))
}

// connections are open from the beginning; Stop closes them.
type connections struct {
	redis *redis.Client
	nats  *nats.Conn
}

func (connections) Start(context.Context) error { return nil }

func (c connections) Stop(context.Context) error {
	c.nats.Close()
	if err := c.redis.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return err
	}
	return nil
}

// issuersFrom lists those whose access tokens are accepted: our own auth domain,
// whose keys are at jwks unless HEDDLE_JWKS_URL says otherwise, and those of
// --trust.
func issuersFrom(jwks string, trusted []string) ([]caller.Issuer, error) {
	own := caller.Issuer{
		Name:     envOr("HEDDLE_ISSUER", "heddle"),
		Audience: envOr("HEDDLE_AUDIENCE", "heddle"),
		JWKS:     envOr("HEDDLE_JWKS_URL", jwks),
	}
	issuers := []caller.Issuer{own}
	for _, text := range trusted {
		parts := strings.Fields(text)
		if len(parts) != 3 {
			return nil, fmt.Errorf(`--trust %q must have the form "ISSUER AUDIENCE JWKS-URL"`, text)
		}
		issuers = append(issuers, caller.Issuer{Name: parts[0], Audience: parts[1], JWKS: parts[2]})
	}
	return issuers, nil
}

// openDomains opens the domains side by side, in the order given. When one
// cannot be opened, the others are closed again.
func openDomains(ctx context.Context, domains []subgraph.Domain, env subgraph.Env) ([]*subgraph.Server, error) {
	servers := make([]*subgraph.Server, len(domains))
	errs := make([]error, len(domains))
	var opening []run.Service
	for i, d := range domains {
		opening = append(opening, opener(func(ctx context.Context) error {
			begin := time.Now()
			servers[i], errs[i] = d.Open(ctx, env)
			env.Log.Debug("domain "+d.Name+" is open", "took", time.Since(begin).Round(time.Millisecond))
			return nil
		}))
	}
	_ = run.Parallel(opening...).Start(ctx)
	if err := errors.Join(errs...); err != nil {
		for _, s := range servers {
			if s != nil && s.Service != nil {
				err = errors.Join(err, s.Service.Stop(context.WithoutCancel(ctx)))
			}
		}
		return nil, err
	}
	return servers, nil
}

// opener is a step of the start that has nothing to stop.
type opener func(ctx context.Context) error

func (o opener) Start(ctx context.Context) error { return o(ctx) }
func (opener) Stop(context.Context) error        { return nil }
