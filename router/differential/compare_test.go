package differential_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// difference tells how an answer differs from the one that is wanted; empty for
// not at all. Data are the same in content and order. There are errors if there
// should be, and only where something is null for it: of several errors under one
// null, the specification lets an executor leave some out (6.4.4).
func difference(got, want answer) string {
	if (got.Invalid == nil) != (want.Invalid == nil) {
		return fmt.Sprintf("refused: ours %q, graphql-js %q", got.Invalid, want.Invalid)
	}
	if got.Invalid != nil {
		return ""
	}
	ours, theirs := readOrdered(got.Data), readOrdered(want.Data)
	if where := firstDifference(ours, theirs, "data"); where != "" {
		return fmt.Sprintf("%s\nours:       %s\ngraphql-js: %s\nour errors: %v\ntheir errors: %v", where, compact(got.Data), compact(want.Data), got.Errors, want.Errors)
	}
	if (len(got.Errors) == 0) != (len(want.Errors) == 0) {
		return fmt.Sprintf("errors: ours %v, graphql-js %v", got.Errors, want.Errors)
	}
	for _, e := range got.Errors {
		if !isNull(theirs, e.Path) {
			return fmt.Sprintf("an error where none is due: ours %v, graphql-js %v", got.Errors, want.Errors)
		}
	}
	return ""
}

// isNull tells whether the way along a path ends at a null.
func isNull(v any, path []any) bool {
	for _, step := range path {
		switch at := v.(type) {
		case members:
			i := slices.IndexFunc(at, func(m member) bool { return m.key == step })
			if i < 0 {
				return false
			}
			v = at[i].value
		case []any:
			index, ok := step.(float64)
			if !ok || int(index) >= len(at) {
				return false
			}
			v = at[int(index)]
		}
	}
	return v == nil
}

func compact(data json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, data) != nil {
		return string(data)
	}
	return out.String()
}

// members are those of a JSON object, in order.
type members []member

type member struct {
	key   string
	value any
}

// readOrdered reads JSON with the order of its members.
func readOrdered(data json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(data))
	v, err := readValue(d)
	if err != nil {
		return err
	}
	return v
}

func readValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		out := members{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			out = append(out, member{key.(string), v})
		}
		_, err = d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err = d.Token()
		return out, err
	}
	return token, nil
}

// firstDifference is the first place where two values differ, with both; empty
// for none.
func firstDifference(ours, theirs any, path string) string {
	switch t := theirs.(type) {
	case members:
		o, ok := ours.(members)
		if !ok {
			break
		}
		for i := range max(len(o), len(t)) {
			switch {
			case i >= len(o) || i >= len(t) || o[i].key != t[i].key:
				return fmt.Sprintf("%s: members: ours %v, graphql-js %v", path, o.keys(), t.keys())
			default:
				if where := firstDifference(o[i].value, t[i].value, path+"."+t[i].key); where != "" {
					return where
				}
			}
		}
		return ""
	case []any:
		o, ok := ours.([]any)
		if !ok || len(o) != len(t) {
			break
		}
		for i := range t {
			if where := firstDifference(o[i], t[i], fmt.Sprintf("%s[%d]", path, i)); where != "" {
				return where
			}
		}
		return ""
	default:
		switch ours.(type) {
		case members, []any:
		default:
			if ours == theirs {
				return ""
			}
		}
	}
	return fmt.Sprintf("%s: ours %v, graphql-js %v", path, ours, theirs)
}

func (m members) keys() []string {
	keys := make([]string, len(m))
	for i := range m {
		keys[i] = m[i].key
	}
	return keys
}
