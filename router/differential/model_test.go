package differential_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"heddle/router/compose"
)

// model is what the subgraphs of a random graph say, before it is written down.
type model struct {
	dice
	old   []bool // the subgraphs that speak Federation 1
	newer bool   // the others speak 2.9
	types []*modelType
}

// modelType is an object type or an interface, over all subgraphs.
type modelType struct {
	name string
	kind string // entity, value, interface, object (an interface's stand-ins), union, enum, root
	// heads are what follows the name, by subgraph: keys, interfaces, members. The
	// type is in the subgraphs that have one.
	heads map[int][]string
	// refers are the subgraphs that only refer to the entity.
	refers map[int]bool
	// primary is the subgraph of an entity that Federation 1 calls its owner.
	primary int
	keys    []key
	fields  []*modelField
	// members of an interface or union, by subgraph.
	members map[int][]*modelType
}

// key is a field set that identifies, and the fields that it is made of.
type key struct {
	set    string
	fields []keyField
}

type keyField struct{ name, typ string }

type modelField struct {
	name, typ, args string
	of              *modelType // what it leads to, if not to a leaf
	// marks are the directives, by subgraph that has the field.
	marks map[int]string
	// strict are the subgraphs that say that it is never null.
	strict map[int]bool
	// plain tells that nothing but its owner knows the field, so that others may
	// require, provide or override it.
	plain bool
}

func (m *model) count() int { return len(m.old) }

func (m *model) add(t *modelType) *modelType {
	t.heads, t.refers, t.members = map[int][]string{}, map[int]bool{}, map[int][]*modelType{}
	m.types = append(m.types, t)
	return t
}

func (t *modelType) in(sub int) bool { return t.heads[sub] != nil || t.refers[sub] }

// subs are the subgraphs that have the type and can say something of it.
func (t *modelType) subs() []int { return slices.Sorted(maps.Keys(t.heads)) }

