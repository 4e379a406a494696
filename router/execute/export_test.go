package execute

import (
	"bytes"
	"slices"
)

// Pretty prints JSON for people: what fits on a line stays on it. Errors are
// sorted, since fetches that run at once fail in any order.
func Pretty(body []byte) string {
	v, err := readJSON(new(arena), body)
	if err != nil {
		return "NOT JSON: " + string(body)
	}
	if errs := v.get("errors"); errs != nil {
		slices.SortFunc(errs.items, func(a, b *value) int { return bytes.Compare(a.append(nil), b.append(nil)) })
	}
	return string(pretty(nil, v, "")) + "\n"
}

func pretty(out []byte, v *value, margin string) []byte {
	short := v.append(nil)
	if len(short)+len(margin) <= 110 || v.kind != object && v.kind != array {
		return append(out, short...)
	}
	deeper := margin + "  "
	open, end := "{", "}"
	if v.kind == array {
		open, end = "[", "]"
	}
	out = append(out, open...)
	for i := range max(len(v.items), len(v.members)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, "\n"+deeper...)
		if v.kind == array {
			out = pretty(out, v.items[i], deeper)
		} else {
			out = append(appendString(out, v.members[i].key), ": "...)
			out = pretty(out, v.members[i].value, deeper)
		}
	}
	return append(append(out, "\n"+margin...), end...)
}

// Plans tells how many plans the graph has made and kept.
func (g *Graph) Plans() int { return g.plans.Len() }

// Waiting tells how many wait for a query that others ask too.
func (g *Graph) Waiting() int { return g.flights.Waiting() }
