package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// hintRules look for what composes but differs between subgraphs, each at one
// kind of it.
var hintRules = []func(*supergraph) []Hint{
	valueTypeFields,
	compatibleTypes,
	droppedArguments,
	droppedInputFields,
	enumDifferences,
	unionDifferences,
	entitiesWithoutKeys,
	descriptionDifferences,
	overrideLeftovers,
	droppedDirectives,
	runtimeTypesDiffer,
}

func hints(super *supergraph) []Hint {
	var all []Hint
	for _, rule := range hintRules {
		all = append(all, rule(super)...)
	}
	return all
}

// present sorts the parts of a type by whether they have an element.
func (t *mergedType) present(has func(*typeDef) bool) (with, without []*subgraph) {
	for _, part := range t.parts {
		if has(part) {
			with = append(with, part.sub)
		} else {
			without = append(without, part.sub)
		}
	}
	return with, without
}

// valueTypeFields: a value type is rarely meant to have a field in some
// subgraphs only.
func valueTypeFields(super *supergraph) []Hint {
	var found []Hint
	for _, t := range super.types {
		entity := slices.ContainsFunc(t.parts, func(p *typeDef) bool { return len(p.keys) > 0 })
		if t.kind != ast.Object || entity || len(t.parts) < 2 || t.name == "Query" || t.name == "Mutation" || t.name == "Subscription" {
			continue
		}
		for _, f := range t.fields {
			if f.fromInterface != nil || len(f.parts) == len(t.parts) {
				continue
			}
			with, without := t.present(func(p *typeDef) bool { return p.field(f.name) != nil })
			found = append(found, Hint{Code: "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD", Locations: f.locations(),
				Message: fmt.Sprintf("Field %q of the value type %q is defined in %s but not in %s.", f.coordinate(), t.name, inSubgraphs(with), inSubgraphs(without))})
		}
	}
	return found
}

// compatibleTypes: a field or argument whose types differ but merge.
func compatibleTypes(super *supergraph) []Hint {
	var found []Hint
	for _, t := range super.types {
		for _, f := range t.fields {
			if f.fromInterface != nil || len(f.parts) < 2 {
				continue
			}
			var g groups
			for _, p := range f.parts {
				g.add(`"`+p.typ.String()+`"`, p.owner.sub, p.typ.Position)
			}
			if len(g.keys) > 1 {
				found = append(found, Hint{Code: "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE", Locations: g.where,
					Message: fmt.Sprintf("Type of field %q is not the same everywhere: the supergraph has type %q, but it has %s.", f.coordinate(), f.typ, g.describe("type"))})
			}
			for _, a := range f.args {
				found = append(found, a.inputHints(argumentCoordinate(f, a), "ARGUMENT")...)
			}
		}
		for _, i := range t.inputs {
			found = append(found, i.inputHints(t.name+"."+i.name, "INPUT_FIELD")...)
		}
	}
	return found
}

func (m *mergedInput) inputHints(coordinate, what string) []Hint {
	if len(m.parts) < 2 {
		return nil
	}
	var found []Hint
	var g, defaults groups
	for _, p := range m.parts {
		g.add(`"`+p.typ.String()+`"`, p.sub, p.pos)
		value := "none"
		if p.value != nil {
			value = printValue(p.value)
		}
		defaults.add(value, p.sub, p.pos)
	}
	if len(g.keys) > 1 {
		found = append(found, Hint{Code: "INCONSISTENT_BUT_COMPATIBLE_" + what + "_TYPE", Locations: g.where,
			Message: fmt.Sprintf("Type of %q is not the same everywhere: the supergraph has type %q, but it has %s.", coordinate, m.typ, g.describe("type"))})
	}
	if len(defaults.keys) > 1 {
		found = append(found, Hint{Code: "INCONSISTENT_DEFAULT_VALUE_PRESENCE", Locations: defaults.where,
			Message: fmt.Sprintf("%q has no default value in the supergraph, as not every subgraph gives it one: it has %s.", coordinate, defaults.describe("default value"))})
	}
	return found
}

