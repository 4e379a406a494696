package router_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/router"
	"heddle/router/serve"
)

const (
	asParts  = "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json;q=0.9"
	deferred = `query($n: String!) { hello ...Slow @defer(label: "slow") } fragment Slow on Query { wait(name: $n) }`
)

// askFor posts an operation and gives the answer as it comes.
func (w *world) askFor(t *testing.T, accept, query, variables string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/graphql",
		strings.NewReader(`{"query":`+strconv.Quote(query)+`,"variables":`+variables+`}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", asJSON)
	request.Header.Set("Accept", accept)
	client := &http.Client{}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close(); client.CloseIdleConnections() })
	return response
}

// partReader reads a multipart answer byte by byte, and no more of it than has
// to be there for a part to be whole.
type partReader struct {
	t *testing.T
	r *bufio.Reader
}

func readParts(t *testing.T, response *http.Response) partReader {
	t.Helper()
	if got, want := response.Header.Get("Content-Type"), `multipart/mixed; boundary="-"; deferSpec=20220824`; got != want || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, Content-Type %q, want %q", response.StatusCode, got, want)
	}
	p := partReader{t, bufio.NewReader(response.Body)}
	p.expect("\r\n---")
	return p
}

func (p partReader) expect(want string) {
	p.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(p.r, got); err != nil || string(got) != want {
		p.t.Fatalf("read %q, %v; want %q", got, err, want)
	}
}

// part reads one part and the delimiter after it.
func (p partReader) part(want string) {
	p.t.Helper()
	p.expect(fmt.Sprintf("\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s\r\n---", len(want), want))
}

func (p partReader) end() {
	p.t.Helper()
	p.expect("--\r\n")
	if rest, err := io.ReadAll(p.r); len(rest) > 0 || err != nil {
		p.t.Errorf("after the end came %q, %v", rest, err)
	}
}

func TestDefer_over_HTTP(t *testing.T) {
	w := newWorld(t, router.Options{})
	parts := readParts(t, w.askFor(t, asParts, deferred, `{"n":"a"}`))
	parts.part(`{"data":{"hello":"world"},"hasNext":true}`)
	if got := <-w.waits; got != "a" {
		t.Errorf("the subgraph was asked for %q", got)
	}
	w.goOn <- struct{}{}
	parts.part(`{"incremental":[{"data":{"wait":"went on"},"path":[],"label":"slow"}],"hasNext":false}`)
	parts.end()
}

// A client that does not read parts gets the whole answer at once.
func TestDefer_is_ignored_for_others(t *testing.T) {
	w := newWorld(t, router.Options{})
	for _, accept := range []string{
		"application/json", "application/graphql-response+json", "*/*", "", "multipart/*, application/json",
		"multipart/mixed;deferSpec=20200101, application/json", "multipart/mixed;subscriptionSpec=1.0, application/json", "multipart/mixed;q=0, application/json",
	} {
		t.Run(accept, func(t *testing.T) {
			go func() { <-w.waits; w.goOn <- struct{}{} }()
			response := w.askFor(t, accept, deferred, `{"n":"a"}`)
			body, err := io.ReadAll(response.Body)
			if want := `{"data":{"hello":"world","wait":"went on"}}`; string(body) != want || err != nil || strings.Contains(response.Header.Get("Content-Type"), "multipart") {
				t.Errorf("got %s %s, %v", response.Header.Get("Content-Type"), body, err)
			}
		})
	}
}

func TestDefer_answers_at_once_what_has_nothing_to_come(t *testing.T) {
	w := newWorld(t, router.Options{})
	for name, c := range map[string]struct{ accept, query, media, body string }{
		"no @defer":            {asParts, `{ hello }`, "application/graphql-response+json; charset=utf-8", `{"data":{"hello":"world"}}`},
		"a @defer that is off": {asParts, `{ hello ... @defer(if: false) { echo(text: "x") } }`, "application/graphql-response+json; charset=utf-8", `{"data":{"hello":"world","echo":"x"}}`},
		"a document error":     {asParts, `{ hello ... @defer { nothing } }`, "application/graphql-response+json; charset=utf-8", ""},
	} {
		t.Run(name, func(t *testing.T) {
			response := w.askFor(t, c.accept, c.query, `{}`)
			body, err := io.ReadAll(response.Body)
			if got := response.Header.Get("Content-Type"); got != c.media || err != nil || c.body != "" && string(body) != c.body {
				t.Errorf("got %s %s, %v", got, body, err)
			}
		})
	}
	t.Run("for who reads parts alone", func(t *testing.T) {
		parts := readParts(t, w.askFor(t, "multipart/mixed", `{ hello }`, `{}`))
		parts.part(`{"data":{"hello":"world"}}`)
		parts.end()
	})
}

func TestDefer_errors_stay_in_their_part(t *testing.T) {
	w := newWorld(t, router.Options{})
	parts := readParts(t, w.askFor(t, asParts, `{ fails ... @defer { again: fails hello } }`, `{}`))
	parts.part(`{"data":{"fails":null},"errors":[{"message":"it failed","path":["fails"],"extensions":{"code":"SUBGRAPH_ERROR"}}],"hasNext":true}`)
	parts.part(`{"incremental":[{"data":{"again":null,"hello":"world"},"path":[],"errors":[{"message":"it failed","path":["again"],"extensions":{"code":"SUBGRAPH_ERROR"}}]}],"hasNext":false}`)
	parts.end()
}

// Each part goes out when it is ready, in whatever order they are asked for.
func TestDefer_delivers_what_is_ready(t *testing.T) {
	w := newWorld(t, router.Options{})
	parts := readParts(t, w.askFor(t, asParts, `{ ... @defer(label: "late") { wait(name: "x") } ... @defer(label: "soon") { person(id: "1") { name } } }`, `{}`))
	parts.part(`{"data":{},"hasNext":true}`)
	parts.part(`{"incremental":[{"data":{"person":{"name":"Person 1"}},"path":[],"label":"soon"}],"hasNext":true}`)
	<-w.waits
	w.goOn <- struct{}{}
	parts.part(`{"incremental":[{"data":{"wait":"went on"},"path":[],"label":"late"}],"hasNext":false}`)
	parts.end()
}

func TestDefer_gives_up_in_time(t *testing.T) {
	w := newWorld(t, router.Options{Timeouts: serve.Timeouts{Operation: 200 * time.Millisecond}})
	parts := readParts(t, w.askFor(t, asParts, deferred, `{"n":"a"}`))
	parts.part(`{"data":{"hello":"world"},"hasNext":true}`)
	parts.part(`{"incremental":[{"data":null,"path":[],"label":"slow","errors":[{"message":"This part of the operation took too long and was given up.","extensions":{"code":"TIMEOUT"}}]}],"hasNext":false}`)
	parts.end()
	<-w.waits
}

func TestDefer_over_SSE(t *testing.T) {
	w := newWorld(t, router.Options{})
	stream := w.stream(t, http.MethodPost, `{ hello ... @defer { wait(name: "a") } }`, nil)
	var got []event
	for e, more := stream.next(); more; e, more = stream.next() {
		if e.name == "" {
			continue
		}
		if got = append(got, e); len(got) == 1 {
			<-w.waits
			w.goOn <- struct{}{}
		}
	}
	want := []event{
		{"next", `{"data":{"hello":"world"},"hasNext":true}`},
		{"next", `{"incremental":[{"data":{"wait":"went on"},"path":[]}],"hasNext":false}`},
		{"complete", ""},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestDefer_over_WebSocket(t *testing.T) {
	w := newWorld(t, router.Options{})
	s := w.connect(t)
	s.send(subscribeTo("1", `{ hello ... @defer { wait(name: "a") } }`))
	s.expect(`{"id":"1","type":"next","payload":{"data":{"hello":"world"},"hasNext":true}}`)
	<-w.waits
	w.goOn <- struct{}{}
	s.expect(`{"id":"1","type":"next","payload":{"incremental":[{"data":{"wait":"went on"},"path":[]}],"hasNext":false}}`)
	s.expect(`{"id":"1","type":"complete"}`)
}
