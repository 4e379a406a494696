package compose

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	accounts = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@inaccessible"])
"A person."
type User @key(fields: "id") { id: ID! email(obscured: Boolean = false): String secret: String @inaccessible page: Page! }
type Page @shareable { next: Boolean! }
enum Role { STUDENT TEACHER ADMIN }
input NewUser { name: String! role: Role = STUDENT }
scalar DateTime @specifiedBy(url: "https://tools.ietf.org/html/rfc3339")
type Query { me: User at: DateTime }
type Mutation { createUser(input: NewUser!): User! @deprecated(reason: "no \"more\"") }
`
	chat = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@authenticated"])
type Room @key(fields: "id") { id: ID! owner: User! title: String @authenticated }
extend type User @key(fields: "id") { id: ID! rooms(first: Int): [Room!]! }
type Page @shareable { next: Boolean! }
type Query { room(id: ID!): Room }
type Subscription { roomUpdated(id: ID!): Room! }
`
)

func TestCompose_merges_subgraphs(t *testing.T) {
	t.Parallel()
	subs := []Subgraph{{Name: "accounts", URL: "http://accounts", SDL: accounts}, {Name: "chat", URL: "http://chat", SDL: chat}}
	result, err := Compose(subs)
	if err != nil {
		t.Fatal(err)
	}
	for _, sdl := range []string{result.Supergraph, result.API} {
		if _, err := gqlparser.LoadSchema(&ast.Source{Name: "out", Input: sdl}); err != nil {
			t.Errorf("%v\n%s", err, sdl)
		}
	}
	if strings.Contains(result.API, "secret") {
		t.Errorf("the API schema shows an inaccessible field:\n%s", result.API)
	}
	slices.Reverse(subs)
	again, err := Compose(subs)
	if err != nil || again.Supergraph != result.Supergraph {
		t.Errorf("another order of subgraphs gives another supergraph: %v", err)
	}
}
