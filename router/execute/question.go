package execute

import (
	"bytes"
	"hash/maphash"
	"slices"

	"heddle/router/plan"
)

// targets are the objects that the answer of a fetch is merged into: for each
// representation all objects that it stands for.
type targets [][]*value

// question is what a fetch asks for.
type question struct {
	body    []byte // nil when there is nothing to ask for
	list    []byte // the representations in it
	after   int    // how many answers had come when it was made up
	targets targets
	// joint is the request for several fetches that this one is part of; nil
	// where it has one of its own.
	joint *joint
	// asking is there for other fetches that ask the same; nil where none does.
	asking *asking
	// plain are objects of which the fetch asks but what requires nothing.
	plain []*value
	// known are objects for which another fetch asks, or has asked.
	known []known
}

// request makes the question of a fetch.
func (x *run) request(f *plan.Fetch) question {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(f.Contexts) > 0 || !x.asks(f) { // see fetchByContext
		return question{}
	}
	return x.write(f, x.locate(f.At), nil)
}

// asks tells whether the conditions leave anything to ask for.
func (x *run) asks(f *plan.Fetch) bool {
	return len(f.If) == 0 || slices.ContainsFunc(f.If, func(i int) bool { return x.p.holds[i] })
}

// write makes the body of a fetch for some objects; given are the values of the
// fetch's contexts.
func (x *run) write(f *plan.Fetch, objects []*value, given [][]byte) question {
	if len(objects) == 0 {
		return question{}
	}
	body := append(x.memory.body[:0], f.Open...)
	first := true
	for _, v := range f.Variables {
		if given := x.p.values[v.From]; given != nil {
			body = appendName(body, v.Name, &first)
			body = append(body, given...)
		}
	}
	for i, c := range f.Contexts {
		body = append(appendName(body, c.Variable, &first), given[i]...)
	}
	q := question{after: x.tape.heard()}
	list := len(body)
	if f.Entity == nil {
		body, q.targets = append(body, "}}"...), targets{slices.Clone(objects)}
	} else {
		body = appendName(body, f.Entity.Variable, &first)
		list = len(body)
		body = append(body, '[')
		body = x.appendRepresentations(body, f, objects, &q)
		body = append(body, "]}}"...)
	}
	x.memory.body = body
	if len(q.targets) > 0 {
		q.body = bytes.Clone(body)
		q.list = q.body[list : len(q.body)-len("}}")]
	}
	return q
}

func appendName(out []byte, name string, first *bool) []byte {
	if !*first {
		out = append(out, ',')
	}
	*first = false
	return append(appendString(out, name), ':')
}

// hashing is the seed of the hashes of representations.
var hashing = maphash.MakeSeed()

// appendRepresentations writes each representation once, however many objects
// have it, unless it is known to be asked for already.
func (x *run) appendRepresentations(out []byte, f *plan.Fetch, objects []*value, q *question) []byte {
	m := x.memory
	if m.seen == nil {
		m.seen = make(map[uint64]int, len(objects))
	}
	clear(m.seen)
	m.starts = m.starts[:0]
	t := make(targets, 0, len(objects))
	owners := slices.Clone(objects)
	for i := range owners {
		before := len(out)
		if len(t) > 0 {
			out = append(out, ',')
		}
		start := len(out)
		var ok bool
		if out, ok = x.represent(out, f.Entity, owners[i]); !ok {
			out = out[:before]
			if f.Plain != nil {
				q.plain = append(q.plain, owners[i])
			}
			continue
		}
		if f.Alike > 0 && x.askedBefore(f, out[start:], owners[i], len(t), q) {
			out = out[:before]
			continue
		}
		if f.Apart {
			t = append(t, owners[i:i+1:i+1])
			continue
		}
		if known := m.known(out, start); known >= 0 {
			out = out[:before]
			t[known] = append(t[known], owners[i])
			continue
		}
		t = append(t, owners[i:i+1:i+1])
	}
	q.targets = t
	return out
}

// known tells which earlier representation is the same as the one that begins at
// start, or notes it and gives -1. Each has its beginning in starts; the end of
// one is a comma before the beginning of the next.
func (a *arena) known(out []byte, start int) int {
	for h := maphash.Bytes(hashing, out[start:]); ; h++ {
		i, taken := a.seen[h]
		if !taken {
			a.seen[h] = len(a.starts)
			a.starts = append(a.starts, start)
			return -1
		}
		end := start - 1
		if i+1 < len(a.starts) {
			end = a.starts[i+1] - 1
		}
		if bytes.Equal(out[a.starts[i]:end], out[start:]) {
			return i
		}
	}
}
