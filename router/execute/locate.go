package execute

import (
	"strconv"

	"heddle/router/operation"
	"heddle/router/plan"
)

// locate finds the objects at the end of a fetch's path, each once: what one
// answer gave for several places is one object in the data. The caller holds mu;
// the result is good until the next call.
func (x *run) locate(path []plan.Hop) []*value {
	m := x.memory
	m.here = append(m.here[:0], x.root)
	for i := range path {
		hop := &path[i]
		x.stamp++
		m.there = m.there[:0]
		for _, item := range m.here {
			if len(hop.Types) > 0 {
				if told := item.get("__typename"); told != nil && !oneOf(told, hop.Types) {
					continue
				}
			}
			m.there = x.flatten(m.there, item.get(hop.Field))
		}
		m.here, m.there = m.there, m.here
	}
	return m.here
}

// flatten appends an object, or those in its lists, that has not been met.
func (x *run) flatten(out []*value, v *value) []*value {
	switch {
	case v.isNull() || v.mark == x.stamp:
		return out
	case v.kind == array:
		v.mark = x.stamp
		for _, item := range v.items {
			out = x.flatten(out, item)
		}
		return out
	}
	v.mark = x.stamp
	return append(out, v)
}

// pathTo finds where in the client's response the object target stands: the
// path from root down the hops, with the indices of lists.
func pathTo(shape *plan.Node, root, target *value, hops []plan.Hop) []any {
	path, _ := search(nil, shape, root, target, hops)
	return path
}

func search(path []any, n *plan.Node, v, target *value, hops []plan.Hop) ([]any, bool) {
	if v == target && len(hops) == 0 {
		return path, true
	}
	if v.isNull() {
		return nil, false
	}
	if v.kind == array {
		for i, item := range v.items {
			if found, ok := search(append(path[:len(path):len(path)], i), itemOf(n), item, target, hops); ok {
				return found, true
			}
		}
		return nil, false
	}
	if len(hops) == 0 {
		return nil, false
	}
	key, below := clientKey(n, hops[0].Field)
	return search(append(path[:len(path):len(path)], key), below, v.get(hops[0].Field), target, hops[1:])
}

func itemOf(n *plan.Node) *plan.Node {
	if n != nil && n.Kind == plan.List {
		return n.Item
	}
	return nil
}

// clientKey is the response key of what the data has under a key.
func clientKey(n *plan.Node, from string) (string, *plan.Node) {
	if n == nil {
		return from, nil
	}
	for i := range n.Cases {
		if f := fieldFrom(n.Cases[i].Fields, n.Cases[i].Deferred, from); f != nil {
			return f.Key, f.Value
		}
	}
	return operation.ClientKey(from), nil
}

// fieldFrom is the field that is read from a key of the data, or nil.
func fieldFrom(fields []plan.Field, parts []plan.Part, from string) *plan.Field {
	for i := range fields {
		if f := &fields[i]; f.From == from && f.Value.Kind != plan.Marker {
			return f
		}
	}
	for i := range parts {
		if f := fieldFrom(parts[i].Fields, parts[i].Deferred, from); f != nil {
			return f
		}
	}
	return nil
}

// translate turns the rest of a subgraph's error path into the client's, from
// node n down. It ends where the client did not ask any further.
func translate(path []any, n *plan.Node, rest []*value) []any {
	for _, step := range rest {
		switch step.kind {
		case number:
			index, err := strconv.Atoi(string(step.raw))
			if err != nil || n == nil || n.Kind != plan.List {
				return path
			}
			path, n = append(path, index), n.Item
		case text:
			if n == nil || n.Kind != plan.Object {
				return path
			}
			key, below := clientKey(n, step.str())
			if below == nil {
				return path
			}
			path, n = append(path, key), below
		default:
			return path
		}
	}
	return path
}

// nodeAt is the shape at the end of a fetch's path.
func nodeAt(n *plan.Node, hops []plan.Hop) *plan.Node {
	for _, hop := range hops {
		_, n = clientKey(n, hop.Field)
		for n != nil && n.Kind == plan.List {
			n = n.Item
		}
	}
	return n
}
