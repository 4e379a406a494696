package yjs

import (
	"encoding/json"
	"unicode/utf8"
)

// Kinds of content, by their references in the format.
const (
	refGC = iota
	refDeleted
	refJSON
	refBinary
	refString
	refEmbed
	refFormat
	refType
	refAny
	refDoc
	refSkip
)

// Kinds of shared types, by their references in the format.
const (
	typeArray = iota
	typeMap
	typeText
	typeXMLElement
	typeXMLFragment
	typeXMLHook
	typeXMLText
)

// content is what an item holds: one of the kinds, in the fields that it uses.
// What the server has no use for is kept as the bytes it came in.
type content struct {
	ref    byte
	text   string   // string: the text; type: the name of an XML element or hook; doc: its guid
	values [][]byte // JSON, any: the elements; binary, embed, doc: one; format: key and value
	shared *shared  // type
}

// shared is a shared type: a root of the document, or the content of an item.
type shared struct {
	ref   byte
	name  string // of a root
	item  *block // whose content it is; nil for a root
	start *block // the first of its list
	keys  map[string]*block
}

// readContent reads the content of the kind and its length on the clock.
func (r *reader) content(ref byte) (c content, length uint64) {
	c.ref, length = ref, 1
	switch ref {
	case refDeleted:
		length = r.uint()
	case refJSON:
		n := r.count(1)
		length = uint64(n)
		for range n {
			c.values = append(c.values, r.json(true))
		}
	case refBinary:
		c.values = [][]byte{r.bytes()}
	case refString:
		c.text = r.string()
		length = utf16Length(c.text)
	case refEmbed:
		c.values = [][]byte{r.json(false)}
	case refFormat:
		c.values = [][]byte{[]byte(r.string()), r.json(false)}
	case refType:
		kind := r.uint()
		if kind > typeXMLText {
			r.fail("there is no type of kind %d", kind)
		}
		c.shared = &shared{ref: byte(kind)}
		if c.shared.ref == typeXMLElement || c.shared.ref == typeXMLHook {
			c.text = r.string()
		}
	case refAny:
		n := r.count(1)
		length = uint64(n)
		for range n {
			c.values = append(c.values, r.any())
		}
	case refDoc:
		c.text = r.string()
		c.values = [][]byte{r.any()}
	default:
		r.fail("there is no content of kind %d", ref)
	}
	return c, length
}

// json reads a JSON value that was written as a string; within a list,
// undefined is one too.
func (r *reader) json(orUndefined bool) []byte {
	b := r.bytes()
	if orUndefined && string(b) == "undefined" {
		return b
	}
	if !utf8.Valid(b) || !json.Valid(b) || nested(b) > depthLimit {
		r.fail("a value is not JSON, or nested more than %d deep", depthLimit)
	}
	return b
}

// nested is how deep a valid JSON value is nested.
func nested(text []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '[' || c == '{'):
			depth++
			deepest = max(deepest, depth)
		case !quoted && (c == ']' || c == '}'):
			depth--
		}
	}
	return deepest
}

// write writes what follows the first offset elements, of a content of the length.
func (c *content) write(w *writer, offset, length uint64) {
	switch c.ref {
	case refDeleted:
		w.uint(length - offset)
	case refJSON:
		w.uint(length - offset)
		for _, v := range c.values[offset:] {
			w.bytes(v)
		}
	case refBinary, refEmbed:
		w.bytes(c.values[0])
	case refString:
		_, text := splitText(c.text, offset)
		w.string(text)
	case refFormat:
		w.bytes(c.values[0])
		w.bytes(c.values[1])
	case refType:
		w.uint(uint64(c.shared.ref))
		if c.shared.ref == typeXMLElement || c.shared.ref == typeXMLHook {
			w.string(c.text)
		}
	case refAny:
		w.uint(length - offset)
		for _, v := range c.values[offset:] {
			w.raw(v)
		}
	case refDoc:
		w.string(c.text)
		w.raw(c.values[0])
	}
}

// split leaves the first elements in c and returns the rest.
func (c *content) split(at uint64) content {
	right := content{ref: c.ref}
	switch c.ref {
	case refString:
		c.text, right.text = splitText(c.text, at)
	case refJSON, refAny:
		c.values, right.values = c.values[:at:at], c.values[at:]
	}
	return right
}

// mergeable tells whether contents of the kind can follow each other in one.
func (c *content) mergeable() bool {
	return c.ref == refDeleted || c.ref == refJSON || c.ref == refString || c.ref == refAny
}

// utf16Length is the length of a text as JavaScript counts it.
func utf16Length(s string) (n uint64) {
	for _, r := range s {
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

// splitText splits a text at an offset in UTF-16 code units. Where that is in
// the middle of a surrogate pair, each half becomes U+FFFD, as in Yjs.
func splitText(s string, at uint64) (left, right string) {
	var n uint64
	for i, r := range s {
		if n == at {
			return s[:i], s[i:]
		}
		n++
		if r >= 0x10000 {
			if n == at {
				return s[:i] + string(utf8.RuneError), string(utf8.RuneError) + s[i+utf8.RuneLen(r):]
			}
			n++
		}
	}
	return s, ""
}
