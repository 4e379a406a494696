package plan

import "slices"

// mergeRepresented puts the fields of two representations of an object together.
// ok is false where they want different values under one name, such as a field
// with different arguments.
func mergeRepresented(a, b []Field) (_ []Field, ok bool) {
	out := slices.Clone(a)
	for _, f := range b {
		at := slices.IndexFunc(out, func(have Field) bool { return have.Key == f.Key && overlap(have.On, f.On) })
		if at < 0 {
			out = append(out, f)
			continue
		}
		have := &out[at]
		if have.From != f.From || !slices.Equal(have.On, f.On) {
			return nil, false
		}
		if have.Value, ok = mergeNodes(have.Value, f.Value); !ok {
			return nil, false
		}
		have.when = have.when.or(f.when)
	}
	return out, true
}

// overlap tells whether an object can be of a type of both; nil is all types.
func overlap(a, b []string) bool {
	return a == nil || b == nil || slices.ContainsFunc(a, func(t string) bool { return slices.Contains(b, t) })
}

// mergeNodes is a node with what two have; neither is changed.
func mergeNodes(a, b *Node) (_ *Node, ok bool) {
	if a.Kind != b.Kind {
		return nil, false
	}
	if a.Kind != List && a.Kind != Object {
		return a, true
	}
	out := *a
	if a.Kind == List {
		out.Item, ok = mergeNodes(a.Item, b.Item)
	} else {
		out.Fields, ok = mergeRepresented(a.Fields, b.Fields)
	}
	return &out, ok
}

// onlyWhen puts fields, and all in them, under a condition. Nobody else has them
// yet.
func onlyWhen(fields []Field, w when) []Field {
	for i := range fields {
		fields[i].when = w
		for n := fields[i].Value; n != nil; n = n.Item {
			onlyWhen(n.Fields, w)
		}
	}
	return fields
}

// conditionsOf gives the fields of a representation the indexes of their
// conditions.
func (p *planning) conditionsOf(fields []Field) {
	for i := range fields {
		f := &fields[i]
		if f.when != nil {
			f.If = p.condition(f.when) + 1
		}
		for n := f.Value; n != nil; n = n.Item {
			p.conditionsOf(n.Fields)
		}
	}
}
