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
	args, _ := json.Marshal(f.ArgumentMap(x.variables))
	v, ok := s.fields[f.Name+string(args)]
	if !ok {
		v, ok = s.fields[f.Name]
	}
	if !ok && s.representation != nil {
		v = s.representation[f.Name]
	}
	if str, isString := v.(string); isString {
		switch {
		case str == "$args":
			return string(args)
		case strings.HasPrefix(str, "="):
			return x.computed(str[1:], f, s)
		}
	}
	return v
}

var hole = regexp.MustCompile(`\{([\w.]+)\}`)

// computed fills a template. In a subgraph the fields come from the
// representation: what the subgraph was not given is "?".
func (x *run) computed(template string, f *ast.Field, s subject) any {
	from := s.fields
	if x.server.entities && f.Definition.Directives.ForName("requires") != nil {
		from = s.representation
	}
	return hole.ReplaceAllStringFunc(template, func(h string) string {
		return x.dig(from, strings.Split(h[1:len(h)-1], "."))
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
