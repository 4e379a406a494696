package execute

import "unsafe"

// spot is a place in an answer, whatever the indices of the lists that lead to
// it. It remembers its last objects by their text.
type spot struct {
	key    string
	below  []int32 // the spots of the members, in the order in which they were met
	met    []met
	oldest int
	missed int // objects since the last one that had been met
}

// met is an object that was read, and its text.
type met struct {
	text  string
	value *value
}

const (
	// nowhere is the spot of what is not remembered.
	nowhere int32 = -1
	// remembered is how many objects a spot remembers, patience how many others it
	// meets in a row before it gives up.
	remembered = 32
	patience   = 96
)

// newSpot gives a spot that remembers nothing yet.
func (a *arena) newSpot(key string) int32 {
	if len(a.spots) < cap(a.spots) {
		a.spots = a.spots[:len(a.spots)+1] // with the room that it had
	} else {
		a.spots = append(a.spots, spot{})
	}
	s := &a.spots[len(a.spots)-1]
	s.key, s.below, s.met, s.oldest, s.missed = key, s.below[:0], s.met[:0], 0, 0
	return int32(len(a.spots) - 1)
}

// forget empties the spots; they keep their room.
func (a *arena) forget() {
	for i := range a.spots {
		s := &a.spots[i]
		s.key = ""
		clear(s.met)
	}
	a.spots = a.spots[:0]
}

// again gives the object that begins here if it has been met at the spot, and
// goes on behind it.
func (r *reader) again(at int32) *value {
	if at == nowhere {
		return nil
	}
	s := &r.spots[at]
	if s.missed > patience {
		return nil
	}
	rest := r.data[r.at:]
	for i := range s.met {
		m := &s.met[i]
		if len(m.text) <= len(rest) && string(rest[:len(m.text)]) == m.text {
			r.at += len(m.text)
			s.missed = 0
			m.value.share()
			return m.value
		}
	}
	s.missed++
	return nil
}

// note remembers an object, in the place of the oldest if need be.
func (r *reader) note(at int32, begin int, v *value) {
	if at == nowhere {
		return
	}
	s := &r.spots[at]
	m := met{unsafe.String(&r.data[begin], r.at-begin), v}
	switch {
	case s.missed > patience:
	case len(s.met) < remembered:
		s.met = append(s.met, m)
	default:
		s.met[s.oldest%remembered] = m
		s.oldest++
	}
}

// share marks an object or list, and all in it.
func (v *value) share() {
	if v.shared || v.kind < array {
		return
	}
	v.shared = true
	for _, item := range v.items {
		item.share()
	}
	for i := range v.members {
		v.members[i].value.share()
	}
}

// memberKey reads the key of a member, which is likely to be that of the member
// that stood at the same index before, and gives the spot of its value.
func (r *reader) memberKey(at int32, index int) (string, int32, error) {
	if at == nowhere {
		key, _, err := r.key()
		return key, nowhere, err
	}
	s := &r.spots[at]
	if index < len(s.below) {
		likely := s.below[index]
		key := r.spots[likely].key
		end := r.at + 1 + len(key)
		if end < len(r.data) && r.data[end] == '"' && string(r.data[r.at+1:end]) == key {
			r.at = end + 1
			return key, likely, nil
		}
	}
	key, plain, err := r.key()
	if err != nil || !plain {
		return key, nowhere, err
	}
	for _, below := range s.below {
		if r.spots[below].key == key {
			return r.spots[below].key, below, nil
		}
	}
	below := r.newSpot(key)
	s = &r.spots[at] // which may have moved
	s.below = append(s.below, below)
	return key, below, nil
}
