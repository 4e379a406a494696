package execute_test

import (
	"context"
	"testing"

	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// breaking is a fetcher that breaks its promise.
type breaking struct{}

func (breaking) Fetch(context.Context, fetch.Request) (fetch.Response, error) { panic("lost") }

func TestExecute_survives_a_panic(t *testing.T) {
	t.Parallel()
	composed, err := compose.Compose([]compose.Subgraph{
		{Name: "a", SDL: "type Query { a: Int }", URL: "http://a"}, {Name: "b", SDL: "type Query { b: Int }", URL: "http://b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	for sharing, want := range map[bool]string{
		false: `{"errors":[{"message":"Internal error.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
		true: `{"data":{"a":null,"b":null},"errors":[{"message":"A part of the graph could not be reached.","path":["a"],"extensions":{"code":"SUBGRAPH_UNAVAILABLE"}},` +
			`{"message":"A part of the graph could not be reached.","path":["b"],"extensions":{"code":"SUBGRAPH_UNAVAILABLE"}}]}`,
	} {
		g, err := execute.New(super, map[string]fetch.Fetcher{"a": breaking{}, "b": breaking{}}, execute.Options{NoSharing: !sharing})
		if err != nil {
			t.Fatal(err)
		}
		p, err := g.Prepare(context.Background(), operation.Request{Query: "{ a b }"})
		if err != nil {
			t.Fatal(err)
		}
		body, err := g.Execute(context.Background(), p, nil)
		if execute.Pretty(body) != execute.Pretty([]byte(want)) || err != nil {
			t.Errorf("got %s, %v; want %s", body, err, want)
		}
	}
}
