package execute

import (
	"bytes"
	"slices"
	"sync"

	"heddle/router/plan"
)

// alike are objects of a fetch for which its contexts have the same values.
type alike struct {
	values  [][]byte
	objects []*value
}

// fetchByContext asks one subgraph about objects whose fields take arguments
// from objects above: once for each combination of values.
func (x *run) fetchByContext(f *plan.Fetch) {
	var wait sync.WaitGroup
	for _, part := range x.byContext(f) {
		wait.Go(func() {
			x.guard(func() {
				x.mu.Lock()
				q := x.write(f, part.objects, part.values)
				x.mu.Unlock()
				if q.body != nil {
					x.send(f, q)
				}
			})
		})
	}
	wait.Wait()
}

func (x *run) byContext(f *plan.Fetch) []*alike {
	x.mu.Lock()
	defer x.mu.Unlock()
	var parts []*alike
	if x.asks(f) {
		spread(&parts, f, x.root, 0, make([][]byte, len(f.Contexts)))
	}
	return parts
}

// spread walks from an object at a hop of the fetch's path to those at its end,
// and notes on the way what the contexts are.
func spread(parts *[]*alike, f *plan.Fetch, v *value, at int, values [][]byte) {
	if v.isNull() {
		return
	}
	if v.kind == array {
		for _, item := range v.items {
			spread(parts, f, item, at, values)
		}
		return
	}
	values = slices.Clone(values)
	for i, c := range f.Contexts {
		if c.Hops != at {
			continue
		}
		values[i] = contextValue(c.Fields, v)
		if c.Required && string(values[i]) == "null" {
			return
		}
	}
	if at == len(f.At) {
		for _, p := range *parts {
			if slices.EqualFunc(p.values, values, bytes.Equal) {
				p.objects = append(p.objects, v)
				return
			}
		}
		*parts = append(*parts, &alike{values, []*value{v}})
		return
	}
	hop := f.At[at]
	if told := v.get("__typename"); len(hop.Types) > 0 && told != nil && !oneOf(told, hop.Types) {
		return
	}
	spread(parts, f, v.get(hop.Field), at+1, values)
}

// contextValue is what a context gives, as JSON.
func contextValue(fields []plan.Field, v *value) []byte {
	for i := range fields {
		f := &fields[i]
		if len(f.On) > 0 && !oneOf(v.get("__typename"), f.On) {
			continue
		}
		taken := v.get(f.From)
		switch {
		case taken.isNull():
		case f.Value.Kind == plan.Object:
			return contextValue(f.Value.Fields, taken)
		default:
			return taken.append(nil)
		}
		break
	}
	return []byte("null")
}
