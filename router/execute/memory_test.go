package execute_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// memory is a GraphQL server over data in memory. The data is one JSON object of
// objects by id; a string "@id" refers to one. "Query" and "Mutation" hold the
// root fields. It serves the whole graph as one schema, or, with the schema of a
// subgraph, what that subgraph would: the reference and the parts are the same
// code over the same data.
//
// A value may be computed: "={a}-{b.c}" puts in fields of the object that is
// known to the server, which for a subgraph's @requires is the representation;
// "!message" fails with that message; "$args" gives the arguments back.
type memory struct {
	schema *ast.Schema
	data   map[string]map[string]any
	// entities tells that __entities are served: it is a subgraph.
	entities bool
	// down makes every request fail.
	down bool
}

const federationPrelude = `
scalar _Any
scalar FieldSet
directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: FieldSet!) on FIELD_DEFINITION
directive @provides(fields: FieldSet!) on FIELD_DEFINITION
directive @external on OBJECT | FIELD_DEFINITION
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @override(from: String!, label: String) on FIELD_DEFINITION
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @interfaceObject on OBJECT
directive @extends on OBJECT | INTERFACE
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @link(url: String!, as: String, import: [String]) repeatable on SCHEMA
`

var schemaLink = regexp.MustCompile(`(?m)^extend schema.*$`)

func newSubgraphMemory(sdl string, data map[string]map[string]any) (*memory, error) {
	sdl = schemaLink.ReplaceAllString(sdl, "")
	for _, root := range []string{"Query", "Mutation", "Subscription"} {
		if !strings.Contains(sdl, "type "+root+" ") {
			sdl = strings.Replace(sdl, "extend type "+root+" ", "type "+root+" ", 1)
		}
	}
	if !strings.Contains(sdl, "type Query ") {
		sdl += "\ntype Query { _service: String }"
	}
	entityTypes := entityTypeNames(sdl)
	if len(entityTypes) > 0 {
		sdl += "\nunion _Entity = " + strings.Join(entityTypes, " | ") +
			"\nextend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "subgraph", Input: federationPrelude + sdl})
	if err != nil {
		return nil, err
	}
	return &memory{schema: schema, data: data, entities: true}, nil
}

var entityType = regexp.MustCompile(`type (\w+)[^{]*@key`)

func entityTypeNames(sdl string) []string {
	var names []string
	for _, m := range entityType.FindAllStringSubmatch(sdl, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

type memoryRequest struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if m.down {
		http.Error(w, "the lights are out", http.StatusBadGateway)
		return
	}
	var request memoryRequest
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error()+": "+string(body), http.StatusBadRequest)
		return
	}
	encoded, _ := json.Marshal(m.answer(request))
	_, _ = w.Write(encoded)
}

// answer executes a request. A request that is not valid is answered with its
// errors, so that a wrong subgraph operation shows.
func (m *memory) answer(request memoryRequest) map[string]any {
	doc, errs := gqlparser.LoadQueryWithRules(m.schema, request.Query, rules.NewDefaultRules())
	if len(errs) > 0 {
		return map[string]any{"errors": []any{map[string]any{"message": "INVALID OPERATION " + request.Query + ": " + errs.Error()}}}
	}
	op := doc.Operations[0]
	x := &memoryRun{m: m, doc: doc, variables: map[string]any{}}
	for _, def := range op.VariableDefinitions {
		if v, ok := request.Variables[def.Variable]; ok {
			x.variables[def.Variable] = v
		} else if def.DefaultValue != nil {
			x.variables[def.Variable], _ = def.DefaultValue.Value(nil)
		}
	}
	root := m.schema.Query
	if op.Operation == ast.Mutation {
		root = m.schema.Mutation
	}
	data, ok := x.object(op.SelectionSet, root, subject{fields: m.data[root.Name]}, nil)
	out := map[string]any{"data": data}
	if !ok {
		out["data"] = nil
	}
	if len(x.errors) > 0 {
		out["errors"] = x.errors
	}
	return out
}

// memoryRun is one execution, by the algorithms of the specification's section 6.
type memoryRun struct {
	m         *memory
	doc       *ast.QueryDocument
	variables map[string]any
	errors    []any
}

// subject is an object: its data, and the representation that it was found by.
type subject struct {
	fields         map[string]any
	representation map[string]any
}

