package execute_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// scripted answers every request with the same thing.
type scripted struct {
	status int
	body   string
	err    error
}

func (s scripted) Fetch(context.Context, fetch.Request) (fetch.Response, error) {
	return fetch.Response{Status: s.status, Body: []byte(s.body), Header: http.Header{}}, s.err
}

// twoParts is a graph of people, whose names come from b.
func twoParts(t *testing.T, a, b fetch.Fetcher, opts execute.Options) *execute.Graph {
	t.Helper()
	composed, err := compose.Compose([]compose.Subgraph{
		{Name: "a", URL: "http://a", SDL: linked + `type Query { people: [Person!] } type Person @key(fields: "id") { id: ID! }`},
		{Name: "b", URL: "http://b", SDL: linked + `type Person @key(fields: "id") { id: ID! name: String age: Int! }`},
	})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	g, err := execute.New(super, map[string]fetch.Fetcher{"a": a, "b": b}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestExecute_hands_on_what_subgraphs_answer(t *testing.T) {
	t.Parallel()
	people := scripted{status: 200, body: `{"data":{"people":[{"__typename":"Person","id":"1"},{"__typename":"Person","id":"2"}]}}`}
	const gone = `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},"errors":[{"message":"A part of the graph could not be reached.","path":["people"],"extensions":{"code":"SUBGRAPH_UNAVAILABLE"}}]}`
	const useless = `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},"errors":[{"message":"A part of the graph gave an answer that cannot be used.","path":["people"],"extensions":{"code":"SUBGRAPH_INVALID_RESPONSE"}}]}`
	for _, c := range []struct {
		name  string
		b     scripted
		query string
		want  string
	}{
		{"a connection refused", scripted{err: errors.New("dial tcp 10.0.0.7:4103: connection refused")}, "", gone},
		{"a proxy's page", scripted{status: 502, body: "<html>Bad Gateway</html>"}, "", gone},
		{"a status without a body", scripted{status: 503}, "", gone},
		{"what is not JSON", scripted{status: 200, body: `{"data":`}, "", useless},
		{"a list", scripted{status: 200, body: `[]`}, "", useless},
		{"neither data nor errors", scripted{status: 200, body: `{}`}, "", useless},
		{"null and no error", scripted{status: 200, body: `{"data":null}`}, "", useless},
		{"no errors in a list of errors", scripted{status: 200, body: `{"data":null,"errors":[]}`}, "", useless},
		{"too few entities", scripted{status: 200, body: `{"data":{"_entities":[{"name":"Ada"}]}}`}, "", useless},
		{"entities that are no list", scripted{status: 200, body: `{"data":{"_entities":{"name":"Ada"}}}`}, "", useless},
		{"a limit on time", scripted{err: context.DeadlineExceeded}, "", `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},"errors":[{"message":"A part of the graph did not answer in time.","path":["people"],"extensions":{"code":"SUBGRAPH_TIMEOUT"}}]}`},
		{"an entity that is not there", scripted{status: 200, body: `{"data":{"_entities":[null,{"name":"Grace"}]}}`}, "", `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":"Grace"}]}}`},
		{"errors with status 400", scripted{status: 400, body: `{"errors":[{"message":"Slow down.","extensions":{"code":"RATE_LIMITED","retryAfter":3}}]}`}, "", `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},"errors":[{"message":"Slow down.","path":["people"],"extensions":{"code":"RATE_LIMITED","retryAfter":3}}]}`},
		{"an error of one entity", scripted{status: 200, body: `{"data":{"_entities":[{"name":"Ada"},{"name":null}]},"errors":[{"message":"Not yours.","path":["_entities",1,"name"],"locations":[{"line":1,"column":2}],"extensions":{"code":"FORBIDDEN","field":"name","exception":{"stacktrace":["at b.go:7"]},"host":"10.0.0.7"}}]}`}, "", `{"data":{"people":[{"id":"1","name":"Ada"},{"id":"2","name":null}]},"errors":[{"message":"Not yours.","path":["people",1,"name"],"extensions":{"code":"FORBIDDEN","field":"name"}}]}`},
		{"an error of a whole entity", scripted{status: 200, body: `{"data":{"_entities":[{"age":1},null]},"errors":[{"message":"Not yours.","path":["_entities",1],"extensions":{"code":"FORBIDDEN"}}]}`}, "{ people { id age } }", `{"data":{"people":null},"errors":[{"message":"Not yours.","path":["people",1],"extensions":{"code":"FORBIDDEN"}}]}`},
		{"an error without a code", scripted{status: 200, body: `{"data":{"_entities":null},"errors":[{"message":"No."}]}`}, "", `{"data":{"people":[{"id":"1","name":null},{"id":"2","name":null}]},"errors":[{"message":"No.","path":["people"],"extensions":{"code":"SUBGRAPH_ERROR"}}]}`},
		{"an error at a field nobody asked for", scripted{status: 200, body: `{"data":{"_entities":[{"name":"Ada"},{"name":"Grace"}]},"errors":[{"message":"Hm.","path":["_entities",0,"other","deep"]}]}`}, "", `{"data":{"people":[{"id":"1","name":"Ada"},{"id":"2","name":"Grace"}]},"errors":[{"message":"Hm.","path":["people",0],"extensions":{"code":"SUBGRAPH_ERROR"}}]}`},
		{"an error at an entity that was not asked for", scripted{status: 200, body: `{"data":{"_entities":[{"name":"Ada"},{"name":"Grace"}]},"errors":[{"message":"Hm.","path":["_entities",9]}]}`}, "", `{"data":{"people":[{"id":"1","name":"Ada"},{"id":"2","name":"Grace"}]},"errors":[{"message":"Hm.","path":["people"],"extensions":{"code":"SUBGRAPH_ERROR"}}]}`},
		{"errors that are no objects", scripted{status: 200, body: `{"data":{"_entities":[{"name":"Ada"},{"name":"Grace"}]},"errors":["Hm.", null, {"message": 5}]}`}, "", strings.ReplaceAll(`{"data":{"people":[{"id":"1","name":"Ada"},{"id":"2","name":"Grace"}]},"errors":[E,E,E]}`, "E", `{"message":"A part of the graph gave an answer that cannot be used.","path":["people"],"extensions":{"code":"SUBGRAPH_ERROR"}}`)},
		{"characters of every kind", scripted{status: 200, body: `{"data":{"_entities":[{"name":"\u00e9\n\"\\ \ud83d\ude00"},{"name":"日本\u0000"}]}}`}, "", `{"data":{"people":[{"id":"1","name":"\u00e9\n\"\\ \ud83d\ude00"},{"id":"2","name":"日本\u0000"}]}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := twoParts(t, people, c.b, execute.Options{})
			query := c.query
			if query == "" {
				query = "{ people { id name } }"
			}
			p, err := g.Prepare(context.Background(), operation.Request{Query: query})
			if err != nil {
				t.Fatal(err)
			}
			body, err := g.Execute(context.Background(), p, nil)
			if diff := cmp.Diff(execute.Pretty([]byte(c.want)), execute.Pretty(body)); diff != "" || err != nil {
				t.Errorf("error %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestOptions_show_names_and_extensions(t *testing.T) {
	t.Parallel()
	a := scripted{status: 200, body: `{"data":null,"errors":[{"message":"No.","extensions":{"code":"FORBIDDEN","hint":"sign in"}}]}`}
	g := twoParts(t, a, a, execute.Options{SubgraphNames: true, Extensions: []string{"hint"}})
	p, err := g.Prepare(context.Background(), operation.Request{Query: "{ people { id } }"})
	if err != nil {
		t.Fatal(err)
	}
	body, err := g.Execute(context.Background(), p, nil)
	want := `{"data":{"people":null},"errors":[{"message":"No.","path":["people"],"extensions":{"code":"FORBIDDEN","hint":"sign in","service":"a"}}]}`
	if diff := cmp.Diff(want, string(body)); diff != "" || err != nil {
		t.Errorf("error %v (-want +got)\n%s", err, diff)
	}
}

func FuzzAbsorb(f *testing.F) {
	f.Add(`{"data":{"_entities":[{"name":"Ada"},null]},"errors":[{"path":["_entities",1,"name"]}]}`)
	f.Add(`{"data":{"_entities":[{"name":[[1]],"__typename":{}}]},"errors":{}}`)
	f.Fuzz(func(t *testing.T, answer string) {
		people := scripted{status: 200, body: `{"data":{"people":[{"__typename":"Person","id":"1"},{"__typename":"Person","id":"2"}]}}`}
		g := twoParts(t, people, scripted{status: 200, body: answer}, execute.Options{})
		p, err := g.Prepare(context.Background(), operation.Request{Query: "{ people { id name age } }"})
		if err != nil {
			t.Fatal(err)
		}
		if body, err := g.Execute(context.Background(), p, nil); err != nil || strings.HasPrefix(execute.Pretty(body), "NOT JSON") || strings.Contains(string(body), "Internal error") {
			t.Errorf("got %s, %v for %q", body, err, answer)
		}
	})
}

// TestExecute_hands_on_null_for_everything: a root field that may not be null takes
// those beside it with it, and its error is the only one (October 2021
// specification, section 6.4.4).
func TestExecute_hands_on_null_for_everything(t *testing.T) {
	t.Parallel()
	composed, err := compose.Compose([]compose.Subgraph{{Name: "a", URL: "http://a", SDL: `type Query { jobs: Int! letters: Int! mails: [Int!]! }`}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	a := scripted{status: 200, body: `{"data":null,"errors":[{"message":"No jobs.","path":["jobs"],"extensions":{"code":"NOT_FOUND"}}]}`}
	g, err := execute.New(super, map[string]fetch.Fetcher{"a": a}, execute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"data":null,"errors":[{"message":"No jobs.","path":["jobs"],"extensions":{"code":"NOT_FOUND"}}]}`
	if got := whole(t, g, `{ letters jobs mails }`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
