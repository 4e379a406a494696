package execute

import (
	"slices"

	"heddle/router/operation"
	"heddle/router/plan"
)

// concerning are the errors that tell the client something, at paths that it
// knows. A subgraph that knows an interface alone is asked for a field of all of
// its objects, though the client may want it of some types only: what fails of
// the others concerns nobody. Where a field fails that only the plan needs, the
// path ends at the object around it.
func (x *run) concerning(errs operation.Errors) operation.Errors {
	kept := errs[:0]
	for _, e := range errs {
		n, v := x.p.shape.Root, x.root
		all := []*plan.Node{n} // what stands there for objects of any type
		concerns := true
		for i, step := range e.Path {
			if n == nil {
				break
			}
			below := beneath(all, step)
			c := fieldsOf(n, v.get("__typename"))
			if key, isKey := step.(string); isKey && c != nil && x.fieldOf(c, key) == nil {
				concerns = v.isNull() || len(below) == 0 || x.p.plan.Needs(e.Path[i:])
				e.Path = e.Path[:i:i]
				break
			}
			if v.isNull() {
				break
			}
			n, v = x.under(n, v, step)
			all = below
		}
		if concerns {
			kept = append(kept, e)
		}
	}
	return kept
}

// under is what stands under a step of the client's path; the node is nil where
// there is no such thing.
func (x *run) under(n *plan.Node, v *value, step any) (*plan.Node, *value) {
	switch step := step.(type) {
	case int:
		if n.Kind == plan.List && step < len(v.items) {
			return n.Item, v.items[step]
		}
	case string:
		if c := fieldsOf(n, v.get("__typename")); c != nil {
			if f := x.fieldOf(c, step); f != nil {
				return f.Value, v.get(f.From)
			}
		}
	}
	return nil, nil
}

// fieldOf is the field of an object that has a response key.
func (x *run) fieldOf(c *plan.Case, key string) *plan.Field {
	return fieldWhere(c.Fields, c.Deferred, func(f *plan.Field) bool { return f.Key == key && x.included(f) })
}

// fieldWhere is the first field that is meant, deferred or not.
func fieldWhere(fields []plan.Field, parts []plan.Part, meant func(*plan.Field) bool) *plan.Field {
	for i := range fields {
		if meant(&fields[i]) {
			return &fields[i]
		}
	}
	for _, p := range parts {
		if f := fieldWhere(p.Fields, p.Deferred, meant); f != nil {
			return f
		}
	}
	return nil
}

// beneath are the nodes under a step of the client's path, for objects of any
// type and under any condition.
func beneath(nodes []*plan.Node, step any) (below []*plan.Node) {
	key, isKey := step.(string)
	if !isKey {
		return itemsOf(nodes)
	}
	for _, n := range nodes {
		for _, c := range n.Cases {
			f := fieldWhere(c.Fields, c.Deferred, func(f *plan.Field) bool { return f.Key == key })
			if f != nil && !slices.Contains(below, f.Value) {
				below = append(below, f.Value)
			}
		}
	}
	return below
}
