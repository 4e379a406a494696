package plan

import "unsafe"

// bytes is how much memory a plan takes that is kept under a key, about: its
// texts and its nodes.
func (p *Plan) bytes(key string) int {
	total := len(key) + int(unsafe.Sizeof(*p))
	var add func(*Fetch)
	add = func(f *Fetch) {
		total += int(unsafe.Sizeof(*f)) + len(f.Query) + len(f.Open) + 32*len(f.At) + 64*len(f.Variables)
		if f.Entity != nil {
			total += f.Entity.Representation.bytes(map[*Node]bool{})
		}
		if f.Plain != nil {
			add(f.Plain)
		}
	}
	p.Each(add)
	return total
}

// bytes is how much memory a shape takes that is kept under a key, about.
func (s *Shape) bytes(key string) int {
	return len(key) + int(unsafe.Sizeof(*s)) + s.Root.bytes(map[*Node]bool{})
}

// bytes is how much the nodes from this one down take; each counts once. What is
// below lists and objects of a shape is there for all shapes.
func (n *Node) bytes(met map[*Node]bool) int {
	if n == nil || n.Kind != Object && n.Kind != List || met[n] {
		return 0
	}
	met[n] = true
	total := int(unsafe.Sizeof(*n)) + 16*len(n.Values) + n.Item.bytes(met) + fieldBytes(n.Fields, met)
	for _, c := range n.Cases {
		total += int(unsafe.Sizeof(c)) + 16*len(c.On) + fieldBytes(c.Fields, met)
	}
	return total
}

func fieldBytes(fields []Field, met map[*Node]bool) int {
	total := 0
	for i := range fields {
		f := &fields[i]
		total += int(unsafe.Sizeof(*f)) + len(f.Label) + len(f.From) + f.Value.bytes(met)
	}
	return total
}
