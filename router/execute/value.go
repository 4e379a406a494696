package execute

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unsafe"
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
	// mark is the last search that met the value.
	mark    uint32
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

var errNotJSON = errors.New("not JSON")

// maxNesting is how deep a subgraph's answer may nest.
const maxNesting = 500

// readJSON reads one JSON value; its scalars and keys point into data.
func readJSON(a *arena, data []byte) (*value, error) {
	r := reader{arena: a, data: data}
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

// reader reads JSON.
type reader struct {
	*arena
	data []byte
	at   int
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
		return r.scalar(text, raw), nil
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

func (r *reader) scalar(k kind, raw []byte) *value {
	v := r.new(k)
	v.raw = raw
	return v
}

func (r *reader) word(word string, k kind) (*value, error) {
	if len(r.data)-r.at < len(word) || string(r.data[r.at:r.at+len(word)]) != word {
		return nil, errNotJSON
	}
	start := r.at
	r.at += len(word)
	return r.scalar(k, r.data[start:r.at]), nil
}

func (r *reader) number() (*value, error) {
	start, plain := r.at, true
	for ; r.at < len(r.data); r.at++ {
		c := r.data[r.at]
		if c >= '0' && c <= '9' {
			continue
		}
		if c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		plain = false
	}
	raw := r.data[start:r.at]
	if plain && len(raw) > 1 && raw[0] == '0' || !plain && !json.Valid(raw) {
		return nil, errNotJSON
	}
	return r.scalar(number, raw), nil
}

// text reads a string with its quotes.
func (r *reader) text() ([]byte, error) {
	start := r.at
	escaped := false
	for i := start + 1; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			raw := r.data[start:r.at]
			if escaped && !json.Valid(raw) {
				return nil, errNotJSON
			}
			return raw, nil
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			return nil, errNotJSON
		}
	}
	return nil, errNotJSON
}

// key reads the key of a member. One without escapes shares its bytes with the
// data, which nobody changes.
func (r *reader) key() (string, error) {
	raw, err := r.text()
	if err != nil {
		return "", err
	}
	inner := raw[1 : len(raw)-1]
	if len(inner) == 0 || bytes.IndexByte(inner, '\\') >= 0 {
		return (&value{kind: text, raw: raw}).str(), nil
	}
	return unsafe.String(&inner[0], len(inner)), nil
}

func (r *reader) object(depth int) (*value, error) {
	r.at++
	start := len(r.stack)
	for first := true; ; first = false {
		r.space()
		if r.at >= len(r.data) {
			return nil, errNotJSON
		}
		if r.data[r.at] == '}' {
			r.at++
			v := r.new(object)
			v.members = r.keepMembers(r.stack[start:])
			r.stack = r.stack[:start]
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
	r.stack = append(r.stack, member{key, v})
	return nil
}

func (r *reader) array(depth int) (*value, error) {
	r.at++
	start := len(r.stack)
	for first := true; ; first = false {
		r.space()
		if r.at >= len(r.data) {
			return nil, errNotJSON
		}
		if r.data[r.at] == ']' {
			r.at++
			v := r.new(array)
			v.items = r.keepItems(r.stack[start:])
			r.stack = r.stack[:start]
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
		r.stack = append(r.stack, member{value: item})
	}
}
