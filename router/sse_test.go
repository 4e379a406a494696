package router_test

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/router"
	"heddle/router/serve"
)

// event is one server-sent event, as its lines say.
type event struct{ name, data string }

// events reads a stream. A comment is an event without name.
type events struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Reader
}

// stream sends a request that takes events only.
func (w *world) stream(t *testing.T, method, query string, header http.Header) events {
	t.Helper()
	target, body := w.url+"/graphql", io.Reader(nil)
	if method == http.MethodGet {
		target += "?query=" + url.QueryEscape(query)
	} else {
		body = strings.NewReader(`{"query":` + quoted(query) + `}`)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", asEvents)
	request.Header.Set("Content-Type", asJSON)
	client := &http.Client{}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close(); client.CloseIdleConnections() })
	return events{t, response, bufio.NewReader(response.Body)}
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// next reads the next event; ok is false at the end of the stream.
func (e events) next() (got event, ok bool) {
	e.t.Helper()
	var data []string
	for {
		line, err := e.lines.ReadString('\n')
		line = strings.TrimSuffix(line, "\n")
		switch {
		case err == io.EOF:
			return got, false
		case err != nil:
			e.t.Fatalf("read events: %v", err)
		case line == "":
			got.data = strings.Join(data, "\n")
			return got, true
		case strings.HasPrefix(line, "event: "):
			got.name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data = append(data, strings.TrimPrefix(line, "data: "))
		}
	}
}

// expect compares all events up to the end, comments left out.
func (e events) expect(want ...event) {
	e.t.Helper()
	var got []event
	for {
		next, ok := e.next()
		if !ok {
			break
		}
		if next.name != "" {
			got = append(got, next)
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); diff != "" {
		e.t.Errorf("events (-want +got):\n%s", diff)
	}
}

// following skips comments.
func (e events) following() event {
	e.t.Helper()
	for {
		got, ok := e.next()
		if !ok || got.name != "" {
			return got
		}
	}
}

var completed = event{"complete", ""}

func TestSSE_query(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			e := w.stream(t, method, "{ hello }", nil)
			if e.response.StatusCode != http.StatusOK || e.response.Header.Get("Content-Type") != asEvents+"; charset=utf-8" {
				t.Errorf("status %d, type %q", e.response.StatusCode, e.response.Header.Get("Content-Type"))
			}
			e.expect(event{"next", `{"data":{"hello":"world"}}`}, completed)
		})
	}
}

func TestSSE_subscription(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			e := w.stream(t, method, `subscription { said(room: "`+method+`") { text } }`, nil)
			<-w.opened
			for _, words := range []string{"a", "b"} {
				w.say(method, words)
				if got, want := e.following(), (event{"next", `{"data":{"said":{"text":"` + words + `"}}}`}); got != want {
					t.Fatalf("got %v, want %v", got, want)
				}
			}
			w.hush(method)
			e.expect(completed)
			<-w.closed
		})
	}
}

func TestSSE_leaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	e := w.stream(t, http.MethodPost, `subscription { said(room: 1) { text } }`, nil)
	<-w.opened
	if err := e.response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	<-w.closed // upstream, when the client has gone
}

func TestSSE_keeps_alive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Timeouts: serve.Timeouts{KeepAlive: time.Millisecond}})
	e := w.stream(t, http.MethodPost, `subscription { said(room: 1) { text } }`, nil)
	for range 3 {
		if got, ok := e.next(); !ok || got != (event{}) {
			t.Fatalf("got %v, want a comment", got)
		}
	}
}

// What is wrong with the document is said in the stream, all else by the status.
func TestSSE_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	t.Run("document", func(t *testing.T) {
		e := w.stream(t, http.MethodPost, "{ helo }", nil)
		got := e.following()
		if got.name != "next" {
			t.Fatalf("got %v", got)
		}
		checkResponse(t, []byte(got.data), "", []string{"GRAPHQL_VALIDATION_FAILED"})
		e.expect(completed)
	})
	for _, x := range []exchange{
		{name: "mutation by GET", method: http.MethodGet, query: "query=mutation%7Bset(text:%22a%22)%7D", status: 405, codes: []string{"METHOD_NOT_ALLOWED"}},
		{name: "not json", body: "{", status: 400, codes: []string{"BAD_REQUEST"}},
	} {
		x.media, x.header = asJSON, sends(asJSON, asEvents)
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

// A client that reads events beside JSON gets a subscription as events.
func TestSSE_negotiated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	for _, x := range []exchange{
		{name: "query", body: helloBody, header: sends(asJSON, asJSON+", "+asEvents), status: 200, media: asJSON, data: helloData},
		{name: "subscription", body: `{"query":"subscription { many(count: 2) { text } }"}`, header: sends(asJSON, asGraphQL+", "+asEvents), status: 200, media: asEvents},
	} {
		t.Run(x.name, func(t *testing.T) { x.run(t, w) })
	}
}

// A client that takes no bytes is cut off when one event has waited too long.
func TestSSE_write_deadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 1 << 20, Timeouts: serve.Timeouts{Write: 100 * time.Millisecond}})
	conn, err := smallBuffer(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	query := url.QueryEscape(`subscription { said(room: "all") { text } }`)
	if _, err := io.WriteString(conn, "GET /graphql?query="+query+" HTTP/1.1\r\nHost: heddle\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-w.opened
	w.shout("all")
}

// A client that reads too slowly is told so at the end of its stream.
func TestSSE_queue_is_full(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 1})
	e := w.stream(t, http.MethodPost, `subscription { many(count: 200) { text author { name } } }`, nil)
	for {
		got := e.following()
		if got == completed {
			return // it was read as fast as it came
		}
		if strings.Contains(got.data, `"errors"`) {
			checkResponse(t, []byte(got.data), "", []string{"RATE_LIMITED"})
			e.expect(completed)
			return
		}
	}
}