func (x *memoryRun) fail(path []any, message string) {
	x.errors = append(x.errors, map[string]any{"message": message, "path": path, "extensions": map[string]any{"code": "PLANTED"}})
}

func (x *memoryRun) object(set ast.SelectionSet, def *ast.Definition, s subject, path []any) (any, bool) {
	out := members{}
	fields := map[string][]*ast.Field{}
	var order []string
	x.collect(set, def, func(f *ast.Field) {
		if fields[f.Alias] == nil {
			order = append(order, f.Alias)
		}
		fields[f.Alias] = append(fields[f.Alias], f)
	})
	for _, key := range order {
		v, ok := x.field(fields[key], def, s, append(slices.Clone(path), key))
		if !ok {
			return nil, false
		}
		out = append(out, struct {
			key   string
			value any
		}{key, v})
	}
	return out, true
}

// members is a JSON object whose members keep their order.
type members []struct {
	key   string
	value any
}

func (o members) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(strconv.AppendQuote(out, m.key), ':'), value...)
	}
	return append(out, '}'), nil
}

func (x *memoryRun) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		value, _ := d.Arguments.ForName("if").Value.Value(x.variables)
		if (value == true) == (d.Name == "skip") {
			return false
		}
	}
	return true
}

func (x *memoryRun) collect(set ast.SelectionSet, def *ast.Definition, each func(*ast.Field)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if x.included(s.Directives) {
				each(s)
			}
		case *ast.InlineFragment:
			if x.included(s.Directives) && x.is(def, s.TypeCondition) {
				x.collect(s.SelectionSet, def, each)
			}
		case *ast.FragmentSpread:
			f := x.doc.Fragments.ForName(s.Name)
			if x.included(s.Directives) && x.is(def, f.TypeCondition) {
				x.collect(f.SelectionSet, def, each)
			}
		}
	}
}

func (x *memoryRun) is(def *ast.Definition, condition string) bool {
	if condition == "" || condition == def.Name {
		return true
	}
	of := x.m.schema.Types[condition]
	return of != nil && of.IsAbstractType() && slices.ContainsFunc(x.m.schema.GetPossibleTypes(of), func(d *ast.Definition) bool { return d.Name == def.Name })
}

func (x *memoryRun) field(fields []*ast.Field, def *ast.Definition, s subject, path []any) (any, bool) {
	f := fields[0]
	var set ast.SelectionSet
	for _, each := range fields {
		set = append(set, each.SelectionSet...)
	}
	if f.Name == "__typename" {
		return def.Name, true
	}
	if f.Name == "_entities" && x.m.entities {
		return x.entities(f, set, path), true
	}
	return x.complete(f.Definition.Type, set, x.resolve(f, s), path)
}

