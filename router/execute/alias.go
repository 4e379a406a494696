package execute

import (
	"encoding/json"

	"heddle/router/operation"
	"heddle/router/plan"
)

// A plan knows no aliases: what is written for the client, and only that, has
// them in the place of the keys of the plan.

// label is how the response key of a field stands before its value.
func (p *Prepared) label(f *plan.Field) string {
	if f.Alias > 0 {
		return p.aliases[f.Alias-1].Label
	}
	return f.Label
}

// clientPath is a path with the client's response keys. Where there are none of
// its own, it is the path itself.
func (p *Prepared) clientPath(path []any) []any {
	if len(p.aliases) == 0 || path == nil {
		return path
	}
	out := make([]any, len(path))
	for i, step := range path {
		out[i] = step
		for _, a := range p.aliases {
			if step == a.Key {
				out[i] = a.Name
			}
		}
	}
	return out
}

// appendErrors writes the member errors after others, if there are any.
func (p *Prepared) appendErrors(out []byte, errs operation.Errors) []byte {
	if len(errs) == 0 {
		return out
	}
	told := make(operation.Errors, len(errs))
	for i, e := range errs {
		told[i] = e
		told[i].Path = p.clientPath(e.Path)
	}
	encoded, err := json.Marshal(told)
	if err != nil {
		encoded = []byte(`[{"message":"Internal error.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]`)
	}
	return append(append(out, `,"errors":`...), encoded...)
}
