package execute

import (
	"bytes"
	"encoding/json"
	"errors"
	"unsafe"
)

var errNotJSON = errors.New("not JSON")

// maxNesting is how deep a subgraph's answer may nest.
const maxNesting = 500

// readJSON reads one JSON value; its scalars and keys point into data.
func readJSON(a *arena, data []byte) (*value, error) {
	return (&reader{arena: a, data: data}).whole(nowhere)
}

// readAnswer reads the answer of a subgraph. An object that has been met at the
// same place, save for the indices of lists, is the same value again: graphs
// lead to the same things over and over, and each is then read, completed and
// written once.
func readAnswer(a *arena, data []byte) (*value, error) {
	r := reader{arena: a, data: data}
	return r.whole(r.newSpot(""))
}

// whole reads all of the data.
func (r *reader) whole(at int32) (*value, error) {
	v, err := r.value(0, at)
	if err != nil {
		return nil, err
	}
	r.space()
	if r.at != len(r.data) {
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

func (r *reader) value(depth int, spot int32) (*value, error) {
	r.space()
	if r.at >= len(r.data) || depth > maxNesting {
		return nil, errNotJSON
	}
	switch c := r.data[r.at]; {
	case c == '{':
		return r.object(depth, spot)
	case c == '[':
		return r.array(depth, spot)
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

// key reads the key of a member. A plain one, without escapes, shares its bytes
// with the data, which nobody changes.
func (r *reader) key() (_ string, plain bool, _ error) {
	raw, err := r.text()
	if err != nil {
		return "", false, err
	}
	inner := raw[1 : len(raw)-1]
	if len(inner) == 0 || bytes.IndexByte(inner, '\\') >= 0 {
		return (&value{kind: text, raw: raw}).str(), false, nil
	}
	return unsafe.String(&inner[0], len(inner)), true, nil
}

func (r *reader) object(depth int, spot int32) (*value, error) {
	if v := r.again(spot); v != nil {
		return v, nil
	}
	begin, start := r.at, len(r.stack)
	r.at++
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
			r.note(spot, begin, v)
			return v, nil
		}
		if !first {
			if r.data[r.at] != ',' {
				return nil, errNotJSON
			}
			r.at++
			r.space()
		}
		if err := r.member(depth, spot, len(r.stack)-start); err != nil {
			return nil, err
		}
	}
}

func (r *reader) member(depth int, spot int32, index int) error {
	if r.at >= len(r.data) || r.data[r.at] != '"' {
		return errNotJSON
	}
	key, below, err := r.memberKey(spot, index)
	if err != nil {
		return err
	}
	r.space()
	if r.at >= len(r.data) || r.data[r.at] != ':' {
		return errNotJSON
	}
	r.at++
	v, err := r.value(depth+1, below)
	if err != nil {
		return err
	}
	r.stack = append(r.stack, member{key, v})
	return nil
}

func (r *reader) array(depth int, spot int32) (*value, error) {
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
		item, err := r.value(depth+1, spot)
		if err != nil {
			return nil, err
		}
		r.stack = append(r.stack, member{value: item})
	}
}
