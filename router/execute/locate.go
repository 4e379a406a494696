package execute

import (
	"slices"
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
	keys, _ := follow(shape, hops)
	path, _ := search(nil, keys, root, target, hops)
	return path
}

func search(path []any, keys []string, v, target *value, hops []plan.Hop) ([]any, bool) {
	if v == target && len(hops) == 0 {
		return path, true
	}
	if v.isNull() {
		return nil, false
	}
	if v.kind == array {
		for i, item := range v.items {
			if found, ok := search(append(path[:len(path):len(path)], i), keys, item, target, hops); ok {
				return found, true
			}
		}
		return nil, false
	}
	if len(hops) == 0 {
		return nil, false
	}
	return search(append(path[:len(path):len(path)], keys[0]), keys[1:], v.get(hops[0].Field), target, hops[1:])
}

// follow goes from node n down a fetch's path: the response keys on the way, and
// the nodes at its end.
func follow(n *plan.Node, hops []plan.Hop) (keys []string, nodes []*plan.Node) {
	nodes = []*plan.Node{n}
	for _, hop := range hops {
		key, below := clientKey(nodes, hop.Field)
		keys, nodes = append(keys, key), below
		for lists := itemsOf(nodes); len(lists) > 0; lists = itemsOf(nodes) {
			nodes = lists
		}
	}
	return keys, nodes
}

// itemsOf are the nodes of the items of those that are lists.
func itemsOf(nodes []*plan.Node) (items []*plan.Node) {
	for _, n := range nodes {
		if n.Kind == plan.List {
			items = append(items, n.Item)
		}
	}
	return items
}

// clientKey is the response key of what the data has under a key, and its nodes:
// where objects of several types have the field, one for each selection of it.
func clientKey(nodes []*plan.Node, from string) (key string, below []*plan.Node) {
	key = operation.Plain(from)
	for _, n := range nodes {
		for i := range n.Cases {
			f := fieldFrom(n.Cases[i].Fields, n.Cases[i].Deferred, from)
			if f == nil || slices.Contains(below, f.Value) {
				continue
			}
			if len(below) == 0 {
				key = f.Key
			}
			below = append(below, f.Value)
		}
	}
	return key, below
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
// the nodes down: as far as the selection of any type goes on. It ends where the
// client did not ask any further.
func translate(path []any, nodes []*plan.Node, rest []*value) []any {
	for _, step := range rest {
		var next any
		switch step.kind {
		case number:
			index, err := strconv.Atoi(string(step.raw))
			if err != nil {
				return path
			}
			next, nodes = index, itemsOf(nodes)
		case text:
			next, nodes = clientKey(nodes, step.str())
		default:
			return path
		}
		if len(nodes) == 0 {
			return path
		}
		path = append(path, next)
	}
	return path
}
