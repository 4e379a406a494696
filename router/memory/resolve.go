package memory

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// resolve gives the raw value of a field: under its name with its arguments, or
// under its name.
func (x *run) resolve(f *ast.Field, s subject) any {
	args, _ := json.Marshal(x.arguments(f))
	v, ok := s.fields[f.Name+string(args)]
	if !ok {
		v, ok = s.fields[f.Name]
	}
	if !ok && s.representation != nil {
		v = s.representation[f.Name]
	}
	if str, isString := v.(string); isString {
		switch {
		case str == "$args", strings.HasPrefix(str, "~"):
			return string(args)
		case strings.HasPrefix(str, "="):
			return x.computed(str[1:], f, s)
		}
	}
	return v
}

var hole = regexp.MustCompile(`\{([\w.]+)(?:\|\{[^{}]*\})?\}`)

// computed fills a template. In a subgraph the fields come from the
// representation: what the subgraph was not given is "?".
func (x *run) computed(template string, f *ast.Field, s subject) any {
	from := s.fields
	if x.server.entities && f.Definition.Directives.ForName("requires") != nil {
		if from = s.representation; from == nil {
			from = x.only(s.provided, s.fields)
		}
	}
	return x.fill(template, from)
}

// only is what an object has of the fields of a tree.
func (x *run) only(tree, fields map[string]any) map[string]any {
	out := map[string]any{}
	for name, below := range tree {
		v := x.follow(fields[name])
		if object, ok := v.(map[string]any); ok {
			v = x.only(below.(map[string]any), object)
		}
		out[name] = v
	}
	return out
}

// fill puts fields of an object into a template.
func (x *run) fill(template string, from map[string]any) string {
	return hole.ReplaceAllStringFunc(template, func(h string) string {
		path, _, _ := strings.Cut(h[1:len(h)-1], "|") // a representation has it without the arguments
		return x.dig(from, strings.Split(path, "."))
	})
}

func (x *run) dig(from any, path []string) string {
	from = x.follow(from)
	if len(path) == 0 {
		if str, ok := from.(string); ok {
			return str
		}
		encoded, _ := json.Marshal(from)
		return string(encoded)
	}
	switch v := from.(type) {
	case map[string]any:
		next, ok := v[path[0]]
		if !ok {
			return "?"
		}
		if template, ok := next.(string); ok && strings.HasPrefix(template, "=") {
			next = x.fill(template[1:], v)
		}
		return x.dig(next, path[1:])
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = x.dig(v[i], path)
		}
		return strings.Join(parts, ",")
	case nil:
		return "null"
	}
	return "?"
}

func (x *run) follow(v any) any {
	if str, ok := v.(string); ok && strings.HasPrefix(str, "@") {
		if o := x.server.Data[str[1:]]; o != nil {
			return o
		}
		return nil
	}
	return v
}
