// Package memory is a GraphQL server over data in memory, for tests: of a whole
// graph, or of what one subgraph would offer of it. The reference and the parts
// are the same code over the same data.
package memory

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Data are objects by id; a string "@id" refers to one. "Query", "Mutation" and
// "Subscription" hold the root fields: of the latter, what each event has. "__typename" is an object's concrete type, "__interface"
// the interface object that stands for it where that type is not known, "__only"
// the one subgraph that knows it.
//
// A value may be computed: "={a}-{b.c}" puts in fields of the object that is
// known to the server, which for a subgraph's @requires is the representation;
// "{a|{"x":1}}" puts in the field with arguments; "!message" fails with that
// message; "$args" gives the arguments back, and so does "~", which stands for an
// argument that comes from an object above.
type Data map[string]map[string]any

// Of is the data that a subgraph knows: all but the objects that only another
// one has.
func (d Data) Of(subgraph string) Data {
	out := maps.Clone(d)
	maps.DeleteFunc(out, func(_ string, o map[string]any) bool {
		only, limited := o["__only"]
		return limited && only != subgraph
	})
	return out
}

// IDs are the ids of all objects, sorted.
func (d Data) IDs() []string { return slices.Sorted(maps.Keys(d)) }

// Server answers GraphQL requests over data. It is safe for concurrent use while
// nobody changes it.
type Server struct {
	Schema *ast.Schema
	Data   Data
	// Down makes every request fail.
	Down bool

	// entities tells that _entities are served: it is a subgraph.
	entities bool
	byType   map[string][]map[string]any
}

// Whole is a server of a plain schema.
func Whole(sdl string, data Data) (*Server, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: sdl})
	if err != nil {
		return nil, fmt.Errorf("load schema: %w", err)
	}
	return newServer(schema, data), nil
}

// Subgraph is a server of what a subgraph with the schema has of the data.
func Subgraph(sdl string, data Data) (*Server, error) {
	schema, err := subgraphSchema(sdl)
	if err != nil {
		return nil, err
	}
	s := newServer(schema, data)
	s.entities = true
	return s, nil
}

func newServer(schema *ast.Schema, data Data) *Server {
	s := &Server{Schema: schema, Data: data, byType: map[string][]map[string]any{}}
	for _, id := range data.IDs() {
		o := data[id]
		for _, key := range []string{"__typename", "__interface"} {
			if name, ok := o[key].(string); ok {
				s.byType[name] = append(s.byType[name], o)
			}
		}
	}
	return s
}

// Request is the body of a request.
type Request struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

// ServeHTTP answers a request sent by POST.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || s.Down {
		http.Error(w, "the lights are out", http.StatusBadGateway)
		return
	}
	var request Request
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error()+": "+string(body), http.StatusBadRequest)
		return
	}
	encoded, err := json.Marshal(s.Answer(request))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encoded)
}

// Answer executes a request. A request that is not valid is answered with its
// errors, so that a wrong subgraph operation shows.
func (s *Server) Answer(request Request) map[string]any {
	doc, errs := gqlparser.LoadQueryWithRules(s.Schema, request.Query, rules.NewDefaultRules())
	if len(errs) > 0 {
		return map[string]any{"errors": []any{map[string]any{"message": "INVALID OPERATION " + request.Query + ": " + errs.Error()}}}
	}
	op := doc.Operations[0]
	x := &run{server: s, doc: doc, variables: map[string]any{}}
	for _, def := range op.VariableDefinitions {
		if v, ok := request.Variables[def.Variable]; ok {
			x.variables[def.Variable] = v
		} else if def.DefaultValue != nil {
			x.variables[def.Variable], _ = def.DefaultValue.Value(nil)
		}
	}
	root := s.Schema.Query
	switch op.Operation {
	case ast.Mutation:
		root = s.Schema.Mutation
	case ast.Subscription:
		root = s.Schema.Subscription
	}
	data, ok := x.object(op.SelectionSet, root, subject{fields: s.Data[root.Name]}, nil)
	out := map[string]any{"data": data}
	if !ok {
		out["data"] = nil
	}
	if len(x.errors) > 0 {
		out["errors"] = x.errors
	}
	return out
}
