package differential_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lists are the ways in which a field may lead to a type.
var lists = []string{"%s", "%s", "%s!", "[%s]", "[%s!]", "[%s!]!", "[[%s]]", "[[%s!]!]"}

// target is something composite that a subgraph can lead to.
func (m *model) target(sub int) *modelType {
	var found []*modelType
	for _, t := range m.kinds("entity", "member", "value", "partial", "interface", "union") {
		switch {
		case t.kind == "entity" || t.kind == "member" && t.in(sub):
			found = append(found, t, t)
		case t.kind == "value" || t.kind == "partial" || t.heads[sub] != nil:
			found = append(found, t)
		}
	}
	return pick(m.dice, found...)
}

// ownField gives an entity a field in one or several of its subgraphs.
func (m *model) ownField(t *modelType, i int) {
	sub := pick(m.dice, t.subs()...)
	name := fmt.Sprintf("%s%d", strings.ToLower(t.name), i)
	switch {
	case m.chance(30):
		to := m.target(sub)
		m.need(to, sub)
		f := t.put(sub, name, fmt.Sprintf(pick(m.dice, lists...), to.name), "", to)
		if m.chance(25) {
			f.args = m.args(sub)
		}
		f.plain = f.args == "" && to.kind == "entity"
		if m.chance(40) {
			m.provideAny(f, to, sub)
		}
	case m.chance(15):
		t.put(sub, name, "String", "", nil).args = m.args(sub)
	case m.chance(20) && len(t.subs()) > 1:
		typ := m.leaf(sub)
		for _, other := range t.subs() {
			if (other == sub || m.chance(60)) && (!m.old[other] && !m.old[sub] || other == sub) {
				f := t.put(other, name, typ, m.shareable(other), m.typeNamed(strings.Trim(typ, "[]!")))
				if f.strict == nil {
					f.strict = map[int]bool{}
				}
				f.strict[other] = m.chance(20)
				m.need(m.typeNamed(strings.Trim(typ, "[]!")), other)
			}
		}
	default:
		typ := m.leaf(sub)
		marks := ""
		if !m.old[sub] && m.chance(4) {
			marks = " @inaccessible"
		}
		t.put(sub, name, typ, marks, m.typeNamed(strings.Trim(typ, "[]!"))).plain = marks == ""
	}
}

// leaf is a type without entities, known to the subgraph.
func (m *model) leaf(sub int) string {
	typ := pick(m.dice, "String", "String", "String!", "Int", "Int!", "Float", "Boolean", "ID", "[String]", "[Int!]!", "[[String!]]", "Color", "[Color!]", "Shade", "Shade", "JSON", "[JSON!]", "V0", "V0!", "[V1]")
	m.need(m.typeNamed(strings.Trim(typ, "[]!")), sub)
	return typ
}

// args are the arguments of a field.
func (m *model) args(sub int) string {
	if in := m.typeNamed("In"); in == nil {
		in = m.add(&modelType{name: "In", kind: "input"})
		text := "a: Int b: [String!] c: Color = RED more: In"
		for each := range m.count() {
			in.heads[each] = []string{text}
			m.need(m.typeNamed("Color"), each)
		}
	}
	_ = sub
	return "(" + strings.Join([]string{
		pick(m.dice, "x: Int", "x: Int = 7", "x: Int!", "x: ID"),
		pick(m.dice, "", ", c: Color", ", c: Color! = GREEN", ", cs: [Color!]"),
		pick(m.dice, "", "", ", in: In", `, in: In = {a: 1}`, ", ins: [In!]"),
		pick(m.dice, "", ", f: Float", ", b: Boolean = true", ", m: [[Int]]"),
	}, "") + ")"
}

// provideAny lets a field bring along fields of the entity that it leads to, or
// of one of its members.
func (m *model) provideAny(f *modelField, to *modelType, sub int) {
	if to.kind == "entity" {
		m.provide(f, to, sub, "%s")
	}
	if to.kind != "union" && to.kind != "interface" {
		return
	}
	for _, member := range to.members[sub] {
		if member.kind == "entity" && !strings.Contains(f.marks[sub], "@provides") {
			m.provide(f, member, sub, "... on "+member.name+" { %s }")
		}
	}
}

