package compose

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// supergraph is what the subgraphs have together.
type supergraph struct {
	subs       []*subgraph
	bySub      map[string]*subgraph // by name
	types      []*mergedType        // sorted by name
	byName     map[string]*mergedType
	directives []*mergedDirective
	links      []mergedLink
	uses       features
	version    federation.Version // the highest of the subgraphs
}

// mergedType is one type of the supergraph.
type mergedType struct {
	marks
	name               string
	kind               ast.DefinitionKind
	parts              []*typeDef // in the order of the subgraphs
	interfaces         []string
	implementers       []*mergedType // the object types of an interface
	hasInterfaceObject bool
	members            []string
	values             []*mergedValue
	fields             []*mergedField
	byField            map[string]*mergedField
	inputs             []*mergedInput
	inputRef           string // the first place where an enum is an input; empty for none
	outputRef          string
	joins              []string
	indexed            map[partKey]bool // see index
	onlyIn             *subgraph        // set where the joins name one subgraph, once
}

// mergedField is an output field of the supergraph.
type mergedField struct {
	marks
	owner         *mergedType
	name          string
	typ           *ast.Type
	parts         []*field
	args          []*mergedInput
	fromInterface *mergedField // set where an interface object gives it
	joins         []string
}

// mergedInput is an argument or an input field; parts has an entry for each
// subgraph that has it.
type mergedInput struct {
	marks
	name        string
	typ         *ast.Type
	value       *ast.Value
	parts       []inputPart
	everywhere  bool // in every subgraph that has the field
	contextual  bool // from a context in some subgraph
	ofDirective bool
	joins       []string
}

type inputPart struct {
	*input
	sub *subgraph
}

type mergedValue struct {
	marks
	name  string
	parts []valuePart
	joins []string
}

type valuePart struct {
	*enumValue
	sub *subgraph
}

func (t *mergedType) field(name string) *mergedField { return t.byField[name] }

// part is the type as one subgraph has it, nil where it has none.
func (t *mergedType) part(s *subgraph) *typeDef {
	for _, p := range t.parts {
		if p.sub == s {
			return p
		}
	}
	return nil
}

// part is the field as one subgraph has it, nil where it has none.
func (f *mergedField) part(s *subgraph) *field {
	for _, p := range f.parts {
		if p.owner.sub == s {
			return p
		}
	}
	return nil
}

func (f *mergedField) coordinate() string { return f.owner.name + "." + f.name }

// merge makes one type of all that have the same name, kind by kind.
func merge(subs []*subgraph) *supergraph {
	super := &supergraph{subs: subs, bySub: map[string]*subgraph{}, byName: map[string]*mergedType{}, version: federation.V1}
	for _, s := range subs {
		super.bySub[s.name] = s
		super.uses.add(s.uses)
		if s.version.AtLeast(super.version) {
			super.version = s.version
		}
		for _, t := range s.types {
			super.add(t)
		}
	}
	slices.SortFunc(super.types, func(a, b *mergedType) int { return cmp.Compare(a.name, b.name) })
	super.findEnumUses()
	for _, t := range super.types {
		super.mergeType(t)
	}
	super.linkImplementers()
	super.spreadInterfaceObjects()
	super.spreadAccess()
	super.mergeDirectives()
	super.mergeLinks()
	return super
}

func (s *supergraph) add(part *typeDef) {
	t := s.byName[part.name]
	if t == nil {
		t = &mergedType{name: part.name, kind: part.kind, byField: map[string]*mergedField{}}
		s.byName[part.name] = t
		s.types = append(s.types, t)
	}
	t.parts = append(t.parts, part)
}

func (s *supergraph) mergeType(t *mergedType) {
	for _, part := range t.parts {
		t.merge(&part.marks)
		for _, name := range part.contexts {
			t.contexts = appendNew(t.contexts, part.sub.name+"__"+name)
		}
	}
	switch t.kind {
	case ast.Object, ast.Interface:
		s.mergeFields(t)
	case ast.Union:
		mergeUnion(t)
	case ast.Enum:
		mergeEnum(t)
	case ast.InputObject:
		mergeInputObject(t)
	}
}

func (f *features) add(g features) {
	f.tag = f.tag || g.tag
	f.inaccessible = f.inaccessible || g.inaccessible
	f.authenticated = f.authenticated || g.authenticated
	f.scopes = f.scopes || g.scopes
	f.policy = f.policy || g.policy
	f.context = f.context || g.context
	f.cost = f.cost || g.cost
	f.listSize = f.listSize || g.listSize
	f.costName = cmp.Or(g.costName, f.costName)
	f.listSizeName = cmp.Or(g.listSizeName, f.listSizeName)
}
