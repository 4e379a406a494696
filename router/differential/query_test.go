package differential_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/memory"
)

// dice are what random things are made with.
type dice struct{ *rand.Rand }

func roll(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

// request is a random operation.
type request struct {
	Query     string
	Name      string
	Variables map[string]any
	// Down are the subgraphs that fail, How what they answer.
	Down []string
	How  string
}

// writer writes a random operation on a schema.
type writer struct {
	dice
	schema    *ast.Schema
	data      memory.Data
	variables map[string]any
	defs      []string
	fragments []fragment
	budget    int  // of fields
	defers    bool // fragments may be deferred
	labels    int  // how many there are
}

type fragment struct{ name, on, text string }

// writeRequest makes an operation that is valid, but for fields that cannot be
// merged. The data tell which arguments find something.
func writeRequest(d dice, schema *ast.Schema, data memory.Data) request {
	w := &writer{dice: d, schema: schema, data: data, variables: map[string]any{}, budget: 6 + d.IntN(40)}
	kind, root := "query", schema.Query
	if schema.Mutation != nil && d.chance(15) {
		kind, root = "mutation", schema.Mutation
	}
	set := w.set(root, 0)
	r := request{Variables: w.variables}
	header := kind
	if d.chance(30) {
		r.Name = pick(d, "Q", "Ask", "query")
		header += " " + r.Name
	}
	if len(w.defs) > 0 {
		header += "(" + strings.Join(w.defs, ", ") + ")"
	}
	parts := []string{header + " " + set}
	switch {
	case header == "query" && d.chance(50):
		parts[0] = set
	case r.Name != "" && d.chance(20):
		parts = append(parts, "query Other { __typename }")
	}
	for _, f := range w.fragments {
		parts = append(parts, "fragment "+f.name+" on "+f.on+" "+f.text)
	}
	r.Query = strings.Join(parts, "\n")
	return r
}

func (w *writer) set(def *ast.Definition, depth int) string {
	var parts []string
	for range 1 + w.IntN(4) {
		parts = append(parts, w.selection(def, depth))
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (w *writer) selection(def *ast.Definition, depth int) string {
	switch {
	case w.budget <= 0 || depth > 12 || def.Kind == ast.Union && w.chance(15):
		return w.typename()
	case def.Kind == ast.Union || def.Kind == ast.Interface && w.chance(45):
		return w.spread(w.overlapping(def), depth)
	case depth > 0 && w.chance(8):
		return w.spread(w.overlapping(def), depth)
	case def == w.schema.Query && w.chance(2):
		return w.introspection()
	case w.chance(5) || w.defers && w.chance(25):
		return "..." + w.condition() + w.deferral() + " " + w.set(def, depth+1)
	}
	return w.field(def, depth)
}

// spread writes a fragment on a type, inline or named.
func (w *writer) spread(on *ast.Definition, depth int) string {
	for _, f := range w.fragments {
		if f.on == on.Name && f.text != "" && w.chance(30) {
			return "..." + f.name + w.condition() + w.deferral()
		}
	}
	if w.chance(25) {
		w.fragments = append(w.fragments, fragment{fmt.Sprintf("F%d", len(w.fragments)), on.Name, ""})
		at := len(w.fragments) - 1
		text := w.set(on, depth+1)
		w.fragments[at].text = text
		return "..." + w.fragments[at].name + w.condition() + w.deferral()
	}
	return "... on " + on.Name + w.condition() + w.deferral() + " " + w.set(on, depth+1)
}

// overlapping is some type that an object of type def can also be of.
func (w *writer) overlapping(def *ast.Definition) *ast.Definition {
	var found []*ast.Definition
	possible := w.schema.GetPossibleTypes(def)
	for _, name := range sortedNames(w.schema.Types) {
		other := w.schema.Types[name]
		if !other.IsCompositeType() || strings.HasPrefix(name, "__") || other == w.schema.Query || other == w.schema.Mutation {
			continue
		}
		if slices.ContainsFunc(w.schema.GetPossibleTypes(other), func(t *ast.Definition) bool { return slices.Contains(possible, t) }) {
			found = append(found, other)
			if other.Kind == ast.Object { // the others are rarely of use
				found = append(found, other, other)
			}
		}
	}
	if len(found) == 0 {
		return def
	}
	return pick(w.dice, found...)
}

// introspection asks what a type of the schema has. The types of introspection
// itself are not asked for: graphql-js has some of a newer draft. Nor are default
// values, which it prints as they are coerced.
func (w *writer) introspection() string {
	types := slices.DeleteFunc(sortedNames(w.schema.Types), func(name string) bool { return strings.HasPrefix(name, "__") })
	name := pick(w.dice, types...)
	return fmt.Sprintf("t%d: __type(name: %q)%s { kind name %s }", w.IntN(100), name, w.condition(), pick(w.dice,
		"fields { name type { name kind ofType { name } } args { name type { kind } } }", "possibleTypes { name } interfaces { name }",
		"enumValues { name isDeprecated } inputFields { name type { name } }"))
}

func (w *writer) typename() string {
	if w.chance(20) {
		return pick(w.dice, "typename", "_t") + ": __typename" // never a field's name: graphql-js does not see the conflict
	}
	return "__typename" + w.condition()
}

func (w *writer) field(def *ast.Definition, depth int) string {
	if w.chance(8) && depth > 0 {
		return w.typename()
	}
	for range 10 {
		f := def.Fields[w.IntN(len(def.Fields))]
		below := w.schema.Types[f.Type.Name()]
		if strings.HasPrefix(f.Name, "__") || below.IsCompositeType() && depth > 8 {
			continue
		}
		w.budget--
		out := f.Name + w.arguments(f) + w.condition()
		if w.chance(15) {
			out = w.alias() + ": " + out
		}
		if below.IsCompositeType() {
			out += " " + w.set(below, depth+1)
		}
		return out
	}
	return w.typename()
}

// alias is a new name, or, to make trouble, that of some field.
func (w *writer) alias() string {
	if w.chance(50) {
		return fmt.Sprintf("a%d", w.IntN(100))
	}
	def := w.schema.Types[pick(w.dice, sortedNames(w.schema.Types)...)]
	if def.Kind == ast.Object && len(def.Fields) > 0 {
		if name := def.Fields[w.IntN(len(def.Fields))].Name; !strings.HasPrefix(name, "__") {
			return name
		}
	}
	return pick(w.dice, "id", "key", "_a")
}

func (w *writer) condition() string {
	if !w.chance(9) {
		return ""
	}
	one := func(name string) string {
		if w.chance(15) {
			return fmt.Sprintf(" @%s(if: %t)", name, w.chance(50))
		}
		return fmt.Sprintf(" @%s(if: $%s)", name, w.boolean())
	}
	if w.chance(12) {
		return one("skip") + one("include")
	}
	return one(pick(w.dice, "skip", "include"))
}

// boolean is a variable, new or used before.
func (w *writer) boolean() string {
	for i, def := range w.defs {
		if strings.Contains(def, ": Boolean") && w.chance(40) && strings.HasPrefix(def, "$c") {
			return fmt.Sprintf("c%d", i)
		}
	}
	name := fmt.Sprintf("c%d", len(w.defs))
	switch {
	case w.chance(15):
		w.defs = append(w.defs, fmt.Sprintf("$%s: Boolean = %t", name, w.chance(50)))
		if w.chance(50) {
			w.variables[name] = w.chance(50)
		}
	default:
		w.defs = append(w.defs, "$"+name+": Boolean!")
		w.variables[name] = w.chance(50)
	}
	return name
}

func (w *writer) arguments(f *ast.FieldDefinition) string {
	given := w.found(f)
	var parts []string
	for _, a := range f.Arguments {
		required := a.Type.NonNull && a.DefaultValue == nil
		value, known := given[a.Name]
		switch {
		case known:
			parts = append(parts, a.Name+": "+w.constant(a.Type, value))
		case required || w.chance(50):
			parts = append(parts, a.Name+": "+w.value(a.Type, a.DefaultValue != nil, 0))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// found are arguments that the data have something for.
func (w *writer) found(f *ast.FieldDefinition) map[string]any {
	var choices []map[string]any
	for _, root := range []string{"Query", "Mutation"} {
		for _, key := range sortedNames(w.data[root]) {
			if args, ok := strings.CutPrefix(key, f.Name+"{"); ok {
				var given map[string]any
				if json.Unmarshal([]byte("{"+args), &given) == nil {
					choices = append(choices, given)
				}
			}
		}
	}
	if len(choices) == 0 || w.chance(10) {
		return nil
	}
	return pick(w.dice, choices...)
}

// constant writes a known value, directly or as a variable.
func (w *writer) constant(t *ast.Type, v any) string {
	if w.chance(50) {
		name := fmt.Sprintf("v%d", len(w.defs))
		w.defs = append(w.defs, "$"+name+": "+t.String())
		w.variables[name] = v
		return "$" + name
	}
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
