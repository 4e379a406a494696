package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"heddle/router/upload"
)

const (
	acceptJSON   = "application/graphql-response+json, application/json;q=0.9"
	acceptEvents = "text/event-stream"
)

// Remote asks a subgraph over HTTP, and over WebSocket or with server-sent events
// for subscriptions.
type Remote struct {
	url    string
	client *http.Client
	live   *http.Client
	// streams tells that subscriptions are answered with server-sent events.
	streams atomic.Bool
	sockets sockets
}

// HTTP asks the subgraph at url with client. The client's timeout bounds a
// fetch; a subscription and a fetch that sends files have none. The scheme h2c
// is that of http with HTTP/2 from the first byte; WebSockets begin as for http.
func HTTP(url string, client *http.Client) *Remote {
	if rest, ok := strings.CutPrefix(url, "h2c://"); ok {
		url, client = "http://"+rest, overHTTP2(client)
	}
	live := *client
	live.Timeout = 0
	return &Remote{url: url, client: client, live: &live}
}

// overHTTP2 is a client that speaks nothing but HTTP/2, without TLS.
func overHTTP2(client *http.Client) *http.Client {
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		transport = http.DefaultTransport.(*http.Transport)
	}
	transport = transport.Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	direct := *client
	direct.Transport = transport
	return &direct
}

// Close lets go of connections that nothing runs on. Requests under way are
// finished, and new ones may still be made.
func (f *Remote) Close() error {
	f.client.CloseIdleConnections()
	f.live.CloseIdleConnections()
	return nil
}

// Fetch posts the request: as JSON, or in several parts if files come with it.
// Whatever the client's transport adds to it, it cannot be what the context
// knows of the caller: others may get the same answer.
func (f *Remote) Fetch(ctx context.Context, r Request) (Response, error) {
	req, err := post(bare{ctx}, f.url, r, acceptJSON)
	if err != nil {
		return Response{}, err
	}
	client := f.client
	if r.Files != nil {
		patient := *client
		patient.Timeout = 0
		client = &patient
	}
	resp, err := client.Do(req)
	if err != nil {
		return Response{}, fmt.Errorf("ask subgraph: %w", err)
	}
	defer resp.Body.Close()
	body, err := readAll(resp, r.limit())
	if err != nil {
		return Response{}, fmt.Errorf("read subgraph answer: %w", err)
	}
	return Response{Body: body, Header: resp.Header, Status: resp.StatusCode}, nil
}

// readAll reads a body within the limit, in one piece where its length is told.
func readAll(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, TooLarge{limit}
	}
	if resp.ContentLength > 0 {
		body := make([]byte, resp.ContentLength)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if err == nil && n > limit {
		err = TooLarge{limit}
	}
	return b.Bytes(), err
}

// post makes the HTTP request of a GraphQL request.
func post(ctx context.Context, url string, r Request, accept string) (*http.Request, error) {
	contentType, body := "application/json", io.Reader(bytes.NewReader(r.Body))
	if r.Files != nil {
		var err error
		if contentType, body, err = upload.Write(r.Body, r.Files); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return nil, fmt.Errorf("make request to subgraph: %w", err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if r.Files != nil { // subgraphs refuse forms that a browser could have been made to send
		req.Header.Set("Apollo-Require-Preflight", "true")
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", accept)
	return req, nil
}

// errClosed is a stream that ended without being completed.
var errClosed = errors.New("the subgraph closed the stream")
