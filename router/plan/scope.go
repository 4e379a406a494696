package plan

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/operation"
)

// scope hands out the response keys of the objects at one place in the data, so
// that what several fetches bring there never meets under one key by mistake.
type scope struct {
	entries  []*entry
	children map[string]*scope
	// needed are the keys of fields that the plan itself needs: by the object's
	// type, the field and its arguments.
	needed map[string]string
}

// entry is a response key and what stands under it.
type entry struct {
	key, field string // field with its arguments
	types      []string
	// shapes are the field's types in the sources that were asked for it.
	shapes []shapeIn
}

// shapeIn is the type of a field in a source.
type shapeIn struct {
	source int
	text   string
}

// in is the shape in a source; empty for one that was not asked.
func (e *entry) in(source int) string {
	for _, s := range e.shapes {
		if s.source == source {
			return s.text
		}
	}
	return ""
}

func newScope() *scope { return &scope{} }

// child is the scope of the objects under a key.
func (s *scope) child(key string) *scope {
	if s.children == nil {
		s.children = map[string]*scope{}
	}
	if s.children[key] == nil {
		s.children[key] = newScope()
	}
	return s.children[key]
}

// take gives the key for a field of objects of some types, whose own type in the
// source is the shape: the wanted one, or, where that has something else under it,
// a new one.
func (s *scope) take(want, field string, types []string, src *source, shape string) string {
	for n := 0; ; n++ {
		key := want
		if n > 0 {
			key = operation.Apart(want, n)
		}
		if e := s.fit(key, field, types, src.index, shape); e != nil {
			e.add(types, src.index, shape)
			return key
		}
	}
}

// need gives the key for a field that the plan itself needs of objects of some
// types. One that the client asks for serves it, too.
func (s *scope) need(name, field string, types []string, src *source, shape string) string {
	known := types[0] + " " + field
	if key := s.needed[known]; key != "" {
		return key
	}
	key := ""
	for _, e := range s.entries {
		if e.field == field && s.fit(e.key, field, types, src.index, shape) == e {
			key = e.key
			e.add(types, src.index, shape)
			break
		}
	}
	if key == "" {
		key = s.take(name, field, types, src, shape)
	}
	if s.needed == nil {
		s.needed = map[string]string{}
	}
	for _, t := range types {
		s.needed[t+" "+field] = key
	}
	return key
}

// fit is the entry under which a field can stand, made when there is none; nil
// when something else is in the way.
func (s *scope) fit(key, field string, types []string, src int, shape string) *entry {
	var same *entry
	for _, e := range s.entries {
		if e.key != key {
			continue
		}
		have := e.in(src)
		if have != "" && have != shape || e.field != field && slices.ContainsFunc(types, func(t string) bool { return slices.Contains(e.types, t) }) {
			return nil
		}
		if e.field == field {
			same = e
		}
	}
	if same == nil {
		same = &entry{key: key, field: field}
		s.entries = append(s.entries, same)
	}
	return same
}

func (e *entry) add(types []string, src int, shape string) {
	if e.in(src) == "" {
		e.shapes = append(e.shapes, shapeIn{src, shape})
	}
	for _, t := range types {
		if !slices.Contains(e.types, t) {
			e.types = append(e.types, t)
		}
	}
}

// fieldText is a field with its arguments.
func fieldText(f *ast.Field) string {
	if len(f.Arguments) == 0 {
		return f.Name
	}
	parts := make([]string, len(f.Arguments))
	for i, a := range f.Arguments {
		parts[i] = a.Name + ": " + a.Value.String()
	}
	return f.Name + "(" + strings.Join(parts, ", ") + ")"
}