// resolve gives the raw value of a field: under its name with its arguments, or
// under its name.
func (x *memoryRun) resolve(f *ast.Field, s subject) any {
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
func (x *memoryRun) computed(template string, f *ast.Field, s subject) any {
	from := s.fields
	if x.m.entities && f.Definition.Directives.ForName("requires") != nil {
		from = s.representation
	}
	return hole.ReplaceAllStringFunc(template, func(h string) string {
		return x.dig(from, strings.Split(h[1:len(h)-1], "."))
	})
}

func (x *memoryRun) dig(from any, path []string) string {
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

func (x *memoryRun) follow(v any) any {
	if str, ok := v.(string); ok && strings.HasPrefix(str, "@") {
		if o := x.m.data[str[1:]]; o != nil {
			return o
		}
		return nil
	}
	return v
}

func (x *memoryRun) complete(t *ast.Type, set ast.SelectionSet, v any, path []any) (any, bool) {
	if message, ok := v.(string); ok && strings.HasPrefix(message, "!") {
		x.fail(path, message[1:])
		return nil, !t.NonNull
	}
	v = x.follow(v)
	if v == nil {
		if t.NonNull {
			x.fail(path, "Cannot return null for a non-nullable field.")
		}
		return nil, !t.NonNull
	}
	out, ok := x.value(t, set, v, path)
	if !ok {
		return nil, !t.NonNull
	}
	return out, true
}

func (x *memoryRun) value(t *ast.Type, set ast.SelectionSet, v any, path []any) (any, bool) {
	if t.Elem != nil {
		items, _ := v.([]any)
		out := make([]any, len(items))
		for i, item := range items {
			var ok bool
			if out[i], ok = x.complete(t.Elem, set, item, append(slices.Clone(path), i)); !ok {
				return nil, false
			}
		}
		return out, true
	}
	def := x.m.schema.Types[t.NamedType]
	if !def.IsCompositeType() {
		return v, true
	}
	fields, ok := v.(map[string]any)
	if !ok {
		panic(fmt.Sprintf("%v at %v is no object", v, path))
	}
	if def.IsAbstractType() {
		if def = x.concrete(fields); def == nil {
			x.fail(path, fmt.Sprintf("the object %v is of no type that the schema has", fields))
			return nil, false
		}
	}
	return x.object(set, def, subject{fields: fields}, path)
}

// concrete is the type of an object as the schema knows it: its own, or that of
// an interface object in its stead.
func (x *memoryRun) concrete(fields map[string]any) *ast.Definition {
	name, _ := fields["__typename"].(string)
	if def := x.m.schema.Types[name]; def != nil {
		return def
	}
	stand, _ := fields["__interface"].(string)
	return x.m.schema.Types[stand]
}

// entities finds the objects of the representations.
func (x *memoryRun) entities(f *ast.Field, set ast.SelectionSet, path []any) any {
	args := f.ArgumentMap(x.variables)
	representations, _ := args["representations"].([]any)
	out := make([]any, len(representations))
	for i, r := range representations {
		representation, _ := r.(map[string]any)
		def := x.m.schema.Types[fmt.Sprint(representation["__typename"])]
		if def == nil {
			x.fail(append(slices.Clone(path), i), fmt.Sprintf("INVALID REPRESENTATION %v", representation))
			continue
		}
		fields := x.find(def, representation)
		if fields == nil {
			continue
		}
		at := append(slices.Clone(path), i)
		if v, ok := x.object(set, x.own(def, fields), subject{fields, representation}, at); ok {
			out[i] = v
		}
	}
	return out
}

// own is the concrete type of an entity that was asked for by its interface.
func (x *memoryRun) own(def *ast.Definition, fields map[string]any) *ast.Definition {
	if def.IsAbstractType() {
		if own := x.concrete(fields); own != nil {
			return own
		}
	}
	return def
}

// find looks for the object that has all fields of one of the type's keys as the
// representation has them.
func (x *memoryRun) find(def *ast.Definition, representation map[string]any) map[string]any {
	for _, key := range def.Directives.ForNames("key") {
		set := fieldTree(key.Arguments.ForName("fields").Value.Raw)
		for _, id := range sortedKeys(x.m.data) {
			o := x.m.data[id]
			if o["__typename"] != def.Name && o["__interface"] != def.Name {
				continue
			}
			if x.matches(set, o, representation) {
				return o
			}
		}
	}
	return nil
}

func (x *memoryRun) matches(set map[string]any, o, representation any) bool {
	o, representation = x.follow(o), x.follow(representation)
	if len(set) == 0 {
		return fmt.Sprint(o) == fmt.Sprint(representation)
	}
	om, ok1 := o.(map[string]any)
	rm, ok2 := representation.(map[string]any)
	if !ok1 || !ok2 {
		ol, ok3 := o.([]any)
		rl, ok4 := representation.([]any)
		if !ok3 || !ok4 || len(ol) != len(rl) {
			return false
		}
		for i := range ol {
			if !x.matches(set, ol[i], rl[i]) {
				return false
			}
		}
		return true
	}
	for name, below := range set {
		v, present := rm[name]
		if !present || !x.matches(below.(map[string]any), om[name], v) {
			return false
		}
	}
	return true
}

// fieldTree reads a field set into nested maps.
func fieldTree(set string) map[string]any {
	words := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", ",", " ").Replace(set))
	root := map[string]any{}
	stack := []map[string]any{root}
	var last map[string]any
	for _, w := range words {
		switch w {
		case "{":
			stack = append(stack, last)
		case "}":
			stack = stack[:len(stack)-1]
		default:
			last = map[string]any{}
			stack[len(stack)-1][w] = last
		}
	}
	return root
}

func sortedKeys(m map[string]map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
