package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// join writes on every element which subgraph has it and how: the directives of
// the join specification.
func join(super *supergraph) {
	super.markRequires()
	for _, t := range super.types {
		switch t.kind {
		case ast.Object:
			super.joinObject(t)
		case ast.Interface:
			super.joinInterface(t)
		case ast.Union:
			t.joinPlain()
			for _, part := range t.parts {
				for _, member := range part.members {
					t.joins = append(t.joins, "@join__unionMember(graph: "+part.sub.id+", member: "+quote(member)+")")
				}
			}
		case ast.Enum:
			t.joinPlain()
			for _, v := range t.values {
				for _, p := range v.parts {
					v.joins = append(v.joins, "@join__enumValue(graph: "+p.sub.id+")")
				}
			}
		case ast.InputObject:
			t.joinPlain()
			for _, i := range t.inputs {
				i.join()
			}
		default:
			t.joinPlain()
		}
	}
}

func (t *mergedType) joinPlain() {
	for _, part := range t.parts {
		t.joins = append(t.joins, joinType{graph: part.sub.id}.String())
	}
}

// join tells the type an input field has in each subgraph, where they differ.
func (m *mergedInput) join() {
	differ := false
	for _, p := range m.parts {
		differ = differ || p.typ.String() != m.typ.String()
	}
	if !differ {
		return
	}
	for _, p := range m.parts {
		m.joins = append(m.joins, joinField{graph: p.sub.id, typ: p.typ.String()}.String())
	}
}

func (s *supergraph) joinInterface(t *mergedType) {
	for _, part := range t.parts {
		t.joins = append(t.joins, part.joinKeys(part.sub.version.Major > 1, part.extended && part.sub.version.Major > 1)...)
	}
	t.joinImplements()
	for _, f := range t.fields {
		if len(f.parts) == len(t.parts) {
			continue
		}
		for _, p := range f.parts {
			j := s.joinFieldOf(f, p)
			if p.typ.String() == f.typ.String() {
				j.typ = ""
			}
			f.joins = append(f.joins, j.String())
		}
	}
}

// joinFieldOf is what a field is in one subgraph, before overrides are looked at.
func (s *supergraph) joinFieldOf(f *mergedField, p *field) joinField {
	j := joinField{graph: p.owner.sub.id, override: p.override, external: p.external, provides: s.printedProvides(p), requires: s.printedRequires(p)}
	if f.typesDiffer() {
		j.typ = p.typ.String()
	}
	return j
}

func (f *mergedField) typesDiffer() bool {
	merged := f.typ.String()
	return slices.ContainsFunc(f.parts, func(p *field) bool { return p.typ.String() != merged })
}

func (t *typeDef) joinKeys(withKeys, extension bool) []string {
	if len(t.keys) == 0 || !withKeys {
		return []string{joinType{graph: t.sub.id}.String()}
	}
	joins := make([]string, len(t.keys))
	for i, k := range t.keys {
		joins[i] = joinType{graph: t.sub.id, key: k.text, extension: extension, unresolvable: !k.resolvable, interfaceObject: t.interfaceObject}.String()
	}
	return joins
}

func (t *mergedType) joinImplements() {
	for _, part := range t.parts {
		for _, name := range part.interfaces {
			t.joins = append(t.joins, "@join__implements(graph: "+part.sub.id+", interface: "+quote(name)+")")
		}
	}
}

// joinType is one @join__type.
type joinType struct {
	graph, key                               string
	extension, unresolvable, interfaceObject bool
}

func (j joinType) String() string {
	b := arguments("@join__type(graph: " + j.graph)
	b.text("key", j.key)
	b.flag("extension", j.extension, "true")
	b.flag("resolvable", j.unresolvable, "false")
	b.flag("isInterfaceObject", j.interfaceObject, "true")
	return string(b) + ")"
}

// joinField is one @join__field.
type joinField struct {
	graph, typ, override, overrideLabel string
	usedOverridden, external            bool
	provides, requires                  string
	contextArguments                    []string
}

// plain says whether the directive tells nothing but the subgraph.
func (j joinField) plain() bool {
	return j.typ == "" && j.override == "" && j.overrideLabel == "" && !j.usedOverridden && !j.external &&
		j.provides == "" && j.requires == "" && len(j.contextArguments) == 0
}

func (j joinField) String() string {
	b := arguments("@join__field(graph: " + j.graph)
	b.text("requires", j.requires)
	b.text("provides", j.provides)
	b.text("type", j.typ)
	b.flag("external", j.external, "true")
	b.text("override", j.override)
	b.flag("usedOverridden", j.usedOverridden, "true")
	b.text("overrideLabel", j.overrideLabel)
	if len(j.contextArguments) > 0 {
		b += arguments(", contextArguments: [" + strings.Join(j.contextArguments, ", ") + "]")
	}
	return string(b) + ")"
}

// arguments is an argument list being written.
type arguments string

func (a *arguments) text(name, value string) {
	if value != "" {
		*a += arguments(", " + name + ": " + quote(value))
	}
}

func (a *arguments) flag(name string, set bool, value string) {
	if set {
		*a += arguments(", " + name + ": " + value)
	}
}

// quote writes a GraphQL string.
func quote(text string) string {
	return (&ast.Value{Kind: ast.StringValue, Raw: text}).String()
}
