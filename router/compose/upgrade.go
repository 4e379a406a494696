package compose

import "github.com/vektah/gqlparser/v2/ast"

// upgrade reads a Federation 1 schema the way Federation 2 means it: there the
// owner of a type shared its fields with everybody, and @external on a type that
// is no extension meant nothing.
func (s *subgraph) upgrade() {
	for _, t := range s.types {
		if t.kind != ast.Object {
			continue
		}
		for _, f := range t.fields {
			f.shareable = f.shareable || !f.extension || t.isRoot()
		}
	}
}
