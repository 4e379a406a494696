package execute

import (
	"slices"

	"heddle/router/operation"
	"heddle/router/plan"
)

// concerning are the errors of fields that the client asked for. A subgraph that
// knows an interface alone is asked for a field of all of its objects, though
// the client may want it of some types only.
func (x *run) concerning(errs operation.Errors) operation.Errors {
	return slices.DeleteFunc(errs, func(e operation.Error) bool {
		n, v := x.p.plan.Shape, x.root
		for _, step := range e.Path {
			if n == nil || v.isNull() {
				return false
			}
			if n, v = x.below(n, v, step); n == nil {
				return true
			}
		}
		return false
	})
}

// below is what stands under a step of the client's path; the node is nil where
// an object has no such field.
func (x *run) below(n *plan.Node, v *value, step any) (*plan.Node, *value) {
	switch step := step.(type) {
	case int:
		if n.Kind == plan.List && step < len(v.items) {
			return n.Item, v.items[step]
		}
	case string:
		fields := fieldsOf(n, v.get("__typename"))
		if n.Kind != plan.Object || fields == nil || len(fields.Deferred) > 0 {
			break
		}
		for i := range fields.Fields {
			if f := &fields.Fields[i]; f.Key == step && x.included(f) {
				return f.Value, v.get(f.From)
			}
		}
		return nil, nil
	}
	return n, nil // not for us to tell
}
