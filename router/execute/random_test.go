package execute_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"heddle/internal/caller"
	"heddle/router/memory"
	"heddle/router/operation"
)

var (
	seeds = flag.Int("seeds", 80, "how many random queries are tried on each graph")
	seed  = flag.Uint64("seed", 0, "the one seed to try, with the query printed")
)

// TestRandom asks random queries of every graph in router/plan/testdata/graphs,
// once through the graph and once of one server with the whole schema, and wants
// the same data and the same paths of errors.
func TestRandom(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(cases + "/graphs/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, archive, "", nil)
			failures := 0
			for i := range *seeds {
				s := uint64(i + 1)
				if *seed != 0 {
					s = *seed
				}
				if !tryRandom(t, w, s) {
					failures++
				}
				if *seed != 0 || failures > 5 {
					return
				}
			}
		})
	}
}

// TestRandom_with_failures does the same while fields fail or are null that no
// other field depends on.
func TestRandom_with_failures(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"shop", "provides", "media"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(filepath.Join(cases, "graphs", name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			for i := range max(2, *seeds/15) {
				s := uint64(i + 1)
				w := newWorld(t, archive, breakSome(t, archive, s), nil)
				for j := range 10 {
					if !tryRandom(t, w, s*1000+uint64(j)) {
						return
					}
				}
			}
		})
	}
}

// needed are fields that others are found by or computed from.
var needed = []string{"__typename", "__interface", "id", "upc", "price", "weight", "name"}

// breakSome makes a few fields of the data fail, and others null.
func breakSome(t *testing.T, a *txtar.Archive, s uint64) string {
	t.Helper()
	var data memory.Data
	if err := json.Unmarshal([]byte(section(a, "data.json")), &data); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(s, 11))
	changes := map[string]map[string]any{}
	for _, id := range data.IDs() {
		for _, field := range sortedFields(data[id]) {
			if str, _ := data[id][field].(string); r.IntN(100) >= 15 || slices.Contains(needed, field) || strings.HasPrefix(str, "=") {
				continue
			}
			if changes[id] == nil {
				changes[id] = map[string]any{}
			}
			changes[id][field] = nil
			if r.IntN(2) == 0 {
				changes[id][field] = "!planted"
			}
		}
	}
	encoded, _ := json.Marshal(changes)
	return string(encoded)
}

func tryRandom(t *testing.T, w *world, s uint64) bool {
	t.Helper()
	g := &generator{rand: rand.New(rand.NewPCG(s, 7)), schema: w.super.Schema, variables: map[string]any{}, data: w.whole.Data}
	query := g.operation()
	if _, errs := gqlparser.LoadQueryWithRules(w.super.Schema, query, rules.NewDefaultRules()); len(errs) > 0 {
		return true // two fields under one key that cannot be merged
	}
	if *seed != 0 {
		t.Log(query)
	}
	encoded, _ := json.Marshal(g.variables)
	r := operation.Request{Query: query, Variables: encoded}
	ctx := caller.With(context.Background(), caller.Caller{ID: "a"})
	plan, response := w.run(ctx, r)
	var got, want struct {
		Data   any
		Errors []any
	}
	if err := json.Unmarshal([]byte(response), &got); err != nil {
		t.Errorf("seed %d: %v\n%s", s, err, query)
		return false
	}
	answer, _ := json.Marshal(w.whole.Answer(memory.Request{Query: query, Variables: g.variables}))
	_ = json.Unmarshal(answer, &want)
	if diff := cmp.Diff(want.Data, got.Data); diff != "" || len(got.Errors) > 0 && len(want.Errors) == 0 {
		t.Errorf("seed %d: (-whole +heddle)\n%s\n%s\n%s\n%s\n%v", s, query, encoded, plan, diff, got.Errors)
		return false
	}
	return true
}

// generator writes random operations on a schema.
type generator struct {
	rand      *rand.Rand
	schema    *ast.Schema
	data      memory.Data
	variables map[string]any
	defs      []string
	fragments []string
	fields    int
	defers    bool // writes @defer here and there
}

func (g *generator) operation() string {
	set := g.set(g.schema.Query, 0)
	header := "query"
	if len(g.defs) > 0 {
		header += "(" + strings.Join(g.defs, ", ") + ")"
	}
	return header + " " + set + "\n" + strings.Join(g.fragments, "\n")
}

