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
		if m.key == "__typename" && !x.g.abstractName(dst.members[have].value) {
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

// abstractName tells whether a value is the name of an interface.
func (g *Graph) abstractName(v *value) bool {
	return v.kind == text && g.abstract[string(v.raw[1:len(v.raw)-1])]
}

// mergeValues merges what stands under the same key, or at the same index.
func (x *run) mergeValues(dst, src *value) *value {
	switch {
	case dst.kind == object && src.kind == object:
		dst = x.own(dst)
		x.merge(dst, src)
	case dst.kind == array && src.kind == array && len(dst.items) == len(src.items):
		dst = x.own(dst)
		for i := range dst.items {
			dst.items[i] = x.mergeValues(dst.items[i], src.items[i])
		}
	case dst.kind == null || src.kind != null && src.kind != object && src.kind != array:
		return src
	}
	return dst
}

// own gives a value that stands at one place alone: itself, or a copy.
func (x *run) own(v *value) *value {
	if !v.shared {
		return v
	}
	own := x.memory.new(v.kind)
	own.failed = v.failed
	own.members = x.memory.keepMembers(v.members)
	if len(v.items) > 0 {
		own.items = x.memory.items.take(len(v.items), &itemChunks)
		copy(own.items, v.items)
	}
	return own
}
