package ask

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"heddle/internal/caller"
)

// early is how long before its end a service's token is replaced.
const early = 10 * time.Second

// Services lets domains ask the graph on their own behalf, where nobody else
// asks: when they act on an event, or at a time. The domain auth gives a service
// its token for the secret that our own processes share.
type Services struct {
	graph  *Graph
	secret string

	mu    sync.Mutex
	known map[string]caller.Caller // by service
}

// NewServices asks the graph for tokens with the secret. Without one, no service
// has a token.
func NewServices(graph *Graph, secret string) *Services {
	return &Services{graph: graph, secret: secret, known: map[string]caller.Caller{}}
}

// As returns a context in which the graph is asked by the service of that name.
func (s *Services) As(ctx context.Context, service string) (context.Context, error) {
	s.mu.Lock()
	defer s.mu.Unlock() // whoever comes meanwhile wants the same token
	c, known := s.known[service]
	if !known || time.Until(c.ExpiresAt) < early {
		var err error
		if c, err = s.token(ctx, service); err != nil {
			return nil, fmt.Errorf("get a token for service %s: %w", service, err)
		}
		s.known[service] = c
	}
	return caller.With(ctx, c), nil
}

func (s *Services) token(ctx context.Context, service string) (c caller.Caller, err error) {
	if s.secret == "" {
		return c, errors.New("HEDDLE_SERVICE_SECRET is not set")
	}
	var got struct {
		ServiceToken struct {
			AccessToken string
			ExpiresAt   time.Time
		}
	}
	err = s.graph.Ask(caller.Without(ctx), `mutation($input: ServiceTokenInput!) { serviceToken(input: $input) { accessToken expiresAt } }`,
		map[string]any{"input": map[string]any{"service": service, "secret": s.secret}}, &got)
	return caller.Caller{
		ID: "service:" + service, Scopes: []string{caller.ServiceScope},
		Token: got.ServiceToken.AccessToken, ExpiresAt: got.ServiceToken.ExpiresAt,
	}, err
}
