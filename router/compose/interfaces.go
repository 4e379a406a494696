package compose

import "github.com/vektah/gqlparser/v2/ast"

// linkImplementers tells each interface its object types.
func (s *supergraph) linkImplementers() {
	for _, t := range s.types {
		if t.kind != ast.Object {
			continue
		}
		for _, name := range t.interfaces {
			if i := s.byName[name]; i != nil && i.kind == ast.Interface {
				i.implementers = append(i.implementers, t)
			}
		}
	}
}

// spreadInterfaceObjects gives every implementation of an interface the fields
// that an interface object adds to it.
func (s *supergraph) spreadInterfaceObjects() {
	for _, t := range s.types {
		if t.kind != ast.Object {
			continue
		}
		for _, name := range t.interfaces {
			i := s.byName[name]
			if i == nil || !i.hasInterfaceObject {
				continue
			}
			for _, f := range i.fields {
				if own := t.byField[f.name]; own != nil {
					own.mergeAccess(&f.marks)
					continue
				}
				copied := &mergedField{marks: f.marks, owner: t, name: f.name, typ: f.typ, args: f.args, fromInterface: f}
				t.fields = append(t.fields, copied)
				t.byField[f.name] = copied
			}
		}
	}
}

// spreadAccess puts on an interface what its implementations ask of a caller.
func (s *supergraph) spreadAccess() {
	for _, i := range s.types {
		if i.kind != ast.Interface {
			continue
		}
		for _, t := range i.implementers {
			i.mergeAccess(&t.marks)
			for _, f := range i.fields {
				if own := t.byField[f.name]; own != nil {
					f.mergeAccess(&own.marks)
				}
			}
		}
	}
}
