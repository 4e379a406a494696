package differential_test

import (
	"fmt"
	"strings"
	"testing"

	"heddle/router/compose"
)

// news gives a graph what came with later versions of Federation: overrides with
// labels, required fields with arguments, and arguments from contexts.
func (m *model) news() {
	for _, t := range m.kinds("entity") {
		if m.chance(50) {
			m.labelled(t)
		}
		if m.chance(60) {
			m.requireWith(t)
		}
	}
	if m.chance(70) {
		m.context()
	}
}

// fresh are subgraphs that have the type and speak Federation 2, in any order.
func (m *model) fresh(t *modelType) []int {
	var subs []int
	for _, sub := range t.subs() {
		if !m.old[sub] {
			subs = append(subs, sub)
		}
	}
	m.Shuffle(len(subs), func(i, j int) { subs[i], subs[j] = subs[j], subs[i] })
	return subs
}

// labelled is a field that two subgraphs resolve: which of them is asked depends
// on a label.
func (m *model) labelled(t *modelType) {
	subs := m.fresh(t)
	if len(subs) < 2 {
		return
	}
	from, to := subs[0], subs[1]
	name, label := strings.ToLower(t.name)+"l", pick(m.dice, "beta", "percent(50)", "percent(0)", "percent(100)")
	typ := m.leaf(from)
	of := m.typeNamed(strings.Trim(typ, "[]!"))
	m.need(of, to)
	t.put(from, name, typ, "", of)
	t.put(to, name, typ, fmt.Sprintf(" @override(from: %q, label: %q)", string(rune('a'+from)), label), of)
}

// requireWith is a field that requires another one with arguments, and perhaps one
// more that requires it with others.
func (m *model) requireWith(t *modelType) {
	subs := m.fresh(t)
	if len(subs) < 2 {
		return
	}
	name := strings.ToLower(t.name) + "w"
	t.put(subs[0], name, "String", "", nil).args = "(x: Int, y: [Int!])"
	t.put(subs[1], name, "String", " @external", nil)
	for i, arguments := range []string{"x: 3", "x: 4, y: [1, 2]"} {
		if i == 0 || m.chance(50) {
			t.put(subs[1], fmt.Sprintf("%s%d", name, i), "String", fmt.Sprintf(" @requires(fields: \"%s(%s)\")", name, arguments), nil)
		}
	}
}

// context lets an entity take an argument from one above it, which alone leads to
// it.
func (m *model) context() {
	for _, above := range m.kinds("entity") {
		subs := m.fresh(above)
		if len(subs) == 0 {
			continue
		}
		sub := subs[0]
		t := m.add(&modelType{name: "X", kind: "entity", primary: sub, keys: []key{{"id", []keyField{{"id", "ID!"}}}}})
		m.keyed(t, sub, t.keys)
		t.put(sub, "xa", "String", "", nil).args = `(a: String @fromContext(field: "$ctx { prop }"))`
		above.heads[sub] = append(above.heads[sub], ` @context(name: "ctx")`)
		above.put(sub, "prop", "String", "", nil)
		above.put(sub, "xs", fmt.Sprintf(pick(m.dice, lists...), "X"), "", t)
		for other := range m.count() {
			if other != sub && !m.old[other] && m.chance(50) {
				m.keyed(t, other, t.keys)
				t.put(other, fmt.Sprintf("x%d", other), "String", "", nil)
			}
		}
		return
	}
}

// TestDifferential_newer tries random requests on random graphs with the newer
// directives: HEDDLE_NEWER_TRIPLES of them, 1,000 unless told otherwise.
func TestDifferential_newer(t *testing.T) {
	t.Parallel()
	js := startNode(t, "reference.mjs", "graphql")
	deviations := readDeviations(t, "testdata/deviations.yml")
	start, graphs := number(t, "HEDDLE_SEED", 1), number(t, "HEDDLE_NEWER_TRIPLES", 1000)/(dataPerGraph*requestsPerData)
	var count tally
	for seed := uint64(start); seed < uint64(start+graphs); seed++ {
		g := composed(seed, &count, func(d dice) []compose.Subgraph { return makeSet(d, true) })
		tryOn(t, js, g, seed, dataPerGraph, deviations, &count)
	}
	t.Logf("seeds %d to %d: %d graphs with newer directives (%d refused by the composer), %d triples, %d differ as known, %d differ",
		start, start+graphs-1, count.graphs.Load(), count.refused.Load(), count.triples.Load(), count.explained.Load(), count.different.Load())
}
