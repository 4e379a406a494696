package execute_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

const looseSDL = `
	extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"])
	type Query {
		text: String int: Int float: Float yes: Boolean id: ID color: Color list: [String] matrix: [[Int]]
		thing: Thing things: [Thing!] pet: Pet either: Either any: Any must: Must
	}
	enum Color { RED GREEN SECRET_PINK @inaccessible }
	type Thing { name: String! size: Int! }
	interface Pet { name: String }
	type Dog implements Pet { name: String bark: String }
	type Ghost implements Pet @inaccessible { name: String }
	union Either = Dog | Thing | Hidden
	type Hidden @inaccessible { name: String }
	type Must { color: Color! list: [Color!]! }
	scalar Any`

// What comes for a field must be of its type. If it is not, the client sees
// nothing of it, not even in an error: a null, which travels as nulls do, and
// one error at its place.
func TestExecute_shows_nothing_of_a_value_of_another_type(t *testing.T) {
	t.Parallel()
	const wrong = `{"message":"The value that came for this field is no TYPE.","path":PATH,"extensions":{"code":"SUBGRAPH_INVALID_RESPONSE"}}`
	for _, c := range []struct{ name, query, came, data, kind, path string }{
		{"a number for a String", `{ text }`, `{"text":41977}`, `{"text":null}`, "String", `["text"]`},
		{"a list for a String", `{ text }`, `{"text":["secret"]}`, `{"text":null}`, "String", `["text"]`},
		{"an object for a String", `{ text }`, `{"text":{"secret":"secret"}}`, `{"text":null}`, "String", `["text"]`},
		{"a string for an Int", `{ int }`, `{"int":"secret"}`, `{"int":null}`, "Int", `["int"]`},
		{"a fraction for an Int", `{ int }`, `{"int":41977.5}`, `{"int":null}`, "Int", `["int"]`},
		{"more than 32 bits for an Int", `{ int }`, `{"int":41977000000}`, `{"int":null}`, "Int", `["int"]`},
		{"a boolean for a Float", `{ float }`, `{"float":true}`, `{"float":null}`, "Float", `["float"]`},
		{"a string for a Float", `{ float }`, `{"float":"41977"}`, `{"float":null}`, "Float", `["float"]`},
		{"a string for a Boolean", `{ yes }`, `{"yes":"secret"}`, `{"yes":null}`, "Boolean", `["yes"]`},
		{"a fraction for an ID", `{ id }`, `{"id":41977.5}`, `{"id":null}`, "ID", `["id"]`},
		{"an object for an ID", `{ id }`, `{"id":{"secret":1}}`, `{"id":null}`, "ID", `["id"]`},
		{"an unknown value for an enum", `{ color }`, `{"color":"SECRET"}`, `{"color":null}`, "Color", `["color"]`},
		{"an inaccessible value for an enum", `{ color }`, `{"color":"SECRET_PINK"}`, `{"color":null}`, "Color", `["color"]`},
		{"a number for an enum", `{ color }`, `{"color":41977}`, `{"color":null}`, "Color", `["color"]`},
		{"a string for a list", `{ list }`, `{"list":"secret"}`, `{"list":null}`, "list", `["list"]`},
		{"an object for a list", `{ things { name } }`, `{"things":{"name":"secret","size":1}}`, `{"things":null}`, "list", `["things"]`},
		{"an object in a list", `{ list }`, `{"list":["a",{"secret":1},"c"]}`, `{"list":["a",null,"c"]}`, "String", `["list",1]`},
		{"a list that is not deep enough", `{ matrix }`, `{"matrix":[[1],41977]}`, `{"matrix":[[1],null]}`, "list", `["matrix",1]`},
		{"a list that is too deep", `{ matrix }`, `{"matrix":[[1,[41977]]]}`, `{"matrix":[[1,null]]}`, "Int", `["matrix",0,1]`},
		{"a string for an object", `{ thing { name } }`, `{"thing":"secret"}`, `{"thing":null}`, "Thing", `["thing"]`},
		{"a list for an object", `{ thing { name } }`, `{"thing":[{"name":"secret"}]}`, `{"thing":null}`, "Thing", `["thing"]`},
		{"a wrong field in a required object", `{ things { name size } }`, `{"things":[{"name":"a","size":"secret"}]}`, `{"things":null}`, "Int", `["things",0,"size"]`},
		{"an inaccessible enum value where one must be", `{ must { color } }`, `{"must":{"color":"SECRET_PINK"}}`, `{"must":null}`, "Color", `["must","color"]`},
		{"an inaccessible enum value in a list", `{ must { list } }`, `{"must":{"list":["RED","SECRET_PINK"]}}`, `{"must":null}`, "Color", `["must","list",1]`},
		{"a type that is inaccessible behind an interface", `{ pet { name } }`, `{"pet":{"__typename":"Ghost","name":"secret"}}`, `{"pet":null}`, "Pet", `["pet"]`},
		{"a type that is inaccessible in a union", `{ either { __typename } }`, `{"either":{"__typename":"Hidden","name":"secret"}}`, `{"either":null}`, "Either", `["either"]`},
		{"a type that is not of the interface", `{ pet { name } }`, `{"pet":{"__typename":"Thing","name":"secret"}}`, `{"pet":null}`, "Pet", `["pet"]`},
		{"a type that nobody knows", `{ pet { name ... on Dog { bark } } }`, `{"pet":{"__typename":"Secret","name":"secret"}}`, `{"pet":null}`, "Pet", `["pet"]`},
		{"another type for an object", `{ thing { __typename name } }`, `{"thing":{"__typename":"Secret","name":"secret"}}`, `{"thing":null}`, "Thing", `["thing"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := answerOf(t, c.query, c.came)
			problem := strings.NewReplacer("TYPE", c.kind, "PATH", c.path).Replace(wrong)
			want := `{"data":` + c.data + `,"errors":[` + problem + `]}`
			if diff := cmp.Diff(want, body); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if low := strings.ToLower(body); strings.Contains(low, "secret") || strings.Contains(body, "41977") {
				t.Errorf("the client sees something of the value: %s", body)
			}
		})
	}
}

// What is of the type in another notation is, and a custom scalar is anything.
func TestExecute_takes_what_is_of_the_type(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ query, came, want string }{
		{`{ int }`, `{"int":1e3}`, `{"int":1000}`},
		{`{ int }`, `{"int":7.0}`, `{"int":7}`},
		{`{ int }`, `{"int":-2147483648}`, `{"int":-2147483648}`},
		{`{ float }`, `{"float":3}`, `{"float":3}`},
		{`{ id }`, `{"id":41977}`, `{"id":"41977"}`},
		{`{ any }`, `{"any":{"a":[1,"b",null,{"c":true}]}}`, `{"any":{"a":[1,"b",null,{"c":true}]}}`},
		{`{ color }`, `{"color":"GREEN"}`, `{"color":"GREEN"}`},
		{`{ text }`, `{"text":"a","more":"than was asked for"}`, `{"text":"a"}`},
	} {
		t.Run(c.came, func(t *testing.T) {
			t.Parallel()
			if got, want := answerOf(t, c.query, c.came), `{"data":`+c.want+`}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// answerOf is the answer to a query when the subgraph gives that data.
func answerOf(t *testing.T, query, data string) string {
	t.Helper()
	composed, err := compose.Compose([]compose.Subgraph{{Name: "loose", URL: "http://loose.test", SDL: looseSDL}})
	if err != nil {
		t.Fatal(err)
	}
	super, err := supergraph.Read(composed.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	g, err := execute.New(super, map[string]fetch.Fetcher{"loose": scripted{status: 200, body: `{"data":` + data + `}`}}, execute.Options{})
	if err != nil {
		t.Fatal(err)
	}
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
