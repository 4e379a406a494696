package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"heddle/router/compose"
)

// Services asks running subgraphs for their schemas.
type Services struct {
	Client *http.Client
	Header http.Header // sent with every question; may be nil
	All    bool        // ask every subgraph, also those whose schema is known
}

// maxSDL is how large an answer may be.
const maxSDL = 32 << 20

const serviceQuery = `{"query":"query SubgraphSDL { _service { sdl } }"}`

// Running is a source that asks the subgraphs of another one at their URLs.
func Running(source Source, services *Services) Source {
	return func(ctx context.Context) ([]compose.Subgraph, error) {
		subgraphs, err := source(ctx)
		if err != nil {
			return nil, err
		}
		return services.fill(ctx, subgraphs)
	}
}

// fill asks the subgraphs that have neither a schema nor a file, all at the same
// time.
func (s *Services) fill(ctx context.Context, subgraphs []compose.Subgraph) ([]compose.Subgraph, error) {
	filled := make([]compose.Subgraph, len(subgraphs))
	errs := make([]error, len(subgraphs))
	var wait sync.WaitGroup
	for i, sub := range subgraphs {
		filled[i] = sub
		hasURL := strings.HasPrefix(sub.File, "http") // the configuration's schema.subgraph_url
		if known := sub.SDL != "" || sub.File != "" && !hasURL; known && !s.All {
			continue
		}
		wait.Go(func() {
			at := sub.URL
			if hasURL {
				at = sub.File
			}
			filled[i].SDL, errs[i] = s.ask(ctx, sub.Name, at)
			filled[i].File = at
		})
	}
	wait.Wait()
	return filled, errors.Join(errs...)
}

func (s *Services) ask(ctx context.Context, name, at string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader([]byte(serviceQuery)))
	if err != nil {
		return "", fmt.Errorf("ask subgraph %q for its schema: %w", name, err)
	}
	for name, values := range s.Header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json, application/json")
	response, err := s.Client.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask subgraph %q for its schema: %w", name, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxSDL+1))
	if err != nil {
		return "", fmt.Errorf("ask subgraph %q for its schema: %w", name, err)
	}
	if len(body) > maxSDL {
		return "", fmt.Errorf("ask subgraph %q for its schema: the answer is longer than %d bytes", name, maxSDL)
	}
	return readSDL(name, response.StatusCode, body)
}

func readSDL(name string, status int, body []byte) (string, error) {
	var answer struct {
		Data struct {
			Service struct {
				SDL string `json:"sdl"`
			} `json:"_service"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("subgraph %q answers %d and no JSON when asked for its schema", name, status)
	}
	if answer.Data.Service.SDL == "" {
		if len(answer.Errors) > 0 {
			return "", fmt.Errorf("subgraph %q does not tell its schema: %s", name, answer.Errors[0].Message)
		}
		return "", fmt.Errorf("subgraph %q answers %d without _service { sdl }: is it a Federation subgraph?", name, status)
	}
	return answer.Data.Service.SDL, nil
}
