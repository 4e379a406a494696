package operation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
type Query { user(id: ID!): User find(in: Filter, ids: [ID!], n: Int, f: Float, kind: Kind, ok: Boolean, any: Any): [Node!] _3: Int self: Query! secret: String! }
type Mutation { set(name: String!): User }
type Subscription { ticks: Int }
interface Node { id: ID! }
type User implements Node { id: ID! name: String friends(first: Int = 10): [User!] }
type Bot implements Node { id: ID! owner: User }
input Filter { name: String! age: Int = 3 nested: [Filter!] one: OneOf }
input OneOf @oneOf { a: Int b: Int }
enum Kind { BIG SMALL }
scalar Any
`})

func read(query, variables string) (*operation.Normalized, map[string]any, operation.Errors) {
	doc, errs := operation.Read(schema, map[string]bool{"id": true, "name": true, "_3": true}, operation.Request{Query: query}, operation.Limits{})
	if errs != nil {
		return nil, nil, errs
	}
	values, errs := doc.Variables(operation.Request{Variables: json.RawMessage(variables)})
	if errs != nil {
		return nil, nil, errs
	}
	n, errs := doc.Normalise(values, operation.Denied{"Query.secret": operation.Unauthenticated}, true)
	return n, values, errs
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, query, variables, text, values string }{
		{"literals are taken out", `{ user(id: "1") { name } }`, ``, `query($v0: ID!) {user(id: $v0) {name}}`, `v0="1"`},
		{"other literals are the same operation", `{ user(id: 2) { name } }`, ``, `query($v0: ID!) {user(id: $v0) {name}}`, `v0="2"`},
		{"variables are named in order", `query Q($b: ID!) { user(id: $b) { name } }`, `{"b":"x"}`, `query($v0: ID!) {user(id: $v0) {name}}`, `v0="x"`},
		{"a variable without a value stays without one", `query($n: Int) { find(n: $n) { id } }`, ``, `query($v0: Int) {find(n: $v0) {id}}`, `v0=`},
		{"a default fills in", `query($n: Int = 7) { find(n: $n) { id } }`, `{}`, `query($v0: Int) {find(n: $v0) {id}}`, `v0=7`},
		{"variables inside of a literal", `query($n: String!, $a: Int) { find(in: {name: $n, age: $a}) { id } }`, `{"n":"x"}`, `query($v0: Filter) {find(in: $v0) {id}}`, `v0={"name":"x"}`},
		{"one value stands for a list", `{ find(ids: "a") { id } }`, ``, `query($v0: [ID!]) {find(ids: $v0) {id}}`, `v0=["a"]`},
		{"the same value is one variable", `{ a: user(id: "1") { name } b: user(id: "1") { name } }`, ``, `query($v0: ID!) {_0: user(id: $v0) {name} _1: user(id: $v0) {name}}`, `v0="1"`},
		{"fragments are spread", `{ user(id: "1") { ...F ... on Node { id } } } fragment F on User { name ... { friends { id } } }`, ``, `query($v0: ID!) {user(id: $v0) {friends {id} id name}}`, `v0="1"`},
		{"what is skipped is gone", `query($s: Boolean!) { user(id: "1") { name @skip(if: $s) id @include(if: false) } }`, `{"s":true}`, `query($v0: ID!, $c0: Boolean!) {user(id: $v0) {name @include(if: $c0)}}`, `v0="1" c0=false`},
		{"a denied field is marked", `{ a: secret self { secret } }`, ``, `query {__heddle_0_r__0: __typename self {__heddle_1_r_secret: __typename}}`, ``},
		{"introspection is marked", `{ t: __type(name: "User") { name } }`, ``, `query {__heddle_0_n__0: __typename}`, ``},
		{"aliases are counted", `{ user(id: "1") { id: name n: id friends { n: id ... { id: name } name: name } } }`, ``, `query($v0: ID!) {user(id: $v0) {friends {_0: id name _1: name} _0: id _1: name}}`, `v0="1"`},
		{"an alias where a field has the name that it would have", `{ self { a: _3 b: _3 c: _3 d: _3 _3 } }`, ``, `query {self {_3 _0: _3 _1: _3 _2: _3 __heddle_as_3: _3}}`, ``},
		{"what is deferred is a group", `{ user(id: "1") { id ... @defer(label: "a") { name friends { id } } } }`, ``, `query($v0: ID!) {user(id: $v0) {id __heddle_defer_1_0_friends: friends {id} __heddle_defer_1_0_name: name}}`, `v0="1"`},
		{"what is deferred in what is deferred", `{ user(id: "1") { ... @defer { id ... on Node @defer { id } friends { ... @defer { name } } } } }`, ``, `query($v0: ID!) {user(id: $v0) {__heddle_defer_1_0_friends: friends {__heddle_defer_2_0_name: name} __heddle_defer_1_0_id: id __heddle_defer_3_1_id: id}}`, `v0="1"`},
		{"what is not deferred after all", `query($d: Boolean!) { user(id: "1") { ... @defer(if: $d) { name } ... @defer(if: false) { id } } }`, `{"d":false}`, `query($v0: ID!) {user(id: $v0) {id name}}`, `v0="1"`},
		{"a denied field that is deferred", `{ ... @defer { a: secret } }`, ``, `query {__heddle_defer_1_0___heddle_0_r__0: __typename}`, ``},
		{"values of every kind", `{ find(n: 1, f: 2, kind: BIG, ok: true, any: {a: [1, "b", null]}) { id } }`, ``, `query($v0: Any, $v1: Float, $v2: Kind, $v3: Int, $v4: Boolean) {find(any: $v0, f: $v1, kind: $v2, n: $v3, ok: $v4) {id}}`, `v0={"a":[1,"b",null]} v1=2 v2="BIG" v3=1 v4=true`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, variables, errs := read(c.query, c.variables)
			if errs != nil {
				t.Fatal(errs)
			}
			list, err := n.Values(variables)
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			for _, v := range list {
				values = append(values, v.Name+"="+string(v.JSON))
			}
			if diff := cmp.Diff([]string{c.text, c.values}, []string{n.Text, strings.Join(values, " ")}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestNormalise_order: what differs only in order, or in where fragments stand,
// has one text; how it is written is the client's.
func TestNormalise_order(t *testing.T) {
	t.Parallel()
	type wrote struct{ query, written string }
	for name, c := range map[string]struct {
		text string
		all  []wrote
	}{
		"fields": {`query($v0: ID!) {user(id: $v0) {friends {id name} id name}}`, []wrote{
			{`{ user(id: 1) { friends { id name } id name } }`, `query($v0: ID!) {user(id: $v0) {friends {id name} id name}}`},
			{`{ user(id: 1) { name id friends { name id } } }`, `query($v0: ID!) {user(id: $v0) {name id friends {name id}}}`},
			{`{ user(id: 1) { name name id friends { name } } user(id: 1) { friends { id } } }`, `query($v0: ID!) {user(id: $v0) {name name id friends {name}} user(id: $v0) {friends {id}}}`},
			{`{ ...F user(id: 1) { friends { id } } } fragment F on Query { user(id: 1) { name ... on Node { id } friends { name } } }`, `query($v0: ID!) {user(id: $v0) {name id friends {name}} user(id: $v0) {friends {id}}}`},
		}},
		"arguments": {`query($v0: Float, $v1: Int) {find(f: $v0, n: $v1) {id}}`, []wrote{
			{`{ find(n: 1, f: 2) { id } }`, `query($v0: Float, $v1: Int) {find(f: $v0, n: $v1) {id}}`},
			{`{ find(f: 2, n: 1) { id } }`, `query($v0: Float, $v1: Int) {find(f: $v0, n: $v1) {id}}`},
		}},
		"fragments": {`query {find {id ... on Bot {owner {name}} ... on User {friends {id} name}}}`, []wrote{
			{`{ find { ... on User { name friends { id } } ... on Bot { owner { name } } id } }`, `query {find {... on User {name friends {id}} ... on Bot {owner {name}} id}}`},
			{`{ find { ... on User { name } id ... on Bot { owner { name } } ...F } } fragment F on User { friends { id } }`, `query {find {... on User {name} id ... on Bot {owner {name}} ... on User {friends {id}}}}`},
		}},
		"aliases": {`query {self {_3} _0: self {_3 _1: _3} _2: self {__typename}}`, []wrote{
			{`{ self { _3 } x: self { y: _3 _3 } z: self { __typename } }`, `query {self {_3} _0: self {_1: _3 _3} _2: self {__typename}}`},
			{`{ a: self { __typename } b: self { _3 c: _3 } self { _3 } }`, `query {_2: self {__typename} _0: self {_3 _1: _3} self {_3}}`},
		}},
		"conditions": {`query($v0: ID!, $c0: Boolean!, $c1: Boolean!) {user(id: $v0) {id @include(if: $c0) name @include(if: $c1)}}`, []wrote{
			{`query($a: Boolean!, $b: Boolean!) { user(id: 1) { id @include(if: $a) name @skip(if: $b) } }`, `query($v0: ID!, $c0: Boolean!, $c1: Boolean!) {user(id: $v0) {id @include(if: $c0) name @include(if: $c1)}}`},
			{`query($a: Boolean!, $b: Boolean!) { user(id: 1) { ... @include(if: $a) { name } ... @skip(if: $b) { id } } }`, `query($v0: ID!, $c0: Boolean!, $c1: Boolean!) {user(id: $v0) {name @include(if: $c1) id @include(if: $c0)}}`},
		}},
		"a mutation's own fields stay where they are": {`mutation($v0: String!, $v1: String!) {_0: set(name: $v0) {id name} _1: set(name: $v1) {id}}`, []wrote{
			{`mutation { b: set(name: "b") { name id } a: set(name: "a") { id } }`, `mutation($v0: String!, $v1: String!) {_0: set(name: $v0) {name id} _1: set(name: $v1) {id}}`},
			{`mutation { a: set(name: "a") { id name } b: set(name: "b") { id } }`, `mutation($v0: String!, $v1: String!) {_0: set(name: $v0) {id name} _1: set(name: $v1) {id}}`},
		}},
		"deferred fragments": {`query($v0: ID!) {user(id: $v0) {id __heddle_defer_1_0_friends: friends {id} __heddle_defer_2_0_name: name}}`, []wrote{
			{`{ user(id: 1) { ... @defer { name } id ... @defer { friends { id } } } }`, `query($v0: ID!) {user(id: $v0) {__heddle_defer_2_0_name: name id __heddle_defer_1_0_friends: friends {id}}}`},
			{`{ user(id: 1) { ... @defer { friends { id } } ... @defer { name } id } }`, `query($v0: ID!) {user(id: $v0) {__heddle_defer_1_0_friends: friends {id} __heddle_defer_2_0_name: name id}}`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, w := range c.all {
				n, _, errs := read(w.query, `{"a":true,"b":true}`)
				if errs != nil {
					t.Fatal(errs)
				}
				if diff := cmp.Diff([]string{c.text, w.written}, []string{n.Text, n.Written}); diff != "" {
					t.Errorf("%s (-want +got)\n%s", w.query, diff)
				}
			}
		})
	}
}

func TestRead_refuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("{ self ", 50) + "{ __typename }" + strings.Repeat("}", 50)
	bomb := "{ ...F0 }"
	for i := range 30 {
		bomb += fmt.Sprintf(" fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	bomb += " fragment F30 on Query { __typename }"
	aliases := "{"
	for i := range 600 {
		aliases += fmt.Sprintf(" a%d: __typename", i)
	}
	for _, c := range []struct{ name, query, variables, code, message string }{
		{"nothing", " ", "", "GRAPHQL_PARSE_FAILED", "The query is empty."},
		{"ten megabytes", "{ " + strings.Repeat("__typename ", 1<<20) + "}", "", "OPERATION_TOO_LARGE", "The query is longer than the 1048576 bytes that are allowed."},
		{"too many tokens", "{ " + strings.Repeat("id ", 30_000) + "}", "", "OPERATION_TOO_LARGE", "The query has more than the 20000 tokens that are allowed."},
		{"too deep", deep, "", "OPERATION_TOO_LARGE", "The operation has more levels of fields than the 40 that are allowed."},
		{"fragments that multiply", bomb, "", "OPERATION_TOO_LARGE", "The operation has more fields than the 10000 that are allowed."},
		{"too many aliases", aliases + " }", "", "OPERATION_TOO_LARGE", "The operation has more aliases than the 500 that are allowed."},
		{"an alias of ours", "{ __heddle_0_n_x: __typename }", "", "GRAPHQL_VALIDATION_FAILED", `The alias "__heddle_0_n_x" is reserved.`},
		{"@defer at the root of a mutation", `mutation { ... @defer(if: false) { set(name: "a") { id } } }`, "", "GRAPHQL_VALIDATION_FAILED", `Defer directive cannot be used on root mutation type "Mutation".`},
		{"@defer in a subscription", `subscription { ...F } fragment F on Subscription { ... @defer { ticks } }`, "", "GRAPHQL_VALIDATION_FAILED", "Defer directive not supported on subscription operations. Disable `@defer` by setting the `if` argument to `false`."},
		{"a label twice", `{ ... @defer(label: "a") { __typename } self { ... on Query @defer(label: "a") { __typename } } }`, "", "GRAPHQL_VALIDATION_FAILED", `The label "a" is given to more than one deferred fragment.`},
		{"a label that varies", `query($l: String) { ... @defer(label: $l) { __typename } }`, "", "GRAPHQL_VALIDATION_FAILED", `Argument "@defer(label:)" must be a static string.`},
		{"variables that are no object", "{ __typename }", "[1]", "BAD_USER_INPUT", "The variables are not a JSON object."},
		{"a variable that is not an integer", "query($n: Int) { find(n: $n) { id } }", `{"n": 1.5}`, "BAD_USER_INPUT", `Variable "$n" got invalid value 1.5; Int cannot represent non-integer value.`},
		{"an integer that is too large", "query($n: Int) { find(n: $n) { id } }", `{"n": 3000000000}`, "BAD_USER_INPUT", `Variable "$n" got invalid value 3000000000; Int cannot represent non 32-bit signed integer value.`},
		{"null where none may be", "query($n: [ID!]) { find(ids: $n) { id } }", `{"n": ["a", null]}`, "BAD_USER_INPUT", `Variable "$n" got invalid value null at "n[1]"; Expected non-nullable type "ID!" not to be null.`},
		{"an unknown enum value", "query($k: Kind) { find(kind: $k) { id } }", `{"k": "HUGE"}`, "BAD_USER_INPUT", `Variable "$k" got invalid value "HUGE"; Value "HUGE" does not exist in "Kind" enum.`},
		{"an unknown input field", "query($f: Filter) { find(in: $f) { id } }", `{"f": {"name": "a", "nested": [{"name": "b", "x": 1}]}}`, "BAD_USER_INPUT", `Variable "$f" got invalid value {"name":"b","x":1} at "f.nested[0]"; Field "x" is not defined by type "Filter".`},
		{"a missing input field", "query($f: Filter) { find(in: $f) { id } }", `{"f": {}}`, "BAD_USER_INPUT", `Variable "$f" got invalid value {}; Field "name" of required type "String!" was not provided.`},
		{"two of one", "query($f: Filter) { find(in: $f) { id } }", `{"f": {"name": "a", "one": {"a": 1, "b": 2}}}`, "BAD_USER_INPUT", `Variable "$f" got invalid value {"a":1,"b":2} at "f.one"; Exactly one key must be specified for OneOf type "OneOf".`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, errs := read(c.query, c.variables)
			if len(errs) == 0 {
				t.Fatal("it was not refused")
			}
			if diff := cmp.Diff([]any{c.code, c.message}, []any{errs[0].Extensions["code"], errs[0].Message}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`query($a: Int) { find(n: $a) { id ... on User @skip(if: true) { name } } }`, `{"a": 1}`)
	f.Add(`{ ...F } fragment F on Query { self { ...F } }`, `{}`)
	f.Fuzz(func(_ *testing.T, query, variables string) {
		if n, values, errs := read(query, variables); errs == nil {
			_, _ = n.Values(values)
		}
	})
}
