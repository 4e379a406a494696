package execute_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

const wideSDL = `
	extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
	type Query { items: [Item!]! item: Item }
	type Item @key(fields: "id") { id: ID! text: String! }`

// wide is a graph of one subgraph that answers each request with body; header
// is set before.
func wide(t *testing.T, opts execute.Options, remote bool, answer http.HandlerFunc) *execute.Graph {
	t.Helper()
	composed, err := compose.Compose([]compose.Subgraph{{Name: "wide", URL: "http://wide.test", SDL: wideSDL}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	var f fetch.Fetcher = fetch.InProcess(answer)
	if remote {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		client := &http.Client{Transport: &http.Transport{}}
		t.Cleanup(client.CloseIdleConnections)
		f = fetch.HTTP(server.URL, client)
	}
	graph, err := execute.New(super, map[string]fetch.Fetcher{"wide": f}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

func whole(t *testing.T, g *execute.Graph, query string) string {
	t.Helper()
	p, err := g.Prepare(context.Background(), operation.Request{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	body, err := g.Execute(context.Background(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// items is an answer with n items.
func items(n int) string {
	return `{"data":{"items":[` + strings.TrimSuffix(strings.Repeat(`{"id":"1","text":"0123456789"},`, n), ",") + `]}}`
}

func TestLimits_of_a_subgraphs_answer(t *testing.T) {
	t.Parallel()
	answer := items(20)
	for name, c := range map[string]struct {
		remote, chunked bool
	}{"in process": {}, "over HTTP": {remote: true}, "over HTTP, of a length that is not told": {true, true}} {
		serve := func(w http.ResponseWriter, _ *http.Request) {
			if !c.chunked {
				w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
			}
			for _, part := range strings.SplitAfter(answer, "}") {
				_, _ = w.Write([]byte(part))
				if f, ok := w.(http.Flusher); ok && c.chunked {
					f.Flush()
				}
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			within := wide(t, execute.Options{SubgraphResponse: int64(len(answer))}, c.remote, serve)
			if got := whole(t, within, `{ items { id text } }`); got != answer {
				t.Errorf("an answer at the limit became %s", got)
			}
			beyond := wide(t, execute.Options{SubgraphResponse: int64(len(answer)) - 1, SubgraphNames: true}, c.remote, serve)
			want := `{"data":null,"errors":[{"message":"Subgraph \"wide\" gave an answer that is too large.","path":["items"],"extensions":{"code":"SUBGRAPH_RESPONSE_TOO_LARGE","service":"wide"}}]}`
			if got := whole(t, beyond, `{ items { id text } }`); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestLimits_of_the_response(t *testing.T) {
	t.Parallel()
	answer := items(20)
	serve := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }
	within := wide(t, execute.Options{Response: int64(len(answer))}, false, serve)
	if got := whole(t, within, `{ items { id text } }`); got != answer {
		t.Errorf("an answer at the limit became %s", got)
	}
	// Aliases let a client have the same many times.
	for _, query := range []string{`{ items { id text again: text } }`, `{ items { id text a: id b: id c: text } twice: __typename }`} {
		beyond := wide(t, execute.Options{Response: int64(len(answer))}, false, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.ReplaceAll(answer, `"text"`, `"_0":"1","_1":"2","_2":"3","_3":"4","text"`))
		})
		want := fmt.Sprintf(`{"data":null,"errors":[{"message":"The response is larger than the %d bytes that are allowed.","extensions":{"code":"RESPONSE_TOO_LARGE"}}]}`, len(answer))
		if got := whole(t, beyond, query); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// An error that is larger than the response may be is no way around the limit.
func TestLimits_of_the_response_count_errors(t *testing.T) {
	t.Parallel()
	g := wide(t, execute.Options{Response: 1000}, false, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"data":{"item":null},"errors":[{"message":%q,"path":["item"]}]}`, strings.Repeat("x", 2000))
	})
	want := `{"data":null,"errors":[{"message":"The response is larger than the 1000 bytes that are allowed.","extensions":{"code":"RESPONSE_TOO_LARGE"}}]}`
	if got := whole(t, g, `{ item { id } }`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLimits_of_a_deferred_part(t *testing.T) {
	t.Parallel()
	g := wide(t, execute.Options{Response: 200}, false, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 4096)
		n, _ := r.Body.Read(body)
		if strings.Contains(string(body[:n]), "_entities") {
			fmt.Fprintf(w, `{"data":{"_entities":[{"__typename":"Item","__heddle_defer_1_0_text":%q}]}}`, strings.Repeat("x", 300))
			return
		}
		fmt.Fprint(w, `{"data":{"item":{"__typename":"Item","id":"1"}}}`)
	})
	p, err := g.Prepare(context.Background(), operation.Request{Query: `{ item { id ... @defer { text } } }`, Incremental: true})
	if err != nil {
		t.Fatal(err)
	}
	parts := inParts(t, context.Background(), g, p)
	want := `{"incremental":[{"data":null,"path":["item"],"errors":[{"message":"The response is larger than the 200 bytes that are allowed.","path":["item"],"extensions":{"code":"RESPONSE_TOO_LARGE"}}]}],"hasNext":false}`
	if len(parts) != 2 || string(parts[1]) != want {
		t.Errorf("got %s, want at last %s", parts, want)
	}
}
