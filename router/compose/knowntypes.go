package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// knownTypes: every type that is named exists, and is of a kind that may stand
// there (GraphQL, "Type System", validation of objects, unions and inputs).
func knownTypes(s *subgraph) Errors {
	r := report{sub: s}
	for _, def := range s.directives {
		for _, a := range def.Arguments {
			s.inputTypeKnown(&r, "@"+def.Name+"("+a.Name+":)", a.Type, a.Position)
		}
	}
	for _, t := range s.types {
		for _, name := range t.interfaces {
			s.interfaceKnown(&r, t, name)
		}
		for _, f := range t.fields {
			s.outputTypeKnown(&r, f)
			for _, a := range f.args {
				s.inputTypeKnown(&r, t.localName+"."+f.name+"("+a.name+":)", a.typ, a.pos)
			}
		}
		for _, i := range t.inputs {
			s.inputTypeKnown(&r, t.localName+"."+i.name, i.typ, i.pos)
		}
		s.unionMembersKnown(&r, t)
	}
	return r.errs
}

func (s *subgraph) kindOf(name string) (ast.DefinitionKind, bool) {
	if t := s.byName[s.defaultName(name)]; t != nil && t.localName == name {
		return t.kind, true
	}
	if t := s.byName[name]; t != nil && t.localName == name {
		return t.kind, true
	}
	known := builtinScalars[name] || s.machineryType(name) && (name == "_Any" || name == "_FieldSet" || s.version != federation.V1 && name != "_Entity" && name != "_Service")
	return ast.Scalar, known || slices.ContainsFunc(s.doc.Definitions, func(d *ast.Definition) bool { return d.Name == name })
}

func (s *subgraph) unknownType(r *report, name string, pos *ast.Position) {
	e := r.graphql(pos, "Unknown type %s", name)
	var candidates []string
	for _, t := range s.types {
		candidates = append(candidates, t.localName)
	}
	if guess, ok := closest(name, candidates); ok {
		e.suggest("Did you mean %s?", guess)
	}
}

func (s *subgraph) outputTypeKnown(r *report, f *field) {
	kind, ok := s.kindOf(f.def.Type.Name())
	if !ok {
		s.unknownType(r, f.def.Type.Name(), f.def.Type.Position)
	} else if kind == ast.InputObject {
		r.graphql(f.typ.Position, "The type of %q must be Output Type but got: %q.", f.coordinate(), f.typ)
	}
}

func (s *subgraph) inputTypeKnown(r *report, coordinate string, typ *ast.Type, pos *ast.Position) {
	kind, ok := s.kindOf(typ.Name())
	if !ok {
		s.unknownType(r, typ.Name(), typ.Position)
	} else if kind == ast.Object || kind == ast.Interface || kind == ast.Union {
		r.graphql(pos, "The type of %q must be Input Type but got %q.", coordinate, typ)
	}
}

func (s *subgraph) interfaceKnown(r *report, t *typeDef, name string) {
	kind, ok := s.kindOf(name)
	if !ok {
		s.unknownType(r, name, t.pos)
	} else if kind != ast.Interface {
		r.graphql(t.pos, "Type %s must only implement Interface types, it cannot implement %s.", t.localName, name)
	}
}

func (s *subgraph) unionMembersKnown(r *report, t *typeDef) {
	for _, source := range t.sources {
		for i, member := range source.Types {
			kind, ok := s.kindOf(member)
			pos := source.Position
			if i < len(source.TypePositions) {
				pos = source.TypePositions[i]
			}
			if !ok {
				s.unknownType(r, member, pos)
			} else if m := s.byName[member]; kind != ast.Object && (m == nil || !m.interfaceObject) {
				r.graphql(pos, "Union type %s can only include Object types, it cannot include %s.", t.name, member)
			}
		}
	}
}
