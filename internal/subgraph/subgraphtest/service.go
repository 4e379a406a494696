package subgraphtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Service is an open domain at a URL.
type Service struct {
	URL    string
	t      testing.TB
	client *http.Client
	header http.Header
}

// At is a service that is open elsewhere, such as a router.
func At(t testing.TB, url string) *Service {
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return &Service{URL: url, t: t, client: client}
}

// With is the service, asked with one more header.
func (s *Service) With(header, value string) *Service {
	copied := *s
	copied.header = s.header.Clone()
	if copied.header == nil {
		copied.header = http.Header{}
	}
	copied.header.Set(header, value)
	return &copied
}

// HTTP sends a plain request to one of the service's further paths.
func (s *Service) HTTP(method, path string) *http.Response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return response
}

// Answer is a GraphQL response, its errors in the order of their paths: fields
// fail in any order.
type Answer struct {
	Data   json.RawMessage
	Errors []Problem
}

// Problem is an error of an answer, as far as clients rely on it.
type Problem struct {
	Message string
	Path    string // such as "rooms.edges.0.node"
	Code    string
	Field   string // of extensions
	Wait    int    // retryAfter of extensions, in seconds
}

// UnmarshalJSON reads the error as the specification writes it.
func (p *Problem) UnmarshalJSON(text []byte) error {
	var e struct {
		Message    string
		Path       []any
		Extensions struct {
			Code, Field string
			RetryAfter  int
		}
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	*p = Problem{Message: e.Message, Code: e.Extensions.Code, Field: e.Extensions.Field, Wait: e.Extensions.RetryAfter}
	for i, element := range e.Path {
		if i > 0 {
			p.Path += "."
		}
		p.Path += fmt.Sprint(element)
	}
	return nil
}

// Variables of an operation.
type Variables = map[string]any

// Do runs an operation on behalf of somebody; a zero Person is anonymous.
func (s *Service) Do(p Person, operation string, variables Variables) Answer {
	s.t.Helper()
	response := s.send(p, operation, variables, "application/json")
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var a Answer
	if err := json.Unmarshal(body, &a); err != nil {
		s.t.Fatalf("read the answer %q: %v", body, err)
	}
	slices.SortStableFunc(a.Errors, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return a
}

// Get runs an operation that must succeed, and decodes its data into out.
func (s *Service) Get(p Person, operation string, variables Variables, out any) {
	s.t.Helper()
	a := s.Do(p, operation, variables)
	if len(a.Errors) > 0 {
		s.t.Fatalf("%s\n%v answered %+v", operation, variables, a.Errors)
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		s.t.Fatalf("decode %s: %v", a.Data, err)
	}
}

// Refused runs an operation that must fail, and returns its only error.
func (s *Service) Refused(p Person, operation string, variables Variables) Problem {
	s.t.Helper()
	a := s.Do(p, operation, variables)
	if len(a.Errors) != 1 {
		s.t.Fatalf("%s\n%v answered %s with errors %+v, want one error", operation, variables, a.Data, a.Errors)
	}
	return a.Errors[0]
}

func (s *Service) send(p Person, operation string, variables Variables, accept string) *http.Response {
	s.t.Helper()
	text, kind, err := body(operation, variables)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(request.Header, s.header)
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", accept)
	if p.Token != "" {
		request.Header.Set("Authorization", "Bearer "+p.Token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return response
}
