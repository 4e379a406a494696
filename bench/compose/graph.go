package main

import (
	"fmt"
	"strings"

	"heddle/router/compose"
)

// graph makes a graph of so many subgraphs and types. Every subgraph owns its
// share of entities, adds fields to two of each of its neighbours', and has what
// real ones have: value types that all share, enums, inputs, interfaces,
// requirements, queries and mutations.
func graph(subgraphs, types int) []compose.Subgraph {
	perSubgraph := max(1, types/subgraphs)
	set := make([]compose.Subgraph, subgraphs)
	for s := range set {
		var b strings.Builder
		b.WriteString(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@tag"])` + "\n")
		b.WriteString("type Money @shareable { amount: Int! currency: Currency! }\nenum Currency { EUR USD }\ninterface Node { id: ID! }\n")
		var queries strings.Builder
		for i := range perSubgraph {
			writeOwn(&b, &queries, s, i, subgraphs)
		}
		for _, neighbour := range []int{(s + 1) % subgraphs, (s + subgraphs/2) % subgraphs} {
			if neighbour != s {
				writeExtended(&b, s, neighbour)
			}
		}
		fmt.Fprintf(&b, "type Query {\n%s}\n", queries.String())
		fmt.Fprintf(&b, "type Mutation { change%d(id: ID!, with: Change%d!): T%d_0 }\ninput Change%d { name: String price: Int = 1 }\n", s, s, s, s)
		set[s] = compose.Subgraph{Name: fmt.Sprintf("s%d", s), URL: fmt.Sprintf("http://s%d", s), SDL: b.String()}
	}
	return set
}

func writeOwn(b, queries *strings.Builder, s, i, subgraphs int) {
	name := fmt.Sprintf("T%d_%d", s, i)
	fmt.Fprintf(b, "\"Something of subgraph %d.\"\ntype %s implements Node @key(fields: \"id\") {\n  id: ID!\n  name: String! @tag(name: \"public\")\n  price: Money\n  weight: Int\n", s, name)
	fmt.Fprintf(b, "  related(first: Int = 10, after: String): [%s!]!\n", fmt.Sprintf("T%d_%d", s, i/2))
	if i == 0 {
		next := (s + 1) % subgraphs
		if next != s {
			fmt.Fprintf(b, "  next: T%d_0\n", next)
		}
	}
	b.WriteString("}\n")
	fmt.Fprintf(queries, "  get%s(id: ID!): %s\n", name, name)
}

// writeExtended adds to the first entity of another subgraph a field of its own
// and one that needs what its owner has.
func writeExtended(b *strings.Builder, s, other int) {
	fmt.Fprintf(b, "type T%d_0 @key(fields: \"id\") {\n  id: ID!\n  weight: Int @external\n  note%d: String\n  shipping%d: Int @requires(fields: \"weight\")\n}\n", other, s, s)
}