func (t *modelType) field(name string) *modelField {
	for _, f := range t.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// put adds a field, or adds a subgraph to it.
func (t *modelType) put(sub int, name, typ, marks string, of *modelType) *modelField {
	f := t.field(name)
	if f == nil {
		f = &modelField{name: name, typ: typ, of: of, marks: map[int]string{}}
		t.fields = append(t.fields, f)
	}
	if _, has := f.marks[sub]; !has {
		f.marks[sub] = marks
	}
	return f
}

// need makes the type, and what it leads to, known to a subgraph.
func (m *model) need(t *modelType, sub int) {
	if t == nil || t.in(sub) {
		return
	}
	switch t.kind {
	case "entity", "member":
		t.refers[sub] = true
		k := t.keys[0]
		for _, f := range k.fields {
			t.put(sub, f.name, f.typ, m.external(sub), m.typeNamed(strings.Trim(f.typ, "[]!")))
			m.need(m.typeNamed(strings.Trim(f.typ, "[]!")), sub)
		}
	case "value":
		t.heads[sub] = []string{m.shareable(sub)}
		for _, f := range t.fields {
			f.marks[sub] = ""
			m.need(f.of, sub)
		}
	case "partial":
		t.heads[sub] = []string{m.shareable(sub)}
		for i, f := range t.fields {
			if i == 0 || m.chance(60) {
				f.marks[sub] = ""
				m.need(f.of, sub)
			}
		}
	case "enum", "scalar":
		t.heads[sub] = []string{""}
	case "interface", "union":
		t.heads[sub] = []string{""}
		for i, member := range m.membersOf(t) {
			if i == 0 || m.chance(60) {
				m.join(t, member, sub)
			}
		}
	}
}

// join makes a type a member of an interface or union in a subgraph.
func (m *model) join(t, member *modelType, sub int) {
	m.need(member, sub)
	if slices.Contains(t.members[sub], member) {
		return
	}
	t.members[sub] = append(t.members[sub], member)
	if t.kind != "interface" {
		return
	}
	for _, f := range t.fields {
		own := member.put(sub, f.name, f.typ, m.shareable(sub), f.of)
		own.plain = false
		own.args = f.args
		for other := range own.marks { // every subgraph has to share what one shares
			if own.marks[other] == "" {
				own.marks[other] = m.shareable(other)
			}
		}
		m.need(f.of, sub)
	}
}

// membersOf are all types that an interface or union has anywhere.
func (m *model) membersOf(t *modelType) []*modelType {
	var all []*modelType
	for sub := range m.count() {
		for _, member := range t.members[sub] {
			if !slices.Contains(all, member) {
				all = append(all, member)
			}
		}
	}
	return all
}

func (m *model) typeNamed(name string) *modelType {
	for _, t := range m.types {
		if t.name == name {
			return t
		}
	}
	return nil
}

func (m *model) kinds(kinds ...string) []*modelType {
	var out []*modelType
	for _, t := range m.types {
		if slices.Contains(kinds, t.kind) {
			out = append(out, t)
		}
	}
	return out
}

func (m *model) shareable(sub int) string {
	if m.old[sub] {
		return ""
	}
	return " @shareable"
}

func (m *model) external(sub int) string {
	if m.old[sub] {
		return " @external"
	}
	return ""
}

const imports = `"@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@tag", "@interfaceObject"`

// write gives the subgraphs of the model.
func (m *model) write() []compose.Subgraph {
	var set []compose.Subgraph
	for sub := range m.count() {
		var b strings.Builder
		if !m.old[sub] {
			version, known := "v2.7", imports
			if m.newer {
				version, known = "v2.9", imports+`, "@context", "@fromContext"`
			}
			fmt.Fprintf(&b, "extend schema @link(url: \"https://specs.apollo.dev/federation/%s\", import: [%s])\n", version, known)
		}
		for _, t := range m.types {
			if t.in(sub) {
				m.writeType(&b, t, sub)
			}
		}
		name := string(rune('a' + sub))
		set = append(set, compose.Subgraph{Name: name, URL: "http://" + name, SDL: b.String(), File: name + ".graphql"})
	}
	return set
}

func (m *model) writeType(b *strings.Builder, t *modelType, sub int) {
	head := strings.Join(t.heads[sub], "")
	switch t.kind {
	case "enum":
		fmt.Fprintf(b, "enum %s { %s }\n", t.name, cmpOr(head, strings.Join(enumValues, " ")))
		return
	case "scalar":
		fmt.Fprintf(b, "scalar %s\n", t.name)
		return
	case "input":
		fmt.Fprintf(b, "input %s { %s }\n", t.name, head)
		return
	case "union":
		var names []string
		for _, member := range t.members[sub] {
			names = append(names, member.name)
		}
		fmt.Fprintf(b, "union %s = %s\n", t.name, strings.Join(names, " | "))
		return
	}
	keyword := "type"
	if t.kind == "interface" && !strings.Contains(head, "@interfaceObject") {
		keyword = "interface"
	}
	if (t.kind == "entity" || t.kind == "member") && m.old[sub] && t.primary != sub {
		keyword = "extend type"
	}
	if t.refers[sub] {
		head = fmt.Sprintf(" @key(fields: %q, resolvable: false)", t.keys[0].set)
		if m.old[sub] {
			head = fmt.Sprintf(" @key(fields: %q)", t.keys[0].set)
		}
	}
	fmt.Fprintf(b, "%s %s%s%s {\n", keyword, t.name, m.implements(t, sub), head)
	for _, f := range t.fields {
		if marks, has := f.marks[sub]; has {
			if t.kind == "value" || t.kind == "partial" || t.kind == "interface" {
				marks = strings.ReplaceAll(marks, " @shareable", "")
			}
			fmt.Fprintf(b, "  %s%s: %s%s\n", f.name, f.args, f.typIn(sub), marks)
		}
	}
	b.WriteString("}\n")
}

// typIn is the type of the field in a subgraph.
func (f *modelField) typIn(sub int) string {
	if f.strict[sub] && !strings.HasSuffix(f.typ, "!") {
		return f.typ + "!"
	}
	return f.typ
}

func (m *model) implements(t *modelType, sub int) string {
	var names []string
	for _, i := range m.kinds("interface") {
		if slices.Contains(i.members[sub], t) {
			names = append(names, i.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " implements " + strings.Join(names, " & ")
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
