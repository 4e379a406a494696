package compose

import "slices"

// mergeInputObject keeps the fields of an input type that every subgraph with
// the type has. A subgraph could not be sent the others.
func mergeInputObject(t *mergedType) {
	for _, part := range t.parts {
		for _, i := range part.inputs {
			if slices.ContainsFunc(t.inputs, func(m *mergedInput) bool { return m.name == i.name }) {
				continue
			}
			m := &mergedInput{name: i.name}
			for _, p := range t.parts {
				if in := p.input(i.name); in != nil {
					m.parts = append(m.parts, inputPart{in, p.sub})
				}
			}
			m.mergeParts(len(t.parts))
			t.inputs = append(t.inputs, m)
		}
	}
}
