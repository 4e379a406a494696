package execute

// merge puts what src has into dst. Both come from the answers of subgraphs
// about the same object; abstract tells the names of interfaces.
func merge(dst, src *value, abstract map[string]bool) {
	for _, m := range src.members {
		have := -1
		for i := range dst.members {
			if dst.members[i].key == m.key {
				have = i
				break
			}
		}
		if have < 0 {
			dst.members = append(dst.members, m)
			continue
		}
		if m.key == "__typename" && !abstract[dst.members[have].value.str()] {
			continue // a concrete type is never given up for an interface object's
		}
		dst.members[have].value = mergeValues(dst.members[have].value, m.value, abstract)
	}
}

func mergeValues(dst, src *value, abstract map[string]bool) *value {
	switch {
	case dst.kind == object && src.kind == object:
		merge(dst, src, abstract)
	case dst.kind == array && src.kind == array && len(dst.items) == len(src.items):
		for i := range dst.items {
			dst.items[i] = mergeValues(dst.items[i], src.items[i], abstract)
		}
	case dst.kind == null || src.kind != null && src.kind != object && src.kind != array:
		return src
	}
	return dst
}
