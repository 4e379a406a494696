package differential_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/memory"
)

// known is what the subgraphs of a graph say of each field.
type knowledge struct {
	schemas map[string]*ast.Schema // by subgraph
	names   []string               // of the subgraphs
	types   map[string]*known      // object types, by name
}

// known is what all subgraphs together know of an object type.
type known struct {
	name       string
	interfaces []string // that have a key
	fields     map[string][]definition
	keys       map[string]bool            // the fields that a key is made of
	required   map[string]bool            // the fields that others are computed from
	with       map[string]map[string]bool // of these, the arguments they are required with
	entity     bool
	held       bool // in the key of another
	whole      bool // others are computed from what is in it: no field of it fails
}

// definition is a field as one subgraph has it.
type definition struct {
	subgraph string
	field    *ast.FieldDefinition
}

func learn(g *graph) (*knowledge, error) {
	k := &knowledge{schemas: map[string]*ast.Schema{}, types: map[string]*known{}}
	for _, sub := range g.set {
		part, err := memory.Subgraph(sub.SDL, nil)
		if err != nil {
			return nil, fmt.Errorf("subgraph %s: %w", sub.Name, err)
		}
		k.schemas[sub.Name] = part.Schema
		k.names = append(k.names, sub.Name)
		for _, name := range sortedNames(part.Schema.Types) {
			def := part.Schema.Types[name]
			if def.Kind == ast.Object && !def.BuiltIn && !strings.HasPrefix(name, "_") && def.Directives.ForName("interfaceObject") == nil {
				k.add(k.typ(name), sub.Name, def)
			}
		}
	}
	for _, name := range sortedNames(k.types) {
		k.addInterfaces(k.types[name])
	}
	return k, nil
}

func (k *knowledge) add(t *known, subgraph string, def *ast.Definition) {
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "_") {
			continue
		}
		t.fields[f.Name] = append(t.fields[f.Name], definition{subgraph, f})
		if f.Name == "prop" { // a context takes it
			t.required[f.Name] = true
		}
		if d := f.Directives.ForName("requires"); d != nil {
			if name, arguments, with := requiredWith(d.Arguments.ForName("fields").Value.Raw); with {
				if t.with[name] == nil {
					t.with[name] = map[string]bool{}
				}
				t.with[name][arguments], t.required[name] = true, true
				continue
			}
			for _, path := range leafPaths(d.Arguments.ForName("fields").Value.Raw) {
				k.addRequired(t, k.schemas[subgraph], def, strings.Split(path, "."))
			}
		}
	}
	for _, d := range def.Directives.ForNames("key") {
		t.entity = true
		for _, path := range leafPaths(d.Arguments.ForName("fields").Value.Raw) {
			k.addKey(t, k.schemas[subgraph], def, strings.Split(path, "."))
		}
	}
}

// addKey notes the fields on the path of a key.
func (k *knowledge) addKey(t *known, schema *ast.Schema, def *ast.Definition, path []string) {
	t.keys[path[0]] = true
	if f := def.Fields.ForName(path[0]); len(path) > 1 && f != nil {
		below := k.typ(f.Type.Name())
		below.held = true
		k.addKey(below, schema, schema.Types[f.Type.Name()], path[1:])
	}
}

// addRequired notes the fields on the path of a requirement.
func (k *knowledge) addRequired(t *known, schema *ast.Schema, def *ast.Definition, path []string) {
	t.required[path[0]] = true
	if f := def.Fields.ForName(path[0]); len(path) > 1 && f != nil {
		for _, below := range schema.GetPossibleTypes(schema.Types[f.Type.Name()]) {
			k.typ(below.Name).whole = true
			if below.Fields.ForName(path[1]) != nil {
				k.addRequired(k.typ(below.Name), schema, below, path[1:])
			}
		}
	}
}

// typ is what is known of a type.
func (k *knowledge) typ(name string) *known {
	if k.types[name] == nil {
		k.types[name] = &known{name: name, fields: map[string][]definition{}, keys: map[string]bool{}, required: map[string]bool{}, with: map[string]map[string]bool{}}
	}
	return k.types[name]
}

