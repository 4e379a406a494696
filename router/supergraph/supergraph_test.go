package supergraph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/router/supergraph"
)

// old is what composition of Federation 1 wrote: join v0.1, with owners.
const old = `
schema @core(feature: "https://specs.apollo.dev/core/v0.1") @core(feature: "https://specs.apollo.dev/join/v0.1") { query: Query }
directive @core(feature: String!) repeatable on SCHEMA
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE
directive @join__owner(graph: join__Graph!) on OBJECT | INTERFACE
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
scalar join__FieldSet
type Query { me: User @join__field(graph: A) }
type User @join__owner(graph: A) @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID! @join__field(graph: A)
  name: String
  posts: [Post] @join__field(graph: B, requires: "name")
}
type Post { text: String kind: Kind }
enum Kind { A B }
`

const modern = `
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hide") { query: Q }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "") }
enum link__Purpose { EXECUTION }
"Where it begins."
type Q @join__type(graph: A) @join__type(graph: B) { thing(n: Int, m: Int @hide): Thing @join__field(graph: A) secret: Secret @join__field(graph: A) }
type Secret @join__type(graph: A) @hide { x: Int }
interface Named @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) { id: ID! name: String @join__field(graph: A) votes: Int @join__field(graph: B) }
type Thing implements Named @join__implements(graph: A, interface: "Named") @join__type(graph: A, key: "id") {
  id: ID!
  name: String @authenticated
  size: Int @join__field(graph: A, type: "Int!") @hide
  votes: Int @join__field
  color: Color
}
enum Color @join__type(graph: A) { RED @join__enumValue(graph: A) BLUE @join__enumValue(graph: A) @hide }
`

// describe prints what each subgraph has, for comparison.
func describe(s *supergraph.Supergraph) string {
	var b strings.Builder
	for _, g := range s.Subgraphs {
		fmt.Fprintf(&b, "%s %s\n", g.Name, g.URL)
		for _, t := range g.Types {
			fmt.Fprintf(&b, "  %s %s", strings.ToLower(string(t.Kind)), t.Name)
			for _, k := range t.Keys {
				fmt.Fprintf(&b, " key(%s)", k.Fields)
			}
			if t.InterfaceObject {
				b.WriteString(" interfaceObject")
			}
			for _, f := range t.Fields {
				fmt.Fprintf(&b, " %s:%s", f.Def.Name, f.Type)
				if f.Requires != "" {
					fmt.Fprintf(&b, " requires(%s)", f.Requires)
				}
			}
			b.WriteString(strings.TrimRight(" "+strings.Join(t.Values, " "), " ") + "\n")
		}
	}
	return b.String()
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sdl, want string }{
		{"join v0.1 with owners", old, `a http://a
  object Query me:User
  object User key(id) id:ID! name:String
  object Post text:String kind:Kind
  enum Kind A B
b http://b
  object Query
  object User key(id) posts:[Post] requires(name) id:ID!
  object Post text:String kind:Kind
  enum Kind A B
`},
		{"join v0.3", modern, `a http://a
  object Q thing:Thing secret:Secret
  object Secret x:Int
  interface Named key(id) id:ID! name:String
  object Thing key(id) id:ID! name:String size:Int! color:Color
  enum Color RED BLUE
b 
  object Q
  object Named key(id) interfaceObject id:ID! votes:Int
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := supergraph.Read(c.sdl)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, describe(s)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRead_hides_from_clients(t *testing.T) {
	t.Parallel()
	s, err := supergraph.Read(modern)
	if err != nil {
		t.Fatal(err)
	}
	want := `schema {
  query: Q
}
"""
Where it begins.
"""
type Q {
  thing(n: Int): Thing
}
interface Named {
  id: ID!
  name: String
  votes: Int
}
type Thing implements Named {
  id: ID!
  name: String
  votes: Int
  color: Color
}
enum Color {
  RED
}
`
	if diff := cmp.Diff(want, s.API); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for field, want := range map[string]bool{"Thing.name": true, "Named.name": true, "Thing.id": false, "Q.thing": false} {
		typeName, name, _ := strings.Cut(field, ".")
		if s.Rules(typeName, name) != nil != want {
			t.Errorf("%s has rules: %v, want %v", field, !want, want)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sdl, want string }{
		{"what is no SDL", "type {", "parse supergraph: supergraph:1:6: Expected Name, found {"},
		{"a schema that is no supergraph", "type Query { a: Int }", "this is no supergraph: it has no enum join__Graph"},
		{"a graph without a name", "enum join__Graph { A } type Query { a: Int }", "the value A of join__Graph has no @join__graph"},
		{"an unknown graph", `enum join__Graph { A @join__graph(name: "a", url: "") } type Query @join__type(graph: B) { a: Int }`, `@join__type on Query names the graph "B", which is not in join__Graph`},
		{"a field of a graph without the type", `enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") } type Query @join__type(graph: A) { a: Int @join__field(graph: B) }`, `@join__field on Query.a names the graph "B", which does not have the type`},
		{"an argument from a context", `enum join__Graph { A @join__graph(name: "a", url: "") } type Query @join__type(graph: A) { a(x: Int): Int @join__field(graph: A, contextArguments: [{context: "c", name: "x", type: "Int", selection: ""}]) }`, `@join__field on Query.a: its contextArguments lack name, type, context or selection: {context:"c",name:"x",type:"Int",selection:""}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := supergraph.Read(c.sdl)
			if got := fmt.Sprint(err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