// droppedArguments: an optional argument that some subgraph lacks is left out.
func droppedArguments(super *supergraph) []Hint {
	var found []Hint
	super.eachArgument(func(f *mergedField, a *mergedInput) {
		if a.everywhere || a.contextual {
			return
		}
		var with, without []*subgraph
		for _, p := range f.parts {
			if p.arg(a.name) != nil {
				with = append(with, p.owner.sub)
			} else {
				without = append(without, p.owner.sub)
			}
		}
		found = append(found, Hint{Code: "INCONSISTENT_ARGUMENT_PRESENCE", Locations: a.locations(),
			Message: fmt.Sprintf("Optional argument %q is not in the supergraph, as it is defined in %s but not in %s.", argumentCoordinate(f, a), inSubgraphs(with), inSubgraphs(without))})
	})
	return found
}

// droppedInputFields: an optional input field that some subgraph lacks is left out.
func droppedInputFields(super *supergraph) []Hint {
	var found []Hint
	for _, t := range super.types {
		for _, i := range t.inputs {
			if i.everywhere {
				continue
			}
			with, without := t.present(func(p *typeDef) bool { return p.input(i.name) != nil })
			found = append(found, Hint{Code: "INCONSISTENT_INPUT_OBJECT_FIELD", Locations: i.locations(),
				Message: fmt.Sprintf("Input field \"%s.%s\" is not in the supergraph, as it is defined in %s but not in %s.", t.name, i.name, inSubgraphs(with), inSubgraphs(without))})
		}
	}
	return found
}

// enumDifferences: values that some subgraph lacks, and enums without a use.
func enumDifferences(super *supergraph) []Hint {
	var found []Hint
	for _, t := range super.types {
		if t.kind != ast.Enum {
			continue
		}
		if t.inputRef == "" && t.outputRef == "" {
			found = append(found, Hint{Code: "UNUSED_ENUM_TYPE", Locations: t.locations(),
				Message: fmt.Sprintf("Enum type %q is defined but neither an input nor an output: all its values are in the supergraph.", t.name)})
		}
		for _, v := range t.values {
			if len(v.parts) == len(t.parts) {
				continue
			}
			with, without := t.present(func(p *typeDef) bool { return p.value(v.name) != nil })
			h := Hint{Code: "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM", Message: fmt.Sprintf("Value %q of enum type %q is in the supergraph but defined in %s only, not in %s.", v.name, t.name, inSubgraphs(with), inSubgraphs(without))}
			if t.inputOnly() {
				h = Hint{Code: "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM", Message: fmt.Sprintf("Value %q of enum type %q is not in the supergraph, as it is defined in %s but not in %s.", v.name, t.name, inSubgraphs(with), inSubgraphs(without))}
			}
			for _, p := range v.parts {
				h.Locations = append(h.Locations, p.sub.at(p.pos))
			}
			found = append(found, h)
		}
	}
	return found
}

// unionDifferences: members that some subgraph lacks.
func unionDifferences(super *supergraph) []Hint {
	var found []Hint
	for _, t := range super.types {
		for _, member := range t.members {
			with, without := t.present(func(p *typeDef) bool { return slices.Contains(p.members, member) })
			if len(without) > 0 {
				found = append(found, Hint{Code: "INCONSISTENT_UNION_MEMBER", Locations: t.locations(),
					Message: fmt.Sprintf("Member %q of union type %q is defined in %s but not in %s.", member, t.name, inSubgraphs(with), inSubgraphs(without))})
			}
		}
	}
	return found
}

// entitiesWithoutKeys: a type that is an entity in some subgraphs only.
func entitiesWithoutKeys(super *supergraph) []Hint {
	var found []Hint
	for _, t := range super.types {
		if t.kind != ast.Object {
			continue
		}
		with, without := t.present(func(p *typeDef) bool { return len(p.keys) > 0 })
		if len(with) > 0 && len(without) > 0 {
			found = append(found, Hint{Code: "INCONSISTENT_ENTITY", Locations: t.locations(),
				Message: fmt.Sprintf("Type %q has a @key in %s but none in %s.", t.name, inSubgraphs(with), inSubgraphs(without))})
		}
	}
	return found
}

