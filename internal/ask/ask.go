// Package ask knows how a domain asks the graph for what other domains own:
// with a GraphQL query to the one endpoint, on behalf of whoever asks the
// domain.
package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/trace"
)

// timeout bounds one question.
const timeout = 10 * time.Second

// Graph is the endpoint of the graph.
type Graph struct {
	url    string
	client *http.Client
}

// At asks the graph at the URL.
func At(url string) *Graph {
	return &Graph{url: url, client: &http.Client{Timeout: timeout, Transport: pooled()}}
}

// pooled keeps as many idle connections to the one endpoint as a busy domain uses.
func pooled() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

// Within asks the graph that is served in this process, without a network.
func Within(transport http.RoundTripper) *Graph {
	return &Graph{url: "http://graph.internal/graphql", client: &http.Client{Timeout: timeout, Transport: transport}}
}

type question struct {
	Query     string `json:"query"`
	Variables any    `json:"variables,omitempty"`
}

type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []problem       `json:"errors"`
}

type problem struct {
	Message    string         `json:"message"`
	Extensions map[string]any `json:"extensions"`
}

// Ask runs the operation with the variables and decodes its data into out. The
// token of the context's caller and the request id go with it. The first error
// of the answer is returned, with its code; an endpoint that does not answer is
// UNAVAILABLE.
func (g *Graph) Ask(ctx context.Context, operation string, variables, out any) error {
	body, err := json.Marshal(question{operation, variables})
	if err != nil {
		return fmt.Errorf("ask the graph: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the graph: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json")
	request.Header.Set(trace.Header, trace.RequestID(ctx))
	if parent := trace.Parent(ctx); parent != "" {
		request.Header.Set(trace.ParentHeader, parent)
	}
	if c, ok := caller.From(ctx); ok {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := g.client.Do(request)
	if err != nil {
		return unavailable(err)
	}
	defer response.Body.Close()
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return unavailable(fmt.Errorf("status %d: %w", response.StatusCode, err))
	}
	if len(a.Errors) > 0 {
		return a.Errors[0].fault()
	}
	if len(a.Data) == 0 {
		return unavailable(fmt.Errorf("status %d: neither data nor errors", response.StatusCode))
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		return fmt.Errorf("ask the graph: read its answer: %w", err)
	}
	return nil
}

func unavailable(err error) error {
	return fmt.Errorf("ask the graph: %w: %w", fault.New(fault.Unavailable, "Another part of the service does not answer now. Try again."), err)
}

// fault gives the error back as the domain that answered gave it. A code that
// says nothing about the asking person's request is an internal error here.
func (p problem) fault() error {
	code, _ := p.Extensions["code"].(string)
	switch fault.Code(code) {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.BadInput, fault.RateLimited, fault.Unavailable:
		f := fault.New(fault.Code(code), "%s", p.Message)
		f.Field, _ = p.Extensions["field"].(string)
		return f
	case "SUBGRAPH_UNAVAILABLE":
		return unavailable(fmt.Errorf("%s", p.Message))
	}
	return fmt.Errorf("ask the graph: %s (%s)", p.Message, code)
}