// addInterfaces adds what interface objects know of the type.
func (k *knowledge) addInterfaces(t *known) {
	for _, name := range k.names {
		def := k.schemas[name].Types[t.name]
		if def == nil {
			continue
		}
		for _, i := range def.Interfaces {
			if slices.Contains(t.interfaces, i) || k.schemas[name].Types[i].Directives.ForName("key") == nil {
				continue
			}
			t.interfaces = append(t.interfaces, i)
			for _, other := range k.names {
				if stand := k.schemas[other].Types[i]; stand != nil && stand.Kind == ast.Object {
					k.add(t, other, stand)
				}
			}
		}
	}
}

// concrete are the types that objects of a type can be of, as far as all
// definitions of a field know.
func (k *knowledge) concrete(definitions []definition) []string {
	var allowed []string
	for i, d := range definitions {
		schema := k.schemas[d.subgraph]
		def := schema.Types[d.field.Type.Name()]
		var names []string
		for _, possible := range schema.GetPossibleTypes(def) {
			names = append(names, possible.Name)
		}
		if def.Directives.ForName("interfaceObject") != nil {
			names = k.implementers(def.Name)
		}
		if i == 0 {
			allowed = names
		}
		allowed = slices.DeleteFunc(allowed, func(name string) bool { return !slices.Contains(names, name) })
	}
	slices.Sort(allowed)
	return allowed
}

func (k *knowledge) implementers(name string) []string {
	var found []string
	for _, t := range sortedNames(k.types) {
		if slices.Contains(k.types[t].interfaces, name) {
			found = append(found, t)
		}
	}
	return found
}

var (
	braces    = strings.NewReplacer("{", " { ", "}", " } ", ",", " ", "...", " ... ")
	fragments = regexp.MustCompile(`\.\.\. *on +\w+`)
)

// leafPaths are the paths to the leaves of a field set: "a b { c }" has a and b.c.
func leafPaths(set string) []string {
	var paths, above []string
	last := ""
	set = fragments.ReplaceAllString(set, "...") // a level without a name
	flush := func() {
		if last != "" {
			paths = append(paths, strings.Join(slices.DeleteFunc(append(slices.Clone(above), last), func(s string) bool { return s == "" }), "."))
		}
		last = ""
	}
	for _, word := range strings.Fields(braces.Replace(set)) {
		switch word {
		case "{":
			if last == "..." {
				last = ""
			}
			above, last = append(above, last), ""
		case "}":
			flush()
			above = above[:len(above)-1]
		default:
			flush()
			last = word
		}
	}
	flush()
	return paths
}

// maker makes random data for a graph.
type maker struct {
	dice
	*knowledge
	data memory.Data
	pool map[string][]string // ids by type
	lost map[string]string   // the one subgraph that knows an object
	fail bool                // some fields fail
}

// makeData makes objects of every type, with nulls wherever they may be.
func makeData(d dice, k *knowledge, fail bool) memory.Data {
	m := &maker{dice: d, knowledge: k, data: memory.Data{}, pool: map[string][]string{}, lost: map[string]string{}, fail: fail}
	for _, name := range sortedNames(k.types) {
		if name == "Query" || name == "Mutation" {
			m.data[name] = map[string]any{}
			m.pool[name] = []string{name}
			continue
		}
		for i := range 4 {
			id := fmt.Sprintf("%s-%d", strings.ToLower(name), i)
			m.data[id] = map[string]any{"__typename": name}
			if t := k.types[name]; len(t.interfaces) > 0 {
				m.data[id]["__interface"] = t.interfaces[0]
			}
			m.pool[name] = append(m.pool[name], id)
		}
		m.lose(k.types[name])
	}
	for _, name := range sortedNames(k.types) {
		for i, id := range m.pool[name] {
			for _, field := range sortedNames(k.types[name].fields) {
				m.set(k.types[name], i, id, field)
			}
		}
	}
	return m.data
}

// lose makes one object of an entity known to one subgraph alone.
func (m *maker) lose(t *known) {
	lends := t.keys["owner"] // what its key holds may have fields that it alone leads to
	if !t.entity || t.held || lends || len(t.interfaces) > 0 || !m.chance(40) {
		return
	}
	var subs []string
	for _, name := range m.names {
		if m.schemas[name].Types[t.name] != nil {
			subs = append(subs, name)
		}
	}
	id := m.pool[t.name][3]
	m.lost[id] = pick(m.dice, subs...)
	m.data[id]["__only"] = m.lost[id]
}
