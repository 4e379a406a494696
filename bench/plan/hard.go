package main

import (
	"fmt"
	"strings"

	"heddle/bench/gateway/shop"
	"heddle/router/compose"
)

// hardGraphs are graphs that make planners work: each asks for something that a
// naive planner would try all ways for.
func hardGraphs() ([]graph, error) {
	var graphs []graph
	for _, build := range []func() ([]compose.Subgraph, []question){manyOwners, otherKeys, deepInterfaces, sharedTrees, hundred, requirements} {
		subgraphs, operations := build()
		composed, err := compose.Compose(subgraphs)
		if err != nil {
			return nil, fmt.Errorf("compose %s: %w", operations[0].name, err)
		}
		name := operations[0].name
		operations[0].name = ""
		graphs = append(graphs, graph{name: name, sdl: composed.Supergraph, operations: operations})
	}
	sdl, err := shop.Supergraph(func(name string) string { return "http://" + name })
	if err != nil {
		return nil, err
	}
	return append(graphs, graph{name: "the shop of bench/gateway", sdl: sdl, operations: []question{{query: shop.Query()}}}), nil
}

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@provides"])` + "\n"

// subgraph is the n-th subgraph of a made graph.
func subgraph(n int, sdl string) compose.Subgraph {
	name := fmt.Sprintf("s%d", n)
	return compose.Subgraph{Name: name, URL: "http://" + name, SDL: link + sdl, File: name + ".graphql"}
}

// manyOwners: an entity whose 60 fields are each resolved by four of 24
// subgraphs; the fewest that have them all are looked for, on three levels.
func manyOwners() ([]compose.Subgraph, []question) {
	const subgraphs, fields, owners = 24, 60, 4
	var list []compose.Subgraph
	for s := range subgraphs {
		var b strings.Builder
		fmt.Fprintf(&b, "type Item @key(fields: \"id\") {\n  id: ID!\n  next: Item @shareable\n")
		for f := range fields {
			for o := range owners {
				if (f*7+o*5+f*o)%subgraphs == s {
					fmt.Fprintf(&b, "  f%d: String @shareable\n", f)
					break
				}
			}
		}
		b.WriteString("}\n")
		if s == 0 {
			b.WriteString("type Query { items: [Item!]! }\n")
		}
		list = append(list, subgraph(s, b.String()))
	}
	var all strings.Builder
	for f := range fields {
		fmt.Fprintf(&all, "f%d ", f)
	}
	return list, []question{{
		name:  "60 fields with four owners each",
		query: fmt.Sprintf("{ items { %[1]s next { %[1]s next { %[1]s } } } }", all.String()),
	}}
}

// otherKeys: an entity that each of 12 subgraphs knows by a key that only its
// neighbour also has: from the first to the last it takes eleven hops.
func otherKeys() ([]compose.Subgraph, []question) {
	const subgraphs = 12
	var list []compose.Subgraph
	for s := range subgraphs {
		var b strings.Builder
		fmt.Fprintf(&b, "type Thing @key(fields: \"k%d\")", s)
		if s > 0 {
			fmt.Fprintf(&b, " @key(fields: \"k%d\")", s-1)
		}
		fmt.Fprintf(&b, " {\n  k%d: ID!\n", s)
		if s > 0 {
			fmt.Fprintf(&b, "  k%d: ID!\n", s-1)
		}
		fmt.Fprintf(&b, "  own%d: String\n}\n", s)
		if s == 0 {
			b.WriteString("type Query { things: [Thing!]! }\n")
		}
		list = append(list, subgraph(s, b.String()))
	}
	return list, []question{
		{name: "a chain of twelve keys", query: fmt.Sprintf("{ things { own%d } }", subgraphs-1)},
		{name: "every field on the way", query: "{ things { own0 own3 own6 own9 own11 } }"},
	}
}

