package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// MaxResponse is the largest answer of a subgraph that is read.
const MaxResponse = 64 << 20

// Remote asks a subgraph over HTTP.
type Remote struct {
	url    string
	client *http.Client
}

// HTTP asks the subgraph at url with client.
func HTTP(url string, client *http.Client) *Remote {
	return &Remote{url: url, client: client}
}

// Fetch posts the request as JSON.
func (f *Remote) Fetch(ctx context.Context, r Request) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, fmt.Errorf("make request to subgraph: %w", err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	resp, err := f.client.Do(req)
	if err != nil {
		return Response{}, fmt.Errorf("ask subgraph: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxResponse+1))
	if err != nil {
		return Response{}, fmt.Errorf("read subgraph answer: %w", err)
	}
	if len(body) > MaxResponse {
		return Response{}, fmt.Errorf("subgraph answer is larger than %d bytes", MaxResponse)
	}
	return Response{Body: body, Header: resp.Header, Status: resp.StatusCode}, nil
}