// provide lets a field bring along fields that others own.
func (m *model) provide(f *modelField, to *modelType, sub int, form string) {
	if m.old[sub] || !to.in(sub) {
		return
	}
	for _, other := range to.fields {
		if _, known := other.marks[sub]; known || !other.plain || other.of != nil && !slices.Contains([]string{"enum", "scalar", "value"}, other.of.kind) {
			continue
		}
		set := other.name
		if other.of != nil && other.of.kind == "value" {
			set += " { " + other.of.fields[0].name + " }"
		}
		m.need(other.of, sub)
		other.marks[sub] = " @external"
		f.marks[sub] += fmt.Sprintf(" @provides(fields: %q)", fmt.Sprintf(form, set))
		return
	}
}

// moves lets fields be required and overridden by other subgraphs.
func (m *model) moves(t *modelType) {
	for _, sub := range t.subs() {
		if t.refers[sub] {
			continue
		}
		if m.chance(45) {
			m.require(t, sub)
		}
		if m.chance(20) && !m.old[sub] {
			m.override(t, sub)
		}
	}
}

func (m *model) require(t *modelType, sub int) {
	var sets []string
	for _, f := range slices.Clone(t.fields) {
		marks, known := f.marks[sub]
		if known && marks != " @external" || !f.plain || !m.chance(60) {
			continue
		}
		set := f.name
		if f.of != nil && f.of.kind == "entity" {
			inner, ok := m.requireBelow(f.of, sub)
			if !ok {
				continue
			}
			set += " { " + inner + " }"
		}
		if f.of != nil && f.of.kind == "value" {
			set += " { " + f.of.fields[0].name + " }"
			if f.of.name == "V0" && m.chance(50) {
				set = f.name + " { c b { x } }"
			}
		}
		m.need(f.of, sub)
		f.marks[sub] = " @external"
		sets = append(sets, set)
		if m.chance(50) {
			break
		}
	}
	if len(sets) == 0 {
		return
	}
	name := fmt.Sprintf("%sr%d", strings.ToLower(t.name), sub)
	t.put(sub, name, "String", fmt.Sprintf(" @requires(fields: %q)", strings.Join(sets, " ")), nil).plain = m.chance(40)
}

// requireBelow is a field of another entity that a subgraph can require.
func (m *model) requireBelow(t *modelType, sub int) (string, bool) {
	if m.old[sub] {
		return "", false
	}
	for _, f := range t.fields {
		marks, known := f.marks[sub]
		if f.of != nil && f.of.kind != "enum" && f.of.kind != "scalar" || !f.plain || known && marks != " @external" || !m.chance(60) {
			continue
		}
		m.need(t, sub)
		m.need(f.of, sub)
		f.marks[sub] = " @external"
		return f.name, true
	}
	return "", false
}

func (m *model) override(t *modelType, sub int) {
	for _, f := range t.fields {
		if _, known := f.marks[sub]; known || !f.plain || len(f.marks) != 1 || strings.Contains(fmt.Sprint(f.marks), "@") {
			continue
		}
		if f.of != nil && f.of.kind == "entity" {
			continue
		}
		from := slices.Collect(maps.Keys(f.marks))[0]
		f.marks[sub] = fmt.Sprintf(" @override(from: %q)", string(rune('a'+from)))
		m.need(f.of, sub)
		f.plain = false
		return
	}
}

// roots gives a subgraph its root fields.
func (m *model) roots(sub int) {
	query := m.typeNamed("Query")
	if query == nil {
		query = m.add(&modelType{name: "Query", kind: "root"})
	}
	for i := range 1 + m.IntN(3) {
		to := m.target(sub)
		m.need(to, sub)
		name := fmt.Sprintf("q%s%d", string(rune('a'+sub)), i)
		query.heads[sub] = []string{""}
		f := query.put(sub, name, fmt.Sprintf(pick(m.dice, lists...), to.name), "", to)
		switch {
		case to.kind == "entity" && m.chance(30):
			f.typ, f.args = to.name, "(id: ID!)"
		case m.chance(15):
			f.args = m.args(sub)
		}
		if m.chance(30) {
			m.provideAny(f, to, sub)
		}
	}
	if m.chance(15) && !m.old[sub] {
		query.put(sub, "common", "String", m.shareable(sub), nil)
	}
	if m.chance(25) && !m.old[sub] {
		to := m.kinds("entity")[0]
		m.need(to, sub)
		query.put(sub, "every", "["+to.name+"]", m.shareable(sub), to)
	}
	if m.chance(25) {
		mutation := m.typeNamed("Mutation")
		if mutation == nil {
			mutation = m.add(&modelType{name: "Mutation", kind: "root"})
		}
		mutation.heads[sub] = []string{""}
		to := m.target(sub)
		m.need(to, sub)
		mutation.put(sub, "m"+string(rune('a'+sub)), to.name, "", to).args = m.args(sub)
	}
}
