package compose

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// wellFormed: GraphQL, the validation rules of each kind of type: names, that
// there is something in it, default values, required and deprecated inputs.
func wellFormed(s *subgraph) Errors {
	r := report{sub: s}
	for _, def := range s.directives {
		reservedName(&r, def.Name, def.Position)
		for _, a := range def.Arguments {
			reservedName(&r, a.Name, a.Position)
		}
	}
	for _, t := range s.types {
		reservedName(&r, t.localName, t.pos)
		notEmpty(&r, t)
		s.elementsWellFormed(&r, t)
		s.oneOfWellFormed(&r, t)
	}
	s.circularInputs(&r)
	return r.errs
}

// notEmpty: every type has something in it.
func notEmpty(r *report, t *typeDef) {
	switch t.kind {
	case ast.Object, ast.Interface:
		if len(t.fields) == 0 && t.name != "Query" { // a subgraph without queries has _service in it
			r.graphql(t.pos, "Type %s must define one or more fields.", t.name)
		}
	case ast.Union:
		if len(t.members) == 0 {
			r.graphql(t.pos, "Union type %s must define one or more member types.", t.name)
		}
	case ast.Enum:
		if len(t.values) == 0 {
			r.graphql(t.pos, "Enum type %s must define one or more values.", t.name)
		}
	case ast.InputObject:
		if len(t.inputs) == 0 {
			r.graphql(t.pos, "Input Object type %s must define one or more fields.", t.name)
		}
	}
}

func (s *subgraph) elementsWellFormed(r *report, t *typeDef) {
	for _, f := range t.fields {
		reservedName(r, f.name, f.pos)
		for _, a := range f.args {
			s.inputWellFormed(r, "argument", f.coordinate()+"("+a.name+":)", a)
		}
	}
	for _, i := range t.inputs {
		s.inputWellFormed(r, "input field", t.name+"."+i.name, i)
	}
	for _, v := range t.values {
		reservedName(r, v.name, v.pos)
	}
}

func reservedName(r *report, name string, pos *ast.Position) {
	if strings.HasPrefix(name, "__") {
		r.graphql(pos, "Name %q must not begin with \"__\", which is reserved by GraphQL introspection.", name)
	}
}

func (s *subgraph) inputWellFormed(r *report, what, coordinate string, i *input) {
	reservedName(r, i.name, i.pos)
	if i.typ.NonNull && i.value == nil && i.deprecated != nil {
		r.graphql(i.pos, "Required %s %s cannot be deprecated.", what, coordinate)
	}
	if i.value != nil && !s.acceptsDefault(i.typ, i.value) {
		r.graphql(i.value.Position, "Invalid default value (got: %s) provided for %s %s of type %s.", printValue(i.value), what, coordinate, i.typ)
	}
	uniqueObjectFields(r, i.value)
}

// acceptsDefault is acceptsLiteral for a default value, where an enum may be
// written as a string: older schema printers did so.
func (s *subgraph) acceptsDefault(typ *ast.Type, v *ast.Value) bool {
	if typ.Elem != nil && v.Kind == ast.ListValue {
		return !slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool { return !s.acceptsDefault(typ.Elem, c.Value) })
	}
	named := s.byName[typ.Name()]
	if named != nil && named.kind == ast.Enum && v.Kind == ast.StringValue {
		return named.value(v.Raw) != nil
	}
	if named != nil && named.kind == ast.InputObject && v.Kind == ast.ObjectValue {
		return !slices.ContainsFunc(v.Children, func(c *ast.ChildValue) bool {
			def := named.input(c.Name)
			return def == nil || !s.acceptsDefault(def.typ, c.Value)
		})
	}
	return s.acceptsLiteral(typ, v)
}

// oneOfWellFormed: GraphQL, "OneOf Input Objects": fields are nullable and have
// no default.
func (s *subgraph) oneOfWellFormed(r *report, t *typeDef) {
	if !t.oneOf {
		return
	}
	for _, i := range t.inputs {
		if i.typ.NonNull {
			r.graphql(i.pos, "OneOf input field %s.%s must be nullable.", t.name, i.name)
		}
		if i.value != nil {
			r.graphql(i.pos, "OneOf input field %s.%s cannot have a default value.", t.name, i.name)
		}
	}
}

// circularInputs: GraphQL, "Circular References" of input objects.
func (s *subgraph) circularInputs(r *report) {
	const open, done = 1, 2
	state := map[*typeDef]int{}
	var path []string
	var visit func(t *typeDef)
	visit = func(t *typeDef) {
		state[t] = open
		for _, i := range t.inputs {
			next := s.byName[i.typ.NamedType]
			if !i.typ.NonNull || next == nil || next.kind != ast.InputObject {
				continue
			}
			path = append(path, i.name)
			switch state[next] {
			case 0:
				visit(next)
			case open:
				r.graphql(i.pos, "Cannot reference Input Object %q within itself through a series of non-null fields: %q.", next.name, strings.Join(path, "."))
			}
			path = path[:len(path)-1]
		}
		state[t] = done
	}
	for _, t := range s.types {
		if t.kind == ast.InputObject && state[t] == 0 {
			visit(t)
		}
	}
}

func fitsInt(raw string) bool {
	_, err := strconv.ParseInt(raw, 10, 32)
	return err == nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
