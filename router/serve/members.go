package serve

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// members are the members of a JSON object as they stand in it; of several under
// one name the last counts. ok is false if the text is no such object.
// json.Unmarshal would do the same with several times the work, for each request.
func members(text []byte) (_ map[string]json.RawMessage, ok bool) {
	text = bytes.Trim(text, " \t\r\n")
	if len(text) == 0 || text[0] != '{' || !json.Valid(text) {
		return nil, false
	}
	out := make(map[string]json.RawMessage, 4)
	s := scan{text: text, at: 1}
	for s.skipTo("\"}") == '"' {
		name, err := stringOf(s.value())
		if err != nil {
			return nil, false
		}
		s.skipTo(":")
		s.at++
		s.skipSpace()
		out[name] = s.value()
	}
	return out, true
}

// scan goes through valid JSON.
type scan struct {
	text []byte
	at   int
}

// skipTo goes on to one of some bytes that stand outside of strings, and gives
// it.
func (s *scan) skipTo(stops string) byte {
	for strings.IndexByte(stops, s.text[s.at]) < 0 {
		s.at++
	}
	return s.text[s.at]
}

func (s *scan) skipSpace() {
	for strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

// value goes behind the value that begins here, and gives it.
func (s *scan) value() []byte {
	start, depth := s.at, 0
	for {
		switch s.text[s.at] {
		case '"':
			s.skipString()
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		default:
			s.at++
			if depth == 0 {
				s.skipTo(",}] \t\r\n")
			}
		}
		if depth == 0 {
			return s.text[start:s.at:s.at]
		}
	}
}

func (s *scan) skipString() {
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
}

// plainEscapes are the bytes that escapes of two bytes stand for.
var plainEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

// stringOf reads a valid JSON string.
func stringOf(raw []byte) (string, error) {
	inner := raw[1 : len(raw)-1]
	if bytes.Contains(inner, []byte(`\u`)) || !utf8.Valid(inner) {
		var value string
		err := json.Unmarshal(raw, &value)
		return value, err
	}
	escape := bytes.IndexByte(inner, '\\')
	if escape < 0 {
		return string(inner), nil
	}
	var out strings.Builder
	out.Grow(len(inner))
	for ; escape >= 0; escape = bytes.IndexByte(inner, '\\') {
		out.Write(inner[:escape])
		out.WriteByte(plainEscapes[inner[escape+1]])
		inner = inner[escape+2:]
	}
	out.Write(inner)
	return out.String(), nil
}
