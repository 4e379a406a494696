package subgraph

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/run"
)

// Resolvers is what a domain's Open gives: the resolvers of its schema, with
// the work that goes on beside them.
type Resolvers interface {
	run.Service
}

// HasRoutes is a domain that answers at further paths of its own.
type HasRoutes interface {
	Routes() map[string]http.Handler
}

// Of makes a domain from the three things that it consists of: its SDL, the
// function that opens it, and the generated function that binds its resolvers
// to its schema.
func Of[R Resolvers](name, listen, sdl string, open func(context.Context, Env) (R, error), bind func(R) graphql.ExecutableSchema) Domain {
	return Domain{
		Name: name, Listen: listen, SDL: sdl,
		Open: func(ctx context.Context, env Env) (*Server, error) {
			env.Log = env.Log.With("domain", name)
			if env.Getenv == nil {
				env.Getenv = os.Getenv
			}
			resolvers, err := open(ctx, env)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", name, err)
			}
			server := &Server{GraphQL: Handler(bind(resolvers), env), Service: resolvers}
			if has, ok := any(resolvers).(HasRoutes); ok {
				server.Extra = has.Routes()
			}
			return server, nil
		},
	}
}
