package compose

import (
	"cmp"
	"slices"
)

// mergeEnum merges the values of an enum by its use: a subgraph must understand
// every value that it is sent, so an enum that is only an input keeps what all
// have; one that is only an output keeps what any has. An enum of both uses must
// be the same everywhere, which a check sees to.
func mergeEnum(t *mergedType) {
	for _, part := range t.parts {
		for _, v := range part.values {
			i := slices.IndexFunc(t.values, func(m *mergedValue) bool { return m.name == v.name })
			if i < 0 {
				i = len(t.values)
				t.values = append(t.values, &mergedValue{name: v.name})
			}
			t.values[i].parts = append(t.values[i].parts, valuePart{v, part.sub})
			t.values[i].merge(&v.marks)
		}
	}
}

// inputOnly says whether an enum is used by inputs and by no output.
func (t *mergedType) inputOnly() bool { return t.inputRef != "" && t.outputRef == "" }

// keptValues are the values that the supergraph has.
func (t *mergedType) keptValues() []*mergedValue {
	if !t.inputOnly() {
		return t.values
	}
	return slices.DeleteFunc(slices.Clone(t.values), func(v *mergedValue) bool { return len(v.parts) < len(t.parts) })
}

// findEnumUses notes where each enum is an input and where an output.
func (s *supergraph) findEnumUses() {
	note := func(typeName string, input bool, coordinate string) {
		t := s.byName[typeName]
		if t == nil {
			return
		}
		if input {
			t.inputRef = cmp.Or(t.inputRef, coordinate)
		} else {
			t.outputRef = cmp.Or(t.outputRef, coordinate)
		}
	}
	for _, t := range s.types {
		for _, part := range t.parts {
			for _, f := range part.fields {
				note(f.typ.Name(), false, f.coordinate())
				for _, a := range f.args {
					note(a.typ.Name(), true, f.coordinate()+"("+a.name+":)")
				}
			}
			for _, i := range part.inputs {
				note(i.typ.Name(), true, t.name+"."+i.name)
			}
		}
	}
}
