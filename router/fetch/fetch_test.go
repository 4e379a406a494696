package fetch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"heddle/router/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// subgraph answers queries by POST, subscriptions by server-sent events and by
// WebSocket: it sends three events, or, to a query with "forever", one and then
// waits for the end. ended gets why a stream ended.
type subgraph struct {
	ended chan string
}

func (s subgraph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Upgrade") == "websocket":
		s.live(w, r)
	case r.Header.Get("Accept") == "text/event-stream":
		s.events(w, r)
	default:
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Header.Get("Authorization"))
		fmt.Fprintf(w, `{"data":%s}`, body)
	}
}

func (s subgraph) events(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, ":\n\n")
	if strings.Contains(string(body), "forever") {
		fmt.Fprint(w, "event: next\ndata: {\"n\":0}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		s.ended <- "context"
		return
	}
	for i := range 3 {
		fmt.Fprintf(w, "event: next\ndata: {\"n\":%d,\ndata: \"who\":%q}\n\n", i, r.Header.Get("Authorization"))
		w.(http.Flusher).Flush()
	}
	fmt.Fprint(w, "event: complete\n\n")
}

func (s subgraph) live(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"graphql-transport-ws"}}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	read := func() (m struct {
		Type    string
		Payload map[string]any
	}) {
		if conn.ReadJSON(&m) != nil {
			m.Type = "closed"
		}
		return m
	}
	write := func(text string) { _ = conn.WriteMessage(websocket.TextMessage, []byte(text)) }
	init := read()
	write(`{"type":"ping"}`)
	read()
	write(`{"type":"connection_ack"}`)
	who := fmt.Sprint(init.Payload["Authorization"], " ", r.Header.Get("Authorization"))
	query := fmt.Sprint(read().Payload["query"])
	if strings.Contains(query, "forever") {
		write(`{"id":"1","type":"next","payload":{"n":0}}`)
		s.ended <- read().Type
		return
	}
	if strings.Contains(query, "refused") {
		write(`{"id":"1","type":"error","payload":[{"message":"no"}]}`)
		read()
		return
	}
	for i := range 3 {
		write(fmt.Sprintf(`{"id":"1","type":"next","payload":{"n":%d,"who":%q}}`, i, who))
	}
	write(`{"id":"1","type":"complete"}`)
	read()
}

func request(query string) fetch.Request {
	return fetch.Request{
		Body:   fmt.Appendf(nil, `{"query":%q}`, query),
		Header: http.Header{"Authorization": {"Bearer a"}},
	}
}

// both runs a test against the subgraph in this process and behind a server.
func both(t *testing.T, s subgraph, test func(t *testing.T, f interface {
	fetch.Fetcher
	fetch.Subscriber
})) {
	t.Helper()
	t.Run("in process", func(t *testing.T) { test(t, fetch.InProcess(s)) })
	t.Run("http", func(t *testing.T) {
		server := httptest.NewServer(s)
		defer server.Close()
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		test(t, fetch.HTTP(server.URL, &http.Client{Transport: transport, Timeout: 10 * time.Second}))
	})
}

func TestFetch_carries_body_and_headers(t *testing.T) {
	both(t, subgraph{}, func(t *testing.T, f interface {
		fetch.Fetcher
		fetch.Subscriber
	}) {
		got, err := f.Fetch(context.Background(), request("{a}"))
		if err != nil {
			t.Fatal(err)
		}
		if string(got.Body) != `{"data":{"query":"{a}"}}` || got.Header.Get("X-Seen") != "Bearer a" || got.Status != 200 {
			t.Errorf("got %d %s %v", got.Status, got.Body, got.Header)
		}
	})
}

func TestSubscribe_delivers_events_in_order(t *testing.T) {
	both(t, subgraph{}, func(t *testing.T, f interface {
		fetch.Fetcher
		fetch.Subscriber
	}) {
		var got []any
		err := f.Subscribe(context.Background(), request("subscription {a}"), func(p []byte) error {
			var event struct{ N int }
			if err := json.Unmarshal(p, &event); err != nil {
				return err
			}
			if !strings.Contains(string(p), "Bearer a") {
				t.Errorf("the event %s shows no token", p)
			}
			got = append(got, event.N)
			return nil
		})
		if diff := cmp.Diff([]any{0, 1, 2}, got); diff != "" || err != nil {
			t.Errorf("error %v, events (-want +got):\n%s", err, diff)
		}
	})
}

func TestSubscribe_ends_when_nobody_listens(t *testing.T) {
	ended := make(chan string, 1)
	both(t, subgraph{ended: ended}, func(t *testing.T, f interface {
		fetch.Fetcher
		fetch.Subscriber
	}) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		err := f.Subscribe(ctx, request("subscription {forever}"), func([]byte) error {
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if why := <-ended; why != "context" && why != "complete" {
			t.Errorf("the subgraph heard %q", why)
		}
	})
}

func TestSubscribe_returns_the_error_of_deliver(t *testing.T) {
	ended := make(chan string, 1)
	full := errors.New("full")
	both(t, subgraph{ended: ended}, func(t *testing.T, f interface {
		fetch.Fetcher
		fetch.Subscriber
	}) {
		err := f.Subscribe(context.Background(), request("subscription {forever}"), func([]byte) error { return full })
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		<-ended
	})
}

func TestSubscribe_delivers_a_refusal_as_an_event(t *testing.T) {
	server := httptest.NewServer(subgraph{})
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	var got string
	err := fetch.HTTP(server.URL, &http.Client{Transport: transport}).Subscribe(context.Background(), request("subscription {refused}"),
		func(p []byte) error {
			got = string(p)
			return nil
		})
	if want := `{"data":null,"errors":[{"message":"no"}]}`; got != want || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestSubscribe_without_a_stream_delivers_the_answer(t *testing.T) {
	f := fetch.InProcess(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"errors":[{"message":"no"}]}`)
	}))
	var got []string
	err := f.Subscribe(context.Background(), request("subscription {a}"), func(p []byte) error {
		got = append(got, string(p))
		return nil
	})
	if diff := cmp.Diff([]string{`{"errors":[{"message":"no"}]}`}, got); diff != "" || err != nil {
		t.Errorf("error %v, events (-want +got):\n%s", err, diff)
	}
}

func TestInProcess_turns_a_panic_into_an_error(t *testing.T) {
	f := fetch.InProcess(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("lost") }))
	if _, err := f.Fetch(context.Background(), request("{a}")); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("got %v", err)
	}
	if err := f.Subscribe(context.Background(), request("{a}"), func([]byte) error { return nil }); err == nil {
		t.Error("a subscription ended without an error")
	}
}

type secret struct{}

func TestInProcess_hides_the_values_of_the_context(t *testing.T) {
	f := fetch.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%v", r.Context().Value(secret{}))
	}))
	got, err := f.Fetch(context.WithValue(context.Background(), secret{}, "token"), request("{a}"))
	if string(got.Body) != "<nil>" || err != nil {
		t.Errorf("got %s, %v", got.Body, err)
	}
}