// deepInterfaces: an interface of 20 types, whose fields lie in ten subgraphs
// and lead to the interface again, four levels deep.
func deepInterfaces() ([]compose.Subgraph, []question) {
	const types, subgraphs = 20, 10
	names := make([]string, types)
	for t := range names {
		names[t] = fmt.Sprintf("N%d", t)
	}
	var first strings.Builder
	first.WriteString("type Query { nodes: [Node!]! }\ninterface Node { id: ID! next: Node }\n")
	for _, name := range names {
		fmt.Fprintf(&first, "type %s implements Node @key(fields: \"id\") { id: ID! next: Node }\n", name)
	}
	list := []compose.Subgraph{subgraph(0, first.String())}
	for s := 1; s < subgraphs; s++ {
		var b strings.Builder
		for t, name := range names {
			if t%3 == s%3 {
				fmt.Fprintf(&b, "type %s @key(fields: \"id\") { id: ID! in%d: String }\n", name, s)
			}
		}
		list = append(list, subgraph(s, b.String()))
	}
	var set strings.Builder
	for t, name := range names {
		fmt.Fprintf(&set, "... on %s { ", name)
		for s := 1; s < subgraphs; s++ {
			if t%3 == s%3 {
				fmt.Fprintf(&set, "in%d ", s)
			}
		}
		set.WriteString("} ")
	}
	query := "id " + set.String()
	for range 3 {
		query = "id " + set.String() + "next { " + query + "}"
	}
	return list, []question{{name: "interfaces of 20 types, four deep", query: "{ nodes { " + query + "} }"}}
}

// sharedTrees: ten subgraphs share a root field and the tree of values below
// it, save for a leaf of each; every leaf is asked for.
func sharedTrees() ([]compose.Subgraph, []question) {
	const subgraphs = 10
	var list []compose.Subgraph
	var own strings.Builder
	for s := range subgraphs {
		list = append(list, subgraph(s, fmt.Sprintf(`
type Query { root: Tree @shareable }
type Tree @shareable { name: String left: Branch right: Branch }
type Branch @shareable { name: String left: Twig right: Twig }
type Twig @shareable { name: String leaf: Leaf @shareable }
type Leaf @key(fields: "id") { id: ID! @shareable name: String @shareable leaf%d: String }
`, s)))
		fmt.Fprintf(&own, "leaf%d ", s)
	}
	twig := "name leaf { name " + own.String() + "}"
	branch := fmt.Sprintf("name left { %[1]s } right { %[1]s }", twig)
	return list, []question{{name: "a tree that ten subgraphs share", query: fmt.Sprintf("{ root { name left { %[1]s } right { %[1]s } } }", branch)}}
}

// hundred: 100 subgraphs of ten types each. Every subgraph adds fields to the
// first types of two others, and leads on to the next.
func hundred() ([]compose.Subgraph, []question) {
	const subgraphs, types = 100, 10
	var list []compose.Subgraph
	for s := range subgraphs {
		var b strings.Builder
		next := (s + 1) % subgraphs
		fmt.Fprintf(&b, "type Query { all%d: [T%d_0!]! }\ntype Money @shareable { amount: Int! currency: String! }\n", s, s)
		for t := range types {
			fmt.Fprintf(&b, "type T%d_%d @key(fields: \"id\") { id: ID! name: String price: Money related: [T%d_%d!]!", s, t, s, (t+1)%types)
			if t == 0 {
				fmt.Fprintf(&b, " next: T%d_0", next)
			}
			b.WriteString(" }\n")
		}
		fmt.Fprintf(&b, "type T%d_0 @key(fields: \"id\") { id: ID! note%d: String }\n", next, s)
		if other := (s + subgraphs/2) % subgraphs; other != next {
			fmt.Fprintf(&b, "type T%d_0 @key(fields: \"id\") { id: ID! remark%d: String }\n", other, s)
		}
		list = append(list, subgraph(s, b.String()))
	}
	query := "name"
	for s := 12; s >= 0; s-- {
		extra := fmt.Sprintf("remark%d", (s+subgraphs/2)%subgraphs)
		if s > 0 {
			extra += fmt.Sprintf(" note%d", s-1)
		}
		query = fmt.Sprintf("name price { amount } %s related { name related { price { amount currency } } } next { %s }", extra, query)
	}
	return list, []question{
		{name: "100 subgraphs, a chain through 13", query: "{ all0 { " + query + " } }"},
		{name: "one field of one of them", query: "{ all7 { name } }"},
	}
}

// requirements: ten subgraphs, each with a field that requires the one before
// it, which lies in another.
func requirements() ([]compose.Subgraph, []question) {
	const subgraphs = 10
	var list []compose.Subgraph
	for s := range subgraphs {
		var b strings.Builder
		b.WriteString("type Part @key(fields: \"id\") { id: ID!")
		if s == 0 {
			b.WriteString(" r0: Int }\ntype Query { parts: [Part!]! }\n")
		} else {
			fmt.Fprintf(&b, " r%d: Int @external r%d: Int @requires(fields: \"r%d\") }\n", s-1, s, s-1)
		}
		list = append(list, subgraph(s, b.String()))
	}
	return list, []question{
		{name: "ten requirements in a chain", query: "{ parts { r9 } }"},
		{name: "all of them", query: "{ parts { r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 } }"},
	}
}
