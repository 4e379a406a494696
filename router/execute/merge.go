package execute

// merge puts what src has into dst. Both come from the answers of subgraphs
// about the same object.
func (x *run) merge(dst, src *value) {
	had := len(dst.members)
	if had == 0 {
		dst.members = src.members[:len(src.members):len(src.members)]
		return
	}
	for i := range src.members {
		m := &src.members[i]
		have := -1
		for j := range had {
			if dst.members[j].key == m.key {
				have = j
				break
			}
		}
		if have < 0 {
			dst.members = x.grow(dst.members, len(src.members)-i)
			dst.members = append(dst.members, *m)
			continue
		}
		if m.key == "__typename" && !x.g.abstract[dst.members[have].value.str()] {
			continue // a concrete type is never given up for an interface object's
		}
		dst.members[have].value = x.mergeValues(dst.members[have].value, m.value)
	}
}

// grow makes room for more members.
func (x *run) grow(list []member, more int) []member {
	if len(list) < cap(list) {
		return list
	}
	room := x.memory.members.take(len(list)+more, &memberChunks)
	return room[:copy(room, list)]
}

func (x *run) mergeValues(dst, src *value) *value {
	switch {
	case dst.kind == object && src.kind == object:
		x.merge(dst, src)
	case dst.kind == array && src.kind == array && len(dst.items) == len(src.items):
		for i := range dst.items {
			dst.items[i] = x.mergeValues(dst.items[i], src.items[i])
		}
	case dst.kind == null || src.kind != null && src.kind != object && src.kind != array:
		return src
	}
	return dst
}
