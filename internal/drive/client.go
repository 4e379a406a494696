package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// plain is a client that keeps connections, for all who ask.
var plain = &http.Client{
	Timeout:       time.Minute,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 30 * time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// CloseIdle closes the connections that nobody uses, so that no goroutine of
// theirs is left.
func CloseIdle() { plain.CloseIdleConnections() }

// Client asks an endpoint as somebody.
type Client struct {
	Origin string // http://host:port
	Token  string // access token; empty for a stranger
	Header http.Header
}

// Answer is a GraphQL response with the HTTP response around it.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Data   json.RawMessage
	Errors []Problem
}

// Problem is one error of a GraphQL response.
type Problem struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

// Code is the error's extensions.code.
func (p Problem) Code() string {
	code, _ := p.Extensions["code"].(string)
	return code
}

// String names the error as a failed test shows it.
func (p Problem) String() string { return fmt.Sprintf("%s at %v: %s", p.Code(), p.Path, p.Message) }

// Codes are the codes of the errors, in order.
func (a Answer) Codes() []string {
	codes := make([]string, len(a.Errors))
	for i, e := range a.Errors {
		codes[i] = e.Code()
	}
	return codes
}

// Into reads the data into the value. An answer with errors is an error.
func (a Answer) Into(value any) error {
	if len(a.Errors) > 0 {
		return fmt.Errorf("the graph answers with errors: %v", a.Errors)
	}
	if err := json.Unmarshal(a.Data, value); err != nil {
		return fmt.Errorf("read data: %w: %s", err, a.Body)
	}
	return nil
}

// At reads a value of the data by names, such as At("room", "title"); nil if
// there is none.
func (a Answer) At(names ...string) any {
	var value any
	if json.Unmarshal(a.Data, &value) != nil {
		return nil
	}
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// Text is At for a string.
func (a Answer) Text(names ...string) string {
	text, _ := a.At(names...).(string)
	return text
}

// Ask sends an operation by POST.
func (c Client) Ask(ctx context.Context, query string, variables any) (Answer, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return Answer{}, err
	}
	request, err := c.Request(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json")
	return c.Send(request)
}

// Request is a request to a path of the endpoint's origin, as this client.
func (c Client) Request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.Origin+path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range c.Header {
		request.Header[name] = values
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return request, nil
}

// Send sends a request and reads the answer. A body that is not JSON leaves
// data and errors empty.
func (c Client) Send(request *http.Request) (Answer, error) {
	response, err := plain.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	a := Answer{Status: response.StatusCode, Header: response.Header}
	if a.Body, err = io.ReadAll(response.Body); err != nil {
		return a, fmt.Errorf("read the answer: %w", err)
	}
	if strings.Contains(response.Header.Get("Content-Type"), "json") {
		err = decode(a.Body, &a)
	}
	return a, err
}

// decode reads a GraphQL response.
func decode(body []byte, a *Answer) error {
	var response struct {
		Data   json.RawMessage
		Errors []Problem
	}
	if err := json.Unmarshal(body, &response); err != nil {
		return fmt.Errorf("the answer is not a GraphQL response: %w: %.300s", err, body)
	}
	a.Body, a.Data, a.Errors = body, response.Data, response.Errors
	return nil
}
