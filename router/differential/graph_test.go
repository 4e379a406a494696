package differential_test

import (
	"fmt"
	"slices"
	"strings"

	"heddle/router/compose"
)

var enumValues = []string{"RED", "GREEN", "BLUE"}

// makeSet makes the subgraphs of a random graph. Nearly all of them compose. A
// newer one has directives that other composers and gateways may not know.
func makeSet(d dice, newer bool) []compose.Subgraph {
	m := &model{dice: d, newer: newer}
	for range 2 + d.IntN(3) {
		m.old = append(m.old, d.chance(10))
	}
	m.leaves()
	for i := range 1 + d.IntN(3) {
		m.entity(fmt.Sprintf("E%d", i), m.randomSubs(65))
	}
	if d.chance(60) {
		m.sharedInterface()
	}
	if d.chance(50) {
		m.union()
	}
	if d.chance(40) {
		m.entityInterface()
	}
	for _, t := range m.kinds("entity", "member") {
		for i := range 1 + d.IntN(5) {
			m.ownField(t, i)
		}
	}
	for _, t := range m.kinds("entity", "member") {
		m.moves(t)
	}
	m.base()
	for sub := range m.count() {
		m.roots(sub)
	}
	if newer {
		m.news()
	}
	return m.write()
}

// randomSubs are at least one subgraph, each with a chance.
func (m *model) randomSubs(percent int) []int {
	var subs []int
	for sub := range m.count() {
		if m.chance(percent) {
			subs = append(subs, sub)
		}
	}
	if len(subs) == 0 {
		subs = []int{m.IntN(m.count())}
	}
	m.Shuffle(len(subs), func(i, j int) { subs[i], subs[j] = subs[j], subs[i] })
	return subs
}

// leaves are the types that hold no entities.
func (m *model) leaves() {
	m.add(&modelType{name: "Color", kind: "enum"})
	m.add(&modelType{name: "Shade", kind: "enum"})
	if m.chance(40) { // an enum that is never put in may differ
		for sub := range m.count() {
			text := strings.Join(enumValues[:2+m.IntN(2)], " ")
			if !m.old[sub] && m.chance(20) {
				text += " @inaccessible"
			}
			m.typeNamed("Shade").heads[sub] = []string{text}
		}
	}
	m.add(&modelType{name: "JSON", kind: "scalar"})
	org := m.add(&modelType{name: "Org", kind: "value"})
	org.value("id", "ID!", nil)
	org.value("label", "String", nil)
	inner := m.add(&modelType{name: "V1", kind: "value"})
	inner.value("x", "Int", nil)
	inner.value("ys", pick(m.dice, "[String]", "[[Int!]]", "[Float!]!"), nil)
	outer := m.add(&modelType{name: "V0", kind: "value"})
	outer.value("a", pick(m.dice, "String", "String!"), nil)
	outer.value("b", pick(m.dice, "V1", "[V1]", "[[V1]!]", "V1!"), inner)
	outer.value("c", "Color", m.typeNamed("Color"))
	if m.chance(40) { // a type without a key that each subgraph has other fields of
		part := m.add(&modelType{name: "P", kind: "partial"})
		part.value("p0", "String", nil)
		part.value("p1", "[V1]", inner)
		part.value("p2", "P", part)
	}
}

// value adds a field to a type that all subgraphs have alike.
func (t *modelType) value(name, typ string, of *modelType) *modelField {
	t.fields = append(t.fields, &modelField{name: name, typ: typ, of: of, marks: map[int]string{}})
	return t.fields[len(t.fields)-1]
}

// keyForms are the keys that an entity may have.
func keyForms() []key {
	return []key{
		{"id", []keyField{{"id", "ID!"}}},
		{"id", []keyField{{"id", "ID!"}}},
		{"id", []keyField{{"id", "ID"}}},
		{"code", []keyField{{"code", "String!"}}},
		{"number", []keyField{{"number", "Int!"}}},
		{"id region", []keyField{{"id", "ID!"}, {"region", "String!"}}},
		{"org { id }", []keyField{{"org", "Org!"}}},
		{"code org { id }", []keyField{{"code", "String!"}, {"org", "Org!"}}},
	}
}

// ownerKey is a key that holds another entity.
func (m *model) ownerKey() (key, bool) {
	for _, t := range m.kinds("entity") {
		if k := t.keys[0]; k.set == "id" && k.fields[0].typ == "ID!" {
			return key{"owner { id }", []keyField{{"owner", t.name + "!"}}}, true
		}
	}
	return key{}, false
}

func (m *model) entity(name string, subs []int) *modelType {
	first := pick(m.dice, keyForms()...)
	if owner, ok := m.ownerKey(); ok && m.chance(15) {
		first = owner
	}
	t := m.add(&modelType{name: name, kind: "entity", primary: subs[0]})
	t.keys = []key{first}
	form := pick(m.dice, "same", "same", "several", "chain")
	for i, sub := range subs {
		keys := []key{first}
		switch {
		case form == "several" && m.chance(60):
			keys = append(keys, m.extraKey(0))
		case form == "chain" && !m.anyOld():
			keys = nil
			if i > 0 {
				keys = append(keys, m.extraKey(i-1))
			}
			if i < len(subs)-1 || i == 0 {
				keys = append(keys, m.extraKey(i))
			}
		}
		m.keyed(t, sub, keys)
	}
	return t
}

func (m *model) anyOld() bool { return slices.Contains(m.old, true) }

