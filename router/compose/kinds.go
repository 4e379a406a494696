package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// hasQuery: a graph without queries is none.
func hasQuery(super *supergraph) Errors {
	if t := super.byName["Query"]; t != nil && (t.kind != ast.Object || len(t.fields) > 0) {
		return nil
	}
	var where []Location
	for _, s := range super.subs {
		if t := s.byName["Query"]; t != nil {
			where = append(where, t.at())
		} else {
			where = append(where, s.start())
		}
	}
	return Errors{{Code: "NO_QUERIES", Locations: where, Message: "No queries found in any subgraph: a supergraph must have a query root type.", Suggestion: "Add type Query to a subgraph."}}
}

var kindNames = map[ast.DefinitionKind]string{
	ast.Object: "Object", ast.Interface: "Interface", ast.Union: "Union", ast.Enum: "Enum", ast.InputObject: "InputObject", ast.Scalar: "Scalar",
}

// sameKind: a name means the same kind of type everywhere. Types that are of
// several kinds are left out of what else is looked at.
func sameKind(super *supergraph) Errors {
	var errs Errors
	all := super.types
	super.types = nil
	for _, t := range all {
		var kinds []ast.DefinitionKind
		in := map[ast.DefinitionKind][]*subgraph{}
		for _, part := range t.parts {
			kinds = appendNew(kinds, part.kind)
			in[part.kind] = append(in[part.kind], part.sub)
		}
		if len(kinds) == 1 {
			super.types = append(super.types, t)
			continue
		}
		e := Error{Code: "TYPE_KIND_MISMATCH", Message: fmt.Sprintf("Type %q has mismatched kind: it is defined as ", t.name), Locations: t.locations()}
		for i, kind := range kinds {
			if i > 0 {
				e.Message += " but "
			}
			e.Message += kindNames[kind] + " Type in " + inSubgraphs(in[kind])
		}
		if slices.ContainsFunc(t.parts, func(p *typeDef) bool { return p.interfaceObject }) {
			e.Suggestion = fmt.Sprintf("A type with @interfaceObject stands for an interface: make %s an interface in the other subgraphs.", t.name)
		}
		errs = append(errs, e)
	}
	return errs
}

// hasDefinition: something is extended only where it is defined.
func hasDefinition(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object || t.name == "Query" || t.name == "Mutation" || t.name == "Subscription" {
			continue
		}
		defined, oldExtensions := false, len(t.parts) > 1
		for _, part := range t.parts {
			old := part.sub.version.Major == 1
			defined = defined || part.defined && (!old || !part.extends)
			oldExtensions = oldExtensions && old && part.extends
		}
		if defined || oldExtensions {
			continue
		}
		for _, part := range t.parts {
			errs = append(errs, Error{Code: "EXTENSION_WITH_NO_BASE", Locations: []Location{part.at()},
				Message:    fmt.Sprintf("[%s] Type %q is an extension type, but there is no type definition for %q in any subgraph.", part.sub.name, t.name, t.name),
				Suggestion: fmt.Sprintf("Write type %s instead of extend type %s where it belongs.", t.name, t.name)})
		}
	}
	return errs
}