func (g *generator) chance(percent int) bool { return g.rand.IntN(100) < percent }

func (g *generator) set(def *ast.Definition, depth int) string {
	var parts []string
	for range 1 + g.rand.IntN(4) {
		part := g.selection(def, depth)
		if g.defers && g.chance(25) {
			part = "... @defer { " + part + " }"
		}
		parts = append(parts, part)
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (g *generator) selection(def *ast.Definition, depth int) string {
	if depth > 0 && def.Kind != ast.Object && g.chance(60) || def.Kind == ast.Union {
		if def.Kind == ast.Union && g.chance(25) {
			return "__typename"
		}
		possible := g.schema.GetPossibleTypes(def)
		on := possible[g.rand.IntN(len(possible))]
		return "... on " + on.Name + g.condition() + " " + g.set(on, depth+1)
	}
	if g.chance(8) {
		return "..." + g.condition() + " " + g.set(def, depth+1)
	}
	if g.chance(5) {
		name := fmt.Sprintf("F%d", len(g.fragments))
		g.fragments = append(g.fragments, "")
		at := len(g.fragments) - 1
		g.fragments[at] = "fragment " + name + " on " + def.Name + " " + g.set(def, depth+1)
		return "..." + name + g.condition()
	}
	return g.field(def, depth)
}

func (g *generator) field(def *ast.Definition, depth int) string {
	if g.chance(8) {
		return "__typename"
	}
	for range 20 {
		f := def.Fields[g.rand.IntN(len(def.Fields))]
		below := g.schema.Types[f.Type.Name()]
		if strings.HasPrefix(f.Name, "__") || below.IsCompositeType() && (depth > 6 || g.fields > 60) {
			continue
		}
		g.fields++
		out := f.Name + g.arguments(def, f) + g.condition()
		if g.chance(15) {
			out = g.alias() + ": " + out
		}
		if below.IsCompositeType() {
			out += " " + g.set(below, depth+1)
		}
		return out
	}
	return "__typename"
}

// alias is a new name, or, to make trouble, that of some field.
func (g *generator) alias() string {
	if g.chance(50) {
		return fmt.Sprintf("a%d", g.fields)
	}
	types := []string{"id", "name", "title", "upc", "price", "weight", "text", "code", "sku"}
	return types[g.rand.IntN(len(types))]
}

func (g *generator) condition() string {
	if !g.chance(10) {
		return ""
	}
	name := fmt.Sprintf("c%d", len(g.defs))
	g.defs = append(g.defs, "$"+name+": Boolean!")
	g.variables[name] = g.chance(50)
	if g.chance(50) {
		return " @skip(if: $" + name + ")"
	}
	return " @include(if: $" + name + ")"
}

func (g *generator) arguments(def *ast.Definition, f *ast.FieldDefinition) string {
	var parts []string
	for _, a := range f.Arguments {
		if !a.Type.NonNull && g.chance(50) {
			continue
		}
		value := g.literal(def, f, a)
		if value == "" {
			continue
		}
		parts = append(parts, a.Name+": "+value)
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// literal is an argument's value: for a required one a value that the data has.
func (g *generator) literal(def *ast.Definition, f *ast.FieldDefinition, a *ast.ArgumentDefinition) string {
	if a.Type.NonNull {
		for _, key := range sortedFields(g.data[def.Name]) {
			if args, ok := strings.CutPrefix(key, f.Name+"{"); ok && g.chance(60) {
				var given map[string]any
				_ = json.Unmarshal([]byte("{"+args), &given)
				return g.variable(a, given[a.Name])
			}
		}
		return g.variable(a, "nobody")
	}
	if a.Type.NamedType == "Int" {
		return g.variable(a, 1+g.rand.IntN(5))
	}
	return ""
}

func (g *generator) variable(a *ast.ArgumentDefinition, v any) string {
	if g.chance(50) {
		name := fmt.Sprintf("v%d", len(g.defs))
		g.defs = append(g.defs, "$"+name+": "+a.Type.String())
		g.variables[name] = v
		return "$" + name
	}
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

func sortedFields(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}
