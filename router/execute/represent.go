package execute

import "heddle/router/plan"

// represent writes the representation of an object for an entity fetch. ok is
// false when the object has none: it is of another type, or what it would be
// found by is null.
func (x *run) represent(out []byte, e *plan.Entity, v *value) (_ []byte, ok bool) {
	if v.isNull() || v.kind != object {
		return out, false
	}
	if len(e.Keys) > 0 {
		found := false
		for _, key := range e.Keys {
			if !v.get(key).isNull() || !named(e.Representation, key) {
				found = true
				break
			}
		}
		if !found {
			return out, false
		}
	}
	start := len(out)
	out, ok = x.representObject(out, e.Representation, v)
	if !ok || string(out[start:]) == "{}" {
		return out[:start], false
	}
	return out, true
}

// named tells whether a key is read under its own name; the planner may have
// fetched it under an alias.
func named(n *plan.Node, key string) bool {
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			return n.Fields[i].From == key
		}
	}
	return false
}

func (x *run) representObject(out []byte, n *plan.Node, v *value) ([]byte, bool) {
	out = append(out, '{')
	empty := true
	typename := v.get("__typename")
	for i := range n.Fields {
		f := &n.Fields[i]
		if len(f.On) > 0 && !oneOf(typename, f.On) || !x.included(f) {
			continue
		}
		if !empty {
			out = append(out, ',')
		}
		empty = false
		out = append(out, f.Label...)
		below := v.get(f.From)
		if below == nil && v.failed && f.Value.Kind != plan.Static {
			return out, false // what it is computed from is not null, it is not known
		}
		var ok bool
		if out, ok = x.representValue(out, f.Value, below); !ok {
			return out, false
		}
	}
	return append(out, '}'), true
}

func (x *run) representValue(out []byte, n *plan.Node, v *value) ([]byte, bool) {
	if n.Kind == plan.Static {
		return appendString(out, n.Text), true
	}
	if v.isNull() {
		return append(out, "null"...), n.Nullable
	}
	switch n.Kind {
	case plan.Object:
		if v.kind != object {
			return out, false
		}
		return x.representObject(out, n, v)
	case plan.List:
		if v.kind != array {
			return out, false
		}
		out = append(out, '[')
		for i, item := range v.items {
			if i > 0 {
				out = append(out, ',')
			}
			var ok bool
			if out, ok = x.representValue(out, n.Item, item); !ok {
				return out, false
			}
		}
		return append(out, ']'), true
	}
	return v.append(out), true
}

func oneOf(typename *value, names []string) bool {
	if typename == nil || typename.kind != text {
		return false
	}
	for _, name := range names {
		if typename.is(name) {
			return true
		}
	}
	return false
}
