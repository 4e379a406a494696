package execute

import (
	"encoding/json"
	"errors"
	"slices"
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
	failed  bool
	raw     []byte
	items   []*value
	members []member
}

type member struct {
	key   string
	value *value
}

var nullValue = &value{kind: null, raw: []byte("null")}

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
	return v != nil && v.kind == text && len(v.raw) >= 2 && string(v.raw[1:len(v.raw)-1]) == s
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

var errNotJSON = errors.New("not JSON")

// maxNesting is how deep a subgraph's answer may nest.
const maxNesting = 500

// readJSON reads one JSON value; its scalars point into data.
func readJSON(data []byte) (*value, error) {
	r := reader{data: data}
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	r.space()
	if r.at != len(data) {
		return nil, errNotJSON
	}
	return v, nil
}

// reader reads JSON. Values come from slabs, so that an answer with thousands
// of them costs tens of allocations.
type reader struct {
	data    []byte
	at      int
	slab    []value
	links   []*value
	members []member
	keys    map[string]string
}

func (r *reader) make(k kind) *value {
	if len(r.slab) == 0 {
		r.slab = make([]value, min(256, max(8, len(r.data)/32)))
	}
	v := &r.slab[0]
	r.slab = r.slab[1:]
	v.kind = k
	return v
}

func (r *reader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\n', '\r', '\t':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) value(depth int) (*value, error) {
	r.space()
	if r.at >= len(r.data) || depth > maxNesting {
		return nil, errNotJSON
	}
	switch c := r.data[r.at]; {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		raw, err := r.text()
		if err != nil {
			return nil, err
		}
		v := r.make(text)
		v.raw = raw
		return v, nil
	case c == 't':
		return r.word("true", boolean)
	case c == 'f':
		return r.word("false", boolean)
	case c == 'n':
		return r.word("null", null)
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	return nil, errNotJSON
}

func (r *reader) word(word string, k kind) (*value, error) {
	if len(r.data)-r.at < len(word) || string(r.data[r.at:r.at+len(word)]) != word {
		return nil, errNotJSON
	}
	v := r.make(k)
	v.raw = r.data[r.at : r.at+len(word)]
	r.at += len(word)
	return v, nil
}

func (r *reader) number() (*value, error) {
	start := r.at
	for r.at < len(r.data) {
		c := r.data[r.at]
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		r.at++
	}
	v := r.make(number)
	v.raw = r.data[start:r.at]
	if len(v.raw) > 1 && !json.Valid(v.raw) || len(v.raw) == 1 && v.raw[0] == '-' {
		return nil, errNotJSON
	}
	return v, nil
}

// text reads a string with its quotes.
func (r *reader) text() ([]byte, error) {
	start := r.at
	escaped := false
	for i := start + 1; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '\\':
			escaped = true
			i++
		case c == '"':
			r.at = i + 1
			raw := r.data[start:r.at]
			if escaped && !json.Valid(raw) {
				return nil, errNotJSON
			}
			return raw, nil
		case c < 0x20:
			return nil, errNotJSON
		}
	}
	return nil, errNotJSON
}

// key reads the key of a member; the same key is the same string everywhere.
func (r *reader) key() (string, error) {
	raw, err := r.text()
	if err != nil {
		return "", err
	}
	inner := raw[1 : len(raw)-1]
	if k, ok := r.keys[string(inner)]; ok {
		return k, nil
	}
	k := (&value{kind: text, raw: raw}).str()
	if r.keys == nil {
		r.keys = make(map[string]string, 16)
	}
	r.keys[string(inner)] = k
	return k, nil
}

func (r *reader) object(depth int) (*value, error) {
	r.at++
	start := len(r.members)
	for first := true; ; first = false {
		r.space()
		if r.at >= len(r.data) {
			return nil, errNotJSON
		}
		if r.data[r.at] == '}' {
			r.at++
			v := r.make(object)
			v.members = slices.Clone(r.members[start:])
			r.members = r.members[:start]
			return v, nil
		}
		if !first {
			if r.data[r.at] != ',' {
				return nil, errNotJSON
			}
			r.at++
			r.space()
		}
		if err := r.member(depth); err != nil {
			return nil, err
		}
	}
}

func (r *reader) member(depth int) error {
	if r.at >= len(r.data) || r.data[r.at] != '"' {
		return errNotJSON
	}
	key, err := r.key()
	if err != nil {
		return err
	}
	r.space()
	if r.at >= len(r.data) || r.data[r.at] != ':' {
		return errNotJSON
	}
	r.at++
	v, err := r.value(depth + 1)
	if err != nil {
		return err
	}
	r.members = append(r.members, member{key, v})
	return nil
}

func (r *reader) array(depth int) (*value, error) {
	r.at++
	start := len(r.links)
	for first := true; ; first = false {
		r.space()
		if r.at >= len(r.data) {
			return nil, errNotJSON
		}
		if r.data[r.at] == ']' {
			r.at++
			v := r.make(array)
			v.items = slices.Clone(r.links[start:])
			r.links = r.links[:start]
			return v, nil
		}
		if !first {
			if r.data[r.at] != ',' {
				return nil, errNotJSON
			}
			r.at++
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		r.links = append(r.links, item)
	}
}
