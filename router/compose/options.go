package compose

import (
	"math/bits"
	"slices"
)

// option is one way a router may stand at a value: in a subgraph, by number, and
// with what a @provides on the way there brought along (0 for nothing).
type option struct{ sub, provided int32 }

// optionSet is a set of options. Nearly all provide nothing; those are bits.
type optionSet struct {
	plain    []uint64
	provided []option
}

func newOptionSet(subgraphs int) *optionSet {
	return &optionSet{plain: make([]uint64, subgraphs/64+1)}
}

func (s *optionSet) add(o option) bool {
	if s.has(o) {
		return false
	}
	if o.provided == 0 {
		s.plain[o.sub/64] |= 1 << (o.sub % 64)
		return true
	}
	at, _ := slices.BinarySearchFunc(s.provided, o, compareOptions)
	s.provided = slices.Insert(s.provided, at, o)
	return true
}

func compareOptions(a, b option) int {
	if a.sub != b.sub {
		return int(a.sub - b.sub)
	}
	return int(a.provided - b.provided)
}

func (s *optionSet) has(o option) bool {
	if o.provided == 0 {
		return s.plain[o.sub/64]&(1<<(o.sub%64)) != 0
	}
	_, found := slices.BinarySearchFunc(s.provided, o, compareOptions)
	return found
}

func (s *optionSet) addAll(other *optionSet) {
	for i, word := range other.plain {
		s.plain[i] |= word
	}
	for _, o := range other.provided {
		s.add(o)
	}
}

func (s *optionSet) empty() bool {
	return len(s.provided) == 0 && !slices.ContainsFunc(s.plain, func(word uint64) bool { return word != 0 })
}

// size is how many options there are.
func (s *optionSet) size() int {
	n := len(s.provided)
	for _, word := range s.plain {
		n += bits.OnesCount64(word)
	}
	return n
}

// within says whether every option is in the other set too.
func (s *optionSet) within(other *optionSet) bool {
	for i, word := range s.plain {
		if word&^other.plain[i] != 0 {
			return false
		}
	}
	return !slices.ContainsFunc(s.provided, func(o option) bool { return !other.has(o) })
}

// all visits the options until visit says no; it says whether none did.
func (s *optionSet) all(visit func(option) bool) bool {
	for i, word := range s.plain {
		for ; word != 0; word &= word - 1 {
			if !visit(option{sub: int32(i*64 + bits.TrailingZeros64(word))}) {
				return false
			}
		}
	}
	for _, o := range s.provided {
		if !visit(o) {
			return false
		}
	}
	return true
}
