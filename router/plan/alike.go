package plan

import (
	"fmt"
	"slices"

	"heddle/router/operation"
)

// noteAlike numbers the fetches that ask a subgraph for the same fields of
// entities, at different places: an entity that one of them has asked for need
// not be asked for by another. Only fields without fields of their own count, so
// that what is completed further at one place never shows at another. A mutation
// may change what it has read, and deferred fragments tell errors of their own, so
// those ask again.
func noteAlike(p *Plan) {
	if p.Kind == operation.Mutation || len(p.Later) > 0 {
		return
	}
	first, groups := map[string]*Fetch{}, 0
	p.Each(func(f *Fetch) {
		if f.Entity == nil || f.Apart || len(f.Contexts) > 0 || !f.flat {
			return
		}
		key := fmt.Sprint(f.Subgraph, "\x00", f.Query, "\x00", f.Variables)
		switch other := first[key]; {
		case other == nil:
			first[key] = f
		case other.Alike == 0:
			groups++
			other.Alike = groups
			fallthrough
		default:
			f.Alike = other.Alike
		}
	})
}

// noteApart notes whether objects that look alike at the same path may differ.
func noteApart(p *Plan) {
	p.Apart = len(p.Later) > 0
	p.Each(func(f *Fetch) {
		p.Apart = p.Apart || f.Apart || len(f.Contexts) > 0 ||
			slices.ContainsFunc(f.At, func(h Hop) bool { return len(h.Types) > 0 })
	})
}
