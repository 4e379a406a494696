package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// eachArgument visits the arguments of the fields of objects, as merged from the
// subgraphs that have the field.
func (s *supergraph) eachArgument(visit func(*mergedField, *mergedInput)) {
	for _, t := range s.types {
		if t.kind != ast.Object && t.kind != ast.Interface {
			continue
		}
		for _, f := range t.fields {
			if f.fromInterface != nil {
				continue
			}
			for _, a := range f.args {
				visit(f, a)
			}
		}
	}
}

func argumentCoordinate(f *mergedField, a *mergedInput) string {
	return f.coordinate() + "(" + a.name + ":)"
}

// argumentTypes: the types of an argument have a strictest one.
func argumentTypes(super *supergraph) Errors {
	var errs Errors
	super.eachArgument(func(f *mergedField, a *mergedInput) {
		if g := a.typeGroups(); len(g.keys) > 1 {
			code, where := f.blame(a, "ARGUMENT_TYPE_MISMATCH", (*mergedInput).typeGroups)
			errs = append(errs, Error{Code: code, Locations: g.where,
				Message: fmt.Sprintf("Type of argument %q is incompatible across subgraphs%s: it has %s.", argumentCoordinate(f, a), where, g.describe("type"))})
		}
	})
	return errs
}

// defaultGroups sorts the parts of an input that have one by default value.
func (m *mergedInput) defaultGroups() groups {
	var g groups
	if len(m.parts) < 2 {
		return g
	}
	for _, p := range m.parts {
		if p.value != nil {
			g.add(printValue(p.value), p.sub, p.value.Position)
		}
	}
	return g
}

// argumentDefaults: an argument has one default value.
func argumentDefaults(super *supergraph) Errors {
	var errs Errors
	super.eachArgument(func(f *mergedField, a *mergedInput) {
		if g := a.defaultGroups(); len(g.keys) > 1 {
			code, where := f.blame(a, "ARGUMENT_DEFAULT_MISMATCH", (*mergedInput).defaultGroups)
			errs = append(errs, Error{Code: code, Locations: g.where,
				Message: fmt.Sprintf("Argument %q has incompatible default values across subgraphs%s: it has %s.", argumentCoordinate(f, a), where, g.describe("default value"))})
		}
	})
	return errs
}

// argumentsEverywhere: an argument that some subgraph lacks is dropped, which
// one that must be given cannot be.
func argumentsEverywhere(super *supergraph) Errors {
	var errs Errors
	super.eachArgument(func(f *mergedField, a *mergedInput) {
		if a.everywhere || !a.typ.NonNull {
			return
		}
		e := Error{Code: "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"}
		var required, missing []*subgraph
		for _, p := range f.parts {
			in := p.arg(a.name)
			switch {
			case in == nil:
				missing = append(missing, p.owner.sub)
				e.Locations = append(e.Locations, p.at())
			case in.typ.NonNull:
				required = append(required, p.owner.sub)
				e.Locations = append(e.Locations, p.owner.sub.at(in.pos))
			}
		}
		e.Message = fmt.Sprintf("Argument %q is required in some subgraphs but does not appear in all subgraphs: it is required in %s but does not appear in %s.", argumentCoordinate(f, a), inSubgraphs(required), inSubgraphs(missing))
		e.Suggestion = fmt.Sprintf("Add %s: %s to %s in %s, or make it nullable.", a.name, a.typ, f.coordinate(), inSubgraphs(missing))
		errs = append(errs, e)
	})
	return errs
}

// contextualArguments: an argument from a context is from one everywhere, or can
// be left out.
func contextualArguments(super *supergraph) Errors {
	var errs Errors
	super.eachArgument(func(f *mergedField, a *mergedInput) {
		if !a.contextual || f.owner.kind != ast.Object {
			return
		}
		i := slices.IndexFunc(a.parts, func(p inputPart) bool { return p.fromContext == nil && p.typ.NonNull && p.value == nil })
		if i < 0 {
			return
		}
		p := a.parts[i]
		errs = append(errs, Error{Code: "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS", Locations: []Location{p.sub.at(p.pos)},
			Message: fmt.Sprintf("Argument %q is contextual in at least one subgraph but in subgraph %q it does not have @fromContext, is not nullable and has no default value.", argumentCoordinate(f, a), p.sub.name)})
	})
	return errs
}

// directiveArgumentTypes: a directive that clients use has arguments of one type.
func directiveArgumentTypes(super *supergraph) Errors {
	var errs Errors
	for _, args := range super.executableArguments() {
		var g groups
		for _, p := range args.parts {
			g.add(`"`+p.typ.String()+`"`, p.sub, p.pos)
		}
		if len(g.keys) > 1 && len(args.parts) == len(super.subs) {
			errs = append(errs, Error{Code: "FIELD_ARGUMENT_TYPE_MISMATCH", Locations: g.where,
				Message: fmt.Sprintf("Type of argument %q is incompatible across subgraphs: it has %s.", args.name, g.describe("type"))})
		}
	}
	return errs
}

// executableArguments are the arguments of the directives that clients may use
// in some subgraph, also of those that were not kept.
func (s *supergraph) executableArguments() []*mergedInput {
	executable := map[string]bool{}
	for _, sub := range s.subs {
		for _, def := range sub.directives {
			executable[def.Name] = executable[def.Name] || isExecutable(def)
		}
	}
	byName := map[string]*mergedInput{}
	var list []*mergedInput
	for _, sub := range s.subs {
		for _, def := range sub.directives {
			if !executable[def.Name] || !isExecutable(def) && !sub.composed[def.Name] {
				continue
			}
			for _, a := range def.Arguments {
				name := "@" + def.Name + "(" + a.Name + ":)"
				if byName[name] == nil {
					byName[name] = &mergedInput{name: name}
					list = append(list, byName[name])
				}
				byName[name].parts = append(byName[name].parts, inputPart{&input{name: a.Name, typ: a.Type, pos: a.Position}, sub})
			}
		}
	}
	return list
}

func isExecutable(def *ast.DirectiveDefinition) bool {
	return slices.ContainsFunc(def.Locations, func(l ast.DirectiveLocation) bool { return executableLocations[l] })
}
