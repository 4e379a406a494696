package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// accessOfRequires: a field asks of its callers what the fields that it requires
// ask; otherwise they would leak through it.
func accessOfRequires(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			for _, p := range f.parts {
				if p.requires == nil {
					continue
				}
				if lacking := super.lacking(f.access(), t, p.requires.set); lacking != "" {
					errs = append(errs, Error{Code: "MISSING_TRANSITIVE_AUTH_REQUIREMENTS", Locations: []Location{p.owner.sub.at(p.requires.pos)},
						Message:    fmt.Sprintf("[%s] Field %q does not specify necessary @authenticated, @requiresScopes and/or @policy auth requirements to access the transitive data %q from its @requires selection set.", p.owner.sub.name, f.coordinate(), lacking),
						Suggestion: fmt.Sprintf("Put the requirements of %s on %s too.", lacking, f.coordinate())})
					break
				}
			}
		}
	}
	return errs
}

// accessOfContexts is accessOfRequires for contextual arguments.
func accessOfContexts(super *supergraph) Errors {
	var errs Errors
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			for _, p := range f.parts {
				if e, bad := super.contextAccess(f, p); bad {
					errs = append(errs, e)
					break
				}
			}
		}
	}
	return errs
}

func (s *supergraph) contextAccess(f *mergedField, p *field) (Error, bool) {
	for _, a := range p.args {
		if a.fromContext == nil {
			continue
		}
		set, err := federation.ParseFieldSet(a.fromContext.selection)
		if err != nil {
			continue
		}
		for _, provider := range p.owner.sub.types {
			t := s.byName[provider.name]
			if !slices.Contains(provider.contexts, a.fromContext.context) || t == nil || s.lacking(f.access(), t, set) == "" {
				continue
			}
			return Error{Code: "MISSING_TRANSITIVE_AUTH_REQUIREMENTS", Locations: []Location{p.owner.sub.at(a.pos)},
				Message: fmt.Sprintf("[%s] Field %q does not specify necessary @authenticated, @requiresScopes and/or @policy auth requirements to access the transitive data in context %q from its @fromContext selection set.", p.owner.sub.name, f.coordinate(), a.fromContext.context)}, true
		}
	}
	return Error{}, false
}

// access is what a caller of the field has shown.
func (f *mergedField) access() *marks {
	return &marks{
		authenticated: f.owner.authenticated || f.authenticated,
		scopes:        mergeGroups(f.owner.scopes, f.scopes),
		policies:      mergeGroups(f.owner.policies, f.policies),
	}
}

// allows says whether a caller who has shown m may see what asks for other.
func (m *marks) allows(other *marks) bool {
	return (m.authenticated || !other.authenticated) && coversGroups(m.scopes, other.scopes) && coversGroups(m.policies, other.policies)
}

// coversGroups says whether each demanded alternative is part of one that was met.
func coversGroups(met, demanded [][]string) bool {
	for _, group := range demanded {
		ok := false
		for _, have := range met {
			ok = ok || subset(group, have)
		}
		if !ok {
			return false
		}
	}
	return true
}

// lacking names the first thing that a selection reaches and access does not allow.
func (s *supergraph) lacking(access *marks, t *mergedType, set federation.FieldSet) string {
	if t.kind != ast.Union && !access.allows(&t.marks) {
		return t.name
	}
	for _, selection := range set {
		if selection.Field == "__typename" {
			continue
		}
		next := t
		if selection.Field != "" {
			f := t.field(selection.Field)
			if f == nil {
				continue
			}
			next = s.byName[f.typ.Name()]
			if !access.allows(&f.marks) || next != nil && next.kind != ast.Union && !access.allows(&next.marks) {
				return f.coordinate()
			}
		} else if selection.On != "" {
			next = s.byName[selection.On]
		}
		if next == nil || len(selection.Fields) == 0 {
			continue
		}
		if found := s.lacking(access, next, selection.Fields); found != "" {
			return found
		}
	}
	return ""
}