// descriptionDifferences: texts that differ; the first is taken.
func descriptionDifferences(super *supergraph) []Hint {
	var found []Hint
	differ := func(what, taken string, texts []string, where []Location) {
		texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
		if len(slices.Compact(slices.Sorted(slices.Values(texts)))) > 1 {
			found = append(found, Hint{Code: "INCONSISTENT_DESCRIPTION", Locations: where, Message: fmt.Sprintf("%q has different descriptions; the supergraph has %q.", what, taken)})
		}
	}
	for _, t := range super.types {
		var texts []string
		for _, p := range t.parts {
			texts = append(texts, p.description)
		}
		differ(t.name, t.description, texts, t.locations())
		for _, f := range t.fields {
			if len(f.parts) < 2 {
				continue
			}
			var texts []string
			for _, p := range f.parts {
				texts = append(texts, p.description)
			}
			differ(f.coordinate(), f.description, texts, f.locations())
		}
	}
	return found
}

// overrideLeftovers: what an override makes superfluous, or names in vain.
func overrideLeftovers(super *supergraph) []Hint {
	var found []Hint
	super.eachOverride(func(f *mergedField, p *field) {
		at := p.owner.sub.at(p.overridePos)
		from := super.bySub[p.override]
		switch {
		case from == nil:
			h := Hint{Code: "FROM_SUBGRAPH_DOES_NOT_EXIST", Locations: []Location{at}, Message: fmt.Sprintf("Source subgraph %q for field %q on subgraph %q does not exist.", p.override, f.coordinate(), p.owner.sub.name)}
			if guess, ok := closest(p.override, sortedKeys(super.bySub)); ok {
				h.Message += fmt.Sprintf(" Did you mean %q?", guess)
			}
			found = append(found, h)
		case f.part(from) == nil:
			found = append(found, Hint{Code: "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", Locations: []Location{at},
				Message: fmt.Sprintf("Field %q on subgraph %q no longer exists in subgraph %q: the @override directive can be removed.", f.coordinate(), p.owner.sub.name, from.name)})
		case p.overrideLabel != "":
			found = append(found, Hint{Code: "OVERRIDE_MIGRATION_IN_PROGRESS", Locations: []Location{at},
				Message: fmt.Sprintf("Field %q is being moved from subgraph %q to %q, by label %q.", f.coordinate(), from.name, p.owner.sub.name, p.overrideLabel)})
		case !f.part(from).usedAsKey:
			found = append(found, Hint{Code: "OVERRIDDEN_FIELD_CAN_BE_REMOVED", Locations: []Location{f.part(from).at()},
				Message: fmt.Sprintf("Field %q on subgraph %q is overridden: it can be removed there.", f.coordinate(), from.name)})
		}
	})
	return found
}

// droppedDirectives: a directive that clients use in some subgraphs only.
func droppedDirectives(super *supergraph) []Hint {
	var found []Hint
	in := map[string][]*subgraph{}
	where := map[string][]Location{}
	for _, s := range super.subs {
		for _, def := range s.directives {
			if isExecutable(def) {
				in[def.Name] = append(in[def.Name], s)
				where[def.Name] = append(where[def.Name], s.at(def.Position))
			}
		}
	}
	for _, name := range sortedKeys(in) {
		if len(in[name]) < len(super.subs) && !slices.ContainsFunc(super.directives, func(d *mergedDirective) bool { return d.name == name && d.composed }) {
			found = append(found, Hint{Code: "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE", Locations: where[name],
				Message: fmt.Sprintf("Directive \"@%s\" can be used by clients only where every subgraph has it: it is defined in %s.", name, inSubgraphs(in[name]))})
		}
	}
	return found
}