func (m *model) extraKey(i int) key {
	name := fmt.Sprintf("k%d", i)
	return key{name, []keyField{{name, "ID!"}}}
}

// keyed gives an entity its keys in a subgraph.
func (m *model) keyed(t *modelType, sub int, keys []key) {
	for i, k := range keys {
		if i == 0 && len(t.heads) == 0 {
			t.keys = []key{k}
		}
		resolvable := ""
		if i > 0 && !m.old[sub] && m.chance(10) {
			resolvable = ", resolvable: false"
		}
		t.heads[sub] = append(t.heads[sub], fmt.Sprintf(" @key(fields: %q%s)", k.set, resolvable))
		for _, f := range k.fields {
			marks := ""
			if m.old[sub] && t.primary != sub {
				marks = " @external"
			}
			of := m.typeNamed(strings.Trim(f.typ, "!"))
			t.put(sub, f.name, f.typ, marks, of)
			m.need(of, sub)
		}
	}
}

// sharedInterface is an interface whose members differ between subgraphs.
func (m *model) sharedInterface() {
	t := m.add(&modelType{name: "Named", kind: "interface"})
	t.value("name", pick(m.dice, "String", "String!"), nil)
	if m.chance(40) {
		t.value("extra", "V1", m.typeNamed("V1"))
	}
	if m.chance(30) {
		t.value("peer", "Named", t)
	}
	var members []*modelType
	for i := range 1 + m.IntN(3) {
		n := m.add(&modelType{name: fmt.Sprintf("N%d", i), kind: "value"})
		for _, f := range t.fields {
			own := n.value(f.name, f.typ, f.of)
			if m.chance(20) && !strings.HasSuffix(own.typ, "!") {
				own.typ += "!"
			}
			if f.name == "peer" && m.chance(50) {
				own.typ, own.of = n.name, n
			}
		}
		n.value(fmt.Sprintf("n%d", i), pick(m.dice, "Int", "String!", "[ID]"), nil)
		members = append(members, n)
	}
	if e := m.kinds("entity"); m.chance(50) {
		members = append(members, pick(m.dice, e...))
	}
	for _, sub := range m.randomSubs(70) {
		t.heads[sub] = []string{""}
		for _, f := range t.fields {
			f.marks[sub] = ""
			m.need(f.of, sub)
		}
		for i, member := range members {
			if (i == 0 || m.chance(60)) && (member.kind == "value" || member.heads[sub] != nil && !m.anyOld()) {
				m.join(t, member, sub)
			}
		}
		if len(t.members[sub]) == 0 {
			m.join(t, members[0], sub)
		}
	}
}

// base is an interface that the shared one implements.
func (m *model) base() {
	named := m.typeNamed("Named")
	if named == nil || m.chance(50) {
		return
	}
	t := m.add(&modelType{name: "Base", kind: "interface"})
	f := t.value("name", named.fields[0].typ, nil)
	for _, sub := range named.subs() {
		if m.chance(60) || len(t.heads) == 0 {
			t.heads[sub] = []string{""}
			f.marks[sub] = ""
			t.members[sub] = append(slices.Clone(named.members[sub]), named)
		}
	}
}

func (m *model) union() {
	t := m.add(&modelType{name: "Any", kind: "union"})
	all := m.kinds("entity", "value")
	m.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	members := all[:min(len(all), 2+m.IntN(2))]
	for _, sub := range m.randomSubs(70) {
		t.heads[sub] = []string{""}
		for i, member := range members {
			if i == 0 || m.chance(70) {
				m.join(t, member, sub)
			}
		}
	}
}

// entityInterface is an interface with a key, and interface objects for it.
func (m *model) entityInterface() {
	var fresh []int
	for sub := range m.count() {
		if !m.old[sub] {
			fresh = append(fresh, sub)
		}
	}
	if len(fresh) == 0 {
		return
	}
	home := pick(m.dice, fresh...)
	k := key{"id", []keyField{{"id", "ID!"}}}
	t := m.add(&modelType{name: "Media", kind: "interface", keys: []key{k}})
	t.heads[home] = []string{` @key(fields: "id")`}
	t.put(home, "id", "ID!", "", nil)
	t.put(home, "title", pick(m.dice, "String", "String!"), "", nil)
	for i := range 1 + m.IntN(3) {
		member := m.add(&modelType{name: fmt.Sprintf("M%d", i), kind: "member", primary: home, keys: []key{k}})
		m.keyed(member, home, []key{k})
		member.put(home, "title", t.field("title").typ, "", nil)
		t.members[home] = append(t.members[home], member)
		for _, sub := range fresh {
			if sub != home && m.chance(25) {
				m.keyed(member, sub, []key{k})
			}
		}
	}
	for i, sub := range fresh {
		if sub == home || !m.chance(60) || slices.ContainsFunc(t.members[home], func(x *modelType) bool { return x.in(sub) }) {
			continue
		}
		t.heads[sub] = []string{` @interfaceObject @key(fields: "id")`}
		t.put(sub, "id", "ID!", "", nil)
		t.put(sub, fmt.Sprintf("score%d", i), pick(m.dice, "Int", "String", "V0"), "", nil)
		if f := t.field(fmt.Sprintf("score%d", i)); f.typ == "V0" {
			f.of = m.typeNamed("V0")
			m.need(f.of, sub)
		}
		if m.chance(40) {
			t.put(sub, "title", t.field("title").typ, " @external", nil)
			t.put(sub, fmt.Sprintf("titled%d", i), "String", ` @requires(fields: "title")`, nil)
		}
	}
}
