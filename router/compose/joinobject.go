package compose

import (
	"slices"

	"heddle/router/federation"
)

// joinObject writes the join directives of an object type and its fields.
func (s *supergraph) joinObject(t *mergedType) {
	s.joinObjectTypes(t)
	types := len(t.joins)
	t.joinImplements()
	ofInterfaces := t.interfaceFields(s)
	t.fields = slices.DeleteFunc(t.fields, func(f *mergedField) bool { return s.unneeded(f, ofInterfaces) })
	for _, f := range t.fields {
		if f.fromInterface != nil {
			f.joins = []string{"@join__field"}
			continue
		}
		joins := s.joinsOf(f, ofInterfaces)
		if len(joins) == 1 && types == 1 && joins[0].plain() {
			continue
		}
		for _, j := range joins {
			f.joins = append(f.joins, j.String())
		}
	}
}

func (s *supergraph) joinObjectTypes(t *mergedType) {
	if t.name == "Query" {
		for _, sub := range s.subs {
			t.joins = append(t.joins, joinType{graph: sub.id}.String())
		}
		return
	}
	ofInterfaces := t.interfaceFields(s)
	for _, part := range t.parts {
		if s.keepsPart(t, part, ofInterfaces) {
			t.joins = append(t.joins, part.joinKeys(true, part.isFederationExtension())...)
			t.onlyIn = part.sub
		}
	}
	if len(t.joins) != 1 {
		t.onlyIn = nil
	}
}

// isFederationExtension says whether the type is marked as an extension in the
// supergraph.
func (t *typeDef) isFederationExtension() bool {
	return t.extends || t.sub.version != federation.V1 && t.extended && !t.defined
}

// keepsPart says whether a subgraph really has the type, rather than only names
// some of its fields as external.
func (s *supergraph) keepsPart(t *mergedType, part *typeDef, ofInterfaces interfaceParts) bool {
	if len(part.keys) > 0 || part.defined && (part.sub.version != federation.V1 || !part.extends) {
		return true
	}
	for _, p := range part.fields {
		if !p.external || p.provided || p.effectivelyRequired() || part.extended && !p.onlyOverriddenRequires() || s.usedOverridden(t.field(p.name), p, ofInterfaces) {
			return true
		}
	}
	return false
}

// partKey is a field in a subgraph.
type partKey struct {
	field string
	sub   *subgraph
}

// interfaceParts says which fields the interfaces of a type have in which
// subgraphs; one map for each interface, which all of its types share.
type interfaceParts []map[partKey]bool

func (p interfaceParts) has(field string, sub *subgraph) bool {
	return slices.ContainsFunc(p, func(one map[partKey]bool) bool { return one[partKey{field, sub}] })
}

func (t *mergedType) interfaceFields(s *supergraph) interfaceParts {
	var found interfaceParts
	for _, name := range t.interfaces {
		if i := s.byName[name]; i != nil {
			found = append(found, i.index())
		}
	}
	return found
}

// index lists which fields of the type are in which subgraphs.
func (t *mergedType) index() map[partKey]bool {
	if t.indexed == nil {
		t.indexed = map[partKey]bool{}
		for _, f := range t.fields {
			for _, p := range f.parts {
				t.indexed[partKey{f.name, p.owner.sub}] = true
			}
		}
	}
	return t.indexed
}

// unneeded says whether a field is in no subgraph but one of Federation 1 that
// declares it external and has no use for it.
func (s *supergraph) unneeded(f *mergedField, ofInterfaces interfaceParts) bool {
	if f.owner.name == "Query" || len(f.parts) != 1 {
		return false
	}
	p := f.parts[0]
	return p.owner.sub.version == federation.V1 && p.external && !p.usedAsKey && !p.effectivelyRequired() && !p.provided && !s.usedOverridden(f, p, ofInterfaces)
}

// joinsOf decides which subgraphs a field names, and as what. None means: all
// that have the type, and alike.
func (s *supergraph) joinsOf(f *mergedField, ofInterfaces interfaceParts) []joinField {
	overridden := s.overriddenIn(f)
	overrides := slices.ContainsFunc(f.parts, func(p *field) bool { return p.override != "" })
	isQuery := f.owner.name == "Query"
	if isQuery && len(s.subs) == 1 {
		return nil
	}
	if overrides {
		return s.joinOverridden(f, overridden, ofInterfaces)
	}
	everywhere := len(f.parts) == len(f.owner.parts)
	if isQuery {
		everywhere = len(f.parts) == len(s.subs)
	}
	if everywhere && (isQuery && !f.typesDiffer() || !s.partsDiffer(f)) {
		return nil
	}
	var joins []joinField
	for _, p := range f.parts {
		if isQuery {
			j := joinField{graph: p.owner.sub.id, provides: s.printedProvides(p), contextArguments: contextArguments(f, p)}
			if f.typesDiffer() {
				j.typ = p.typ.String()
			}
			joins = append(joins, j)
		} else if j, keep := s.joinPart(f, p, ofInterfaces); keep {
			joins = append(joins, j)
		}
	}
	return joins
}

// partsDiffer says whether the subgraphs have the field in different ways.
func (s *supergraph) partsDiffer(f *mergedField) bool {
	usedAsKey := slices.ContainsFunc(f.parts, func(p *field) bool { return p.usedAsKey })
	for _, p := range f.parts {
		if p.external && (!usedAsKey || !p.owner.extended) || p.typ.String() != f.typ.String() ||
			s.printedProvides(p) != "" || s.printedRequires(p) != "" || len(contextArguments(f, p)) > 0 {
			return true
		}
	}
	return false
}

// joinPart is the field in one subgraph. A field that is external there and of
// no use is left out.
func (s *supergraph) joinPart(f *mergedField, p *field, ofInterfaces interfaceParts) (joinField, bool) {
	j := s.joinFieldOf(f, p)
	j.external = p.externalInJoin()
	j.contextArguments = contextArguments(f, p)
	j.usedOverridden = s.usedOverridden(f, p, ofInterfaces)
	needed := p.provided || p.effectivelyRequired()
	if p.external && p.owner.sub.version == federation.V1 && !p.usedAsKey && !needed && !j.usedOverridden {
		return j, false
	}
	told := j
	told.external = false
	if told.plain() && !needed && !ofInterfaces.has(f.name, p.owner.sub) {
		if j.external && p.owner.extended || p.external && !j.external && p.onlyOverriddenRequires() {
			return j, false
		}
	}
	return j, true
}

// externalInJoin says whether the supergraph calls the field external. The key
// of an extension is not, in spite of its directive.
func (f *field) externalInJoin() bool {
	if !f.external || f.onlyOverriddenRequires() {
		return false
	}
	return f.provided || !f.usedAsKey || !f.owner.extended
}

func contextArguments(f *mergedField, p *field) []string {
	var list []string
	for _, a := range p.args {
		if a.fromContext == nil {
			continue
		}
		typ := a.typ
		for _, m := range f.args {
			if m.name == a.name {
				typ = m.typ
			}
		}
		list = append(list, "{context: "+quote(p.owner.sub.name+"__"+a.fromContext.context)+", name: "+quote(a.name)+
			", type: "+quote(typ.String())+", selection: "+quote(a.fromContext.selection)+"}")
	}
	return list
}
