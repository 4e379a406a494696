package router_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"heddle/router"
)

// status asks for a path and returns what is said.
func (w *world) status(t *testing.T, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func (w *world) expectStatus(t *testing.T, path string, status int, text string) {
	t.Helper()
	if gotStatus, got := w.status(t, path); gotStatus != status || got != text {
		t.Errorf("%s: %d %q, want %d %q", path, gotStatus, got, status, text)
	}
}

func TestRouter_Drain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	w.expectStatus(t, "/healthz", 200, "ok\n")
	w.expectStatus(t, "/readyz", 200, "ready\n")

	idle, listening, asking := w.connect(t), w.connect(t), w.connect(t)
	listening.send(subscribeTo("1", `subscription { said(room: "ws") { text } }`))
	<-w.opened
	stream := w.stream(t, http.MethodPost, `subscription { said(room: "sse") { text } }`, nil)
	<-w.opened
	asking.send(subscribeTo("1", `{ wait(name: "ws") }`))
	<-w.waits
	single := make(chan events, 1)
	go func() { single <- w.stream(t, http.MethodPost, `{ wait(name: "sse") }`, nil) }()
	<-w.waits

	drained := make(chan error, 1)
	go func() { drained <- w.router.Drain(t.Context()) }()

	const reason = "The server is shutting down"
	idle.expectClose(1001, reason)
	listening.expectClose(1001, reason)
	stream.expect() // ends without a complete event
	w.expectStatus(t, "/healthz", 200, "ok\n")
	w.expectStatus(t, "/readyz", 503, "draining\n")

	// New connections are refused, plain requests are answered to the last.
	_, response, err := (&websocket.Dialer{}).DialContext(t.Context(), "ws"+w.url[len("http"):]+"/graphql", nil)
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("new WebSocket: %v, %v, want 503", response, err)
	}
	exchange{body: helloBody, header: sends(asJSON, asEvents), status: 503, media: asJSON, codes: []string{"UNAVAILABLE"}}.run(t, w)
	exchange{body: helloBody, header: sends(asJSON, ""), status: 200, media: asJSON, data: helloData}.run(t, w)
	asking.send(subscribeTo("2", "{ hello }"))
	asking.expectError("2", "UNAVAILABLE")

	// What was running finishes.
	select {
	case err := <-drained:
		t.Fatalf("drained before the queries were answered: %v", err)
	default:
	}
	close(w.goOn)
	asking.expect(`{"id":"1","type":"next","payload":{"data":{"wait":"went on"}}}`)
	asking.expect(`{"id":"1","type":"complete"}`)
	asking.expectClose(1001, reason)
	(<-single).expect(event{"next", `{"data":{"wait":"went on"}}`}, completed)
	if err := <-drained; err != nil {
		t.Errorf("drain: %v", err)
	}
	<-w.closed
	<-w.closed
}

// What does not finish in time is cut off.
func TestRouter_Drain_in_time(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.connect(t)
	s.send(subscribeTo("1", `{ wait(name: "ws") }`))
	<-w.waits
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+`/graphql?query={wait(name:"sse")}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", asEvents)
	single := make(chan error, 1)
	go func() {
		response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		if err == nil {
			err = response.Body.Close()
		}
		single <- err
	}()
	<-w.waits
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.router.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("drain: %v, want it to say that it was cut off", err)
	}
	if data, err := s.read(); err == nil {
		t.Errorf("got %s, want the connection closed", data)
	}
	if err := <-single; err == nil {
		t.Error("the query over an event stream was answered")
	}
}

func TestListener(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	l := router.Listen("127.0.0.1:0", w.router, nil)
	for range 2 { // Start and Stop are safe to call twice
		if err := l.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	second := router.Listen(l.Address(), w.router, nil)
	if err := second.Start(t.Context()); err == nil {
		t.Error("a second listener on the same port started")
	}
	w.url = "http://" + l.Address()
	w.expectStatus(t, "/readyz", 200, "ready\n")
	s := w.connect(t)
	stopped := make(chan error, 1)
	go func() { stopped <- errors.Join(l.Stop(t.Context()), l.Stop(t.Context())) }()
	s.expectClose(1001, "The server is shutting down")
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
