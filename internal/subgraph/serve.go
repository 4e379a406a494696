package subgraph

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"heddle/internal/body"
	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/trace"
)

const (
	parsedQueries = 1000             // kept, of those the router sends
	keepAlive     = 10 * time.Second // between signs of life on a subscription
	bodyLimit     = 16 << 20         // of a request's body, in bytes, files included
	filesInMemory = 1 << 20          // of a request's files, in bytes; more are on disk meanwhile
)

// Handler serves the schema to the router: POST, also with files (GraphQL
// multipart request specification), SSE and WebSocket (graphql-transport-ws). It verifies the caller's token itself, whatever the
// router did.
func Handler(schema graphql.ExecutableSchema, env Env) http.Handler {
	server := handler.New(schema)
	server.AddTransport(transport.SSE{KeepAlivePingInterval: keepAlive})
	server.AddTransport(socket(env.Callers))
	server.AddTransport(transport.MultipartForm{MaxUploadSize: bodyLimit, MaxMemory: filesInMemory})
	server.AddTransport(transport.POST{})
	server.SetQueryCache(lru.New[*ast.QueryDocument](parsedQueries))
	server.Use(extension.Introspection{})
	server.AroundOperations(sharing)
	server.SetErrorPresenter(presenter(env.Log))
	server.SetRecoverFunc(recovery(env.Log))
	checked := env.Callers.Middleware(server, refuse(env.Log))
	return trace.Middleware(bounded(checked))
}

// bounded refuses bodies that are too large; one that does not say how large it
// is breaks off where it becomes too large.
func bounded(next http.Handler) http.Handler {
	next = http.MaxBytesHandler(next, bodyLimit)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > bodyLimit {
			body.Discard(w, r)
			answer(w, http.StatusRequestEntityTooLarge, &gqlerror.Error{
				Message:    fmt.Sprintf("A request's body has at most %d bytes; this one has %d.", bodyLimit, r.ContentLength),
				Extensions: map[string]any{"code": string(fault.BadInput)},
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// socket takes the token from the connection's first message, or from the
// upgrade request, which the middleware has seen already.
func socket(callers *caller.Verifier) transport.Websocket {
	return transport.Websocket{
		KeepAlivePingInterval: keepAlive,
		InitFunc: func(ctx context.Context, init transport.InitPayload) (context.Context, *transport.InitPayload, error) {
			if id := init.GetString(trace.Header); id != "" {
				ctx = trace.WithRequestID(ctx, trace.Accept(id))
			}
			ctx, err := callers.Authorize(ctx, init.Authorization())
			return ctx, nil, err
		},
	}
}

// refuse answers a request whose token is not valid.
func refuse(log *slog.Logger) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		problem := present(r.Context(), log, err)
		status := http.StatusUnauthorized
		if problem.Extensions["code"] != string(fault.Unauthenticated) {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, problem)
	}
}

// answer answers a request that gets no further.
func answer(w http.ResponseWriter, status int, problem *gqlerror.Error) {
	w.Header().Set("Content-Type", "application/graphql-response+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]gqlerror.List{"errors": {problem}}) // the client may be gone
}
