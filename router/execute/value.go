package execute

import (
	"encoding/json"
	"slices"

	"heddle/router/plan"
)

// kind is what a JSON value is.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

// value is a JSON value that still points into the bytes it was read from:
// scalars are kept, and later written, as they came.
type value struct {
	kind kind
	// failed marks an object whose data a failed fetch should have completed: the
	// error was told, so what is missing below it needs no other.
	failed bool
	// shared marks an object or list that stands at several places of one answer:
	// what is merged into it by place, not by what it is, goes into a copy.
	shared bool
	// mark is the last search that met the value, or the last response into which
	// a shared object was written whole: raw is then how it stands there, in the
	// shape of a node.
	mark    uint32
	node    *plan.Node
	raw     []byte
	items   []*value
	members []member
}

type member struct {
	key   string
	value *value
}

// get is the member of an object, or nil.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for i := range v.members {
		if v.members[i].key == key {
			return v.members[i].value
		}
	}
	return nil
}

// find is get for a member that is likely to stand at the place hint.
func (v *value) find(key string, hint int) *value {
	if hint < len(v.members) && v.members[hint].key == key {
		return v.members[hint].value
	}
	return v.get(key)
}

// isNull tells whether there is nothing: absent, or null.
func (v *value) isNull() bool { return v == nil || v.kind == null }

// str is the content of a string, or "".
func (v *value) str() string {
	if v == nil || v.kind != text {
		return ""
	}
	inner := v.raw[1 : len(v.raw)-1]
	if !slices.Contains(inner, '\\') {
		return string(inner)
	}
	var s string
	if json.Unmarshal(v.raw, &s) != nil {
		return ""
	}
	return s
}

// is compares a string's content without making a copy of it.
func (v *value) is(s string) bool {
	return v != nil && v.kind == text && string(v.raw[1:len(v.raw)-1]) == s
}

// append writes the value as JSON.
func (v *value) append(out []byte) []byte {
	switch v.kind {
	case array:
		out = append(out, '[')
		for i, item := range v.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = item.append(out)
		}
		return append(out, ']')
	case object:
		out = append(out, '{')
		for i, m := range v.members {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendString(out, m.key)
			out = append(out, ':')
			out = m.value.append(out)
		}
		return append(out, '}')
	}
	return append(out, v.raw...)
}

// appendString writes a string as JSON.
func appendString(out []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return append(append(append(out, '"'), s...), '"')
	}
	encoded, _ := json.Marshal(s)
	return append(out, encoded...)
}
