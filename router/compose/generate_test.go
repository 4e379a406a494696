package compose

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes sets of subgraphs: mostly sound ones, with a few rules broken
// here and there.
type generator struct {
	*rand.Rand
	odds float64 // of something going wrong at each turn
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func (g *generator) wrong() bool { return g.chance(g.odds) }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// plan is what the subgraphs of a set have in common.
type plan struct {
	subgraphs int
	entities  []entity
	old       []bool // speaks Federation 1
}

type entity struct {
	name string
	key  string
	in   []int // the subgraphs that have it
}

var entityKeys = []string{"id", "id", "id", "sku", "id region", "org { id }"}

func (g *generator) plan() plan {
	p := plan{subgraphs: 2 + g.IntN(3)}
	for i := range 1 + g.IntN(3) {
		e := entity{name: fmt.Sprintf("E%d", i), key: pick(g, entityKeys...)}
		for s := range p.subgraphs {
			if g.chance(0.65) {
				e.in = append(e.in, s)
			}
		}
		if len(e.in) == 0 {
			e.in = []int{g.IntN(p.subgraphs)}
		}
		p.entities = append(p.entities, e)
	}
	for range p.subgraphs {
		p.old = append(p.old, g.chance(0.12))
	}
	return p
}

// set makes the subgraphs of a plan.
func (g *generator) set() []Subgraph {
	p := g.plan()
	var set []Subgraph
	for s := range p.subgraphs {
		w := &sdlWriter{g: g, plan: p, sub: s, old: p.old[s]}
		set = append(set, Subgraph{Name: fmt.Sprintf("s%d", s), URL: fmt.Sprintf("http://s%d", s), SDL: w.write()})
	}
	return set
}

// sdlWriter writes one subgraph.
type sdlWriter struct {
	strings.Builder
	g    *generator
	plan plan
	sub  int
	old  bool
	new  bool // links a version with labels, costs and contexts
}

func (w *sdlWriter) line(format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}

const generatedImports = `"@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@tag", "@interfaceObject", "@authenticated", "@requiresScopes"`

func (w *sdlWriter) write() string {
	if !w.old {
		version := pick(w.g, "v2.5", "v2.6", "v2.7", "v2.9")
		extra := ""
		if w.new = version == "v2.9"; w.new {
			extra = `, "@cost", "@listSize"`
		}
		w.line(`extend schema @link(url: "https://specs.apollo.dev/federation/%s", import: [%s%s])`, version, generatedImports, extra)
	}
	for _, e := range w.plan.entities {
		if slices.Contains(e.in, w.sub) {
			w.entity(e)
		}
	}
	w.shared()
	w.query()
	return w.String()
}

func (w *sdlWriter) shareable() string {
	if w.old {
		return ""
	}
	return " @shareable"
}

// marks are directives that may stand anywhere.
func (w *sdlWriter) marks() string {
	if w.old {
		return ""
	}
	text := ""
	if w.g.chance(0.05) {
		text += fmt.Sprintf(" @tag(name: %q)", pick(w.g, "one", "two"))
	}
	if w.g.chance(0.008) {
		text += " @inaccessible"
	}
	if w.g.chance(0.02) {
		text += " @authenticated"
	}
	if w.g.chance(0.03) {
		text += fmt.Sprintf(` @requiresScopes(scopes: [["s%d"], ["t"]])`, w.sub)
	}
	return text
}

func (w *sdlWriter) describe() {
	if w.g.chance(0.1) {
		w.line("%q", fmt.Sprintf("Text of %d", w.sub))
	}
}

func (w *sdlWriter) entity(e entity) {
	owner := e.in[0] == w.sub
	keyword := "type"
	if !owner && w.g.chance(0.3) || w.old && !owner {
		keyword = "extend type"
	}
	keys := ""
	if !w.g.wrong() {
		resolvable := ""
		if w.g.chance(0.07) {
			resolvable = ", resolvable: false"
		}
		keys = fmt.Sprintf(" @key(fields: %q%s)", e.key, resolvable)
	}
	if w.g.chance(0.15) && e.key == "id" {
		keys += ` @key(fields: "code")`
	}
	if keyword == "type" {
		w.describe()
	}
	w.line("%s %s%s%s {", keyword, e.name, keys, w.marks())
	w.keyFields(e, keyword != "type", strings.Contains(keys, "code"))
	for i := range 1 + w.g.IntN(3) {
		w.entityField(e, i, owner)
	}
	if owner {
		for i := range 3 {
			if !w.g.wrong() {
				w.line("  ext%d: Int", i)
			}
		}
	}
	w.line("}")
}

func (w *sdlWriter) keyFields(e entity, extension, code bool) {
	external := ""
	if extension && (w.old || w.g.chance(0.3)) {
		external = " @external"
	}
	switch e.key {
	case "org { id }":
		w.line("  org: Org!%s", external)
	default:
		for _, name := range strings.Fields(e.key) {
			if !w.g.wrong() {
				w.line("  %s: ID!%s", name, external)
			}
		}
	}
	if code {
		w.line("  code: String!")
	}
}

func (w *sdlWriter) fieldType(i int) string {
	base := []string{"String", "Int!", "[String!]", "V", "Color", "Named", "[E0]", "Either"}[i%8]
	if base == "[E0]" && !slices.Contains(w.plan.entities[0].in, w.sub) {
		return "String"
	}
	if w.g.wrong() {
		return pick(w.g, "Int", "String!", "[Int]", "Float")
	}
	return base
}

func (w *sdlWriter) entityField(e entity, i int, owner bool) {
	name := fmt.Sprintf("f%d_%d", w.sub, i)
	directives := w.marks()
	if w.g.chance(0.04) {
		directives += fmt.Sprintf(" @deprecated(reason: \"r%d\")", w.sub)
	}
	switch {
	case w.g.chance(0.2) && len(e.in) > 1:
		name = fmt.Sprintf("shared%d", i)
		directives += w.shareable()
		w.line("  %s: %s%s", name, w.sharedType(i), directives)
		return
	case w.g.chance(0.12) && !owner:
		w.line("  ext%d: Int @external", i)
		w.line("  req%d_%d: Int @requires(fields: \"ext%d\")", w.sub, i, i)
		return
	case w.g.chance(0.06) && !w.old && (!owner || w.g.wrong()):
		label := ""
		if w.new && w.g.chance(0.3) {
			label = `, label: "percent(5)"`
		}
		w.line("  f%d_%d: String @override(from: %q%s)", e.in[0], i, fmt.Sprintf("s%d", e.in[0]), label)
		return
	}
	w.describe()
	w.line("  %s%s: %s%s", name, w.arguments(i), w.fieldType(w.g.IntN(8)), directives)
}

func (w *sdlWriter) sharedType(i int) string {
	if w.g.wrong() {
		return pick(w.g, "Int", "[String]")
	}
	if w.g.chance(0.3) {
		return "String!"
	}
	return []string{"String", "String", "String"}[i%3]
}

func (w *sdlWriter) arguments(i int) string {
	if !w.g.chance(0.2) {
		return ""
	}
	return fmt.Sprintf("(x: %s, in: In, c: Color%s)", pick(w.g, "Int", "Int = 1", "Int!"), pick(w.g, "", "", " = RED"))
}

// shared are the types that several subgraphs have alike.
func (w *sdlWriter) shared() {
	g := w.g
	w.line("type Org @key(fields: \"id\") { id: ID!%s orgName: String%s }", w.shareable(), w.shareable())
	w.describe()
	rare := func(text string) string {
		if g.chance(0.04) {
			return text
		}
		return ""
	}
	w.line("type V%s%s { v: Int%s%s }", w.shareable(), w.marks(), pick(g, "", "", "!"), w.valueField())
	w.line("enum Color%s { RED GREEN%s%s }", w.marks(), rare(" BLUE"), rare(" YELLOW @deprecated"))
	w.line("enum Size { S%s L }", pick(g, " M", "", " XL"))
	w.line("enum Sort { ASC%s DESC }", pick(g, " ANY", "", ""))
	w.line("input In { a: Int b: String%s sort: Sort%s%s }", pick(g, "", " = \"x\""), rare(" extra: Int"), rare(" must: Int!"))
	w.line("interface Named { name: String%s }", pick(g, "", "", "", "!"))
	w.line("type N1 implements Named%s { name: String! }", w.shareable())
	if g.chance(0.5) {
		w.line("type N2 implements Named%s { name: String! n2: Size }", w.shareable())
		w.line("union Either = N1 | N2")
	} else {
		w.line("union Either = N1")
	}
	if g.chance(0.2) {
		w.line("scalar Date @specifiedBy(url: \"https://date\")")
		w.line("directive @client(x: Int) on FIELD | QUERY")
	}
}

func (w *sdlWriter) valueField() string {
	if w.g.wrong() {
		return fmt.Sprintf(" only%d: Int", w.sub)
	}
	return ""
}

func (w *sdlWriter) query() {
	g := w.g
	w.line("type Query {")
	for i, e := range w.plan.entities {
		if slices.Contains(e.in, w.sub) && g.chance(0.7) {
			provides := ""
			w.line("  q%d_%d%s: %s%s%s", w.sub, i, w.arguments(i), e.name, provides, w.marks())
		}
	}
	if g.chance(0.5) {
		w.line("  common: String%s", w.shareable())
	}
	w.line("  v%d: V", w.sub)
	w.line("  named%d: Named", w.sub)
	if g.chance(0.3) {
		w.line("  either%d: [Either!]", w.sub)
	}
	if g.wrong() {
		w.line("  clash: Int")
	}
	w.line("}")
	if g.chance(0.2) {
		w.line("type Mutation { m%d(in: In!): V }", w.sub)
	}
}
