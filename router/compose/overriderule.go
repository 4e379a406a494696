package compose

import (
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

var (
	labelName    = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_\-:./]*$`)
	labelPercent = regexp.MustCompile(`^percent\((\d{1,2}(\.\d{1,8})?|100(\.0{1,8})?)\)$`)
)

// overrides: Federation, "@override", within the subgraph that takes over.
func overrides(s *subgraph) Errors {
	r := report{sub: s}
	s.each("override", func(a application) {
		if a.field == nil || a.location != ast.LocationFieldDefinition {
			return
		}
		if a.source.Kind == ast.Interface && s.version.AtLeast(federation.V23) {
			r.add("OVERRIDE_ON_INTERFACE", a.Position, "@%s cannot be used on field %q on subgraph %q: @override is not supported on interface type fields.", a.Name, a.coordinate, s.name)
			return
		}
		if label, ok := federation.StringArgument(a.Directive, "label"); ok && s.version.AtLeast(federation.V27) && !validLabel(label) {
			r.add("OVERRIDE_LABEL_INVALID", a.Arguments.ForName("label").Position, "Invalid @%s label %q on field %q on subgraph %q: a label starts with a letter and has letters, digits, underscores, minuses, colons, periods and slashes after it, or has the form percent(x) with x from 0 to 100.", a.Name, label, a.coordinate, s.name)
			return
		}
		from, _ := federation.StringArgument(a.Directive, "from")
		if external := s.find(a.list, "external"); external != nil {
			r.add("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", a.Position, "@%s cannot be used on field %q on subgraph %q since it is marked with directive \"@%s\" there.", a.Name, a.coordinate, s.name, external.Name).
				suggest("Remove @%s: a subgraph that overrides a field resolves it.", external.Name)
		}
		if from == s.name {
			r.add("OVERRIDE_FROM_SELF_ERROR", a.Position, "Source and destination subgraphs %q are the same for overridden field %q.", from, a.coordinate).
				suggest("Remove @%s, or name another subgraph.", a.Name)
		}
	})
	return r.errs
}

func validLabel(label string) bool {
	return labelName.MatchString(label) || labelPercent.MatchString(label)
}
