package router_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"heddle/router/operation"
	"heddle/router/serve"
	"heddle/router/subscribe"
	"heddle/router/supergraph"
)

// tiny is a small GraphQL server over maps, for a subgraph of the tests. It is
// served by the same transports as the router.
type tiny struct {
	schema  *ast.Schema
	fields  map[string]resolver // by "Type.field", of root types
	sources map[string]source   // by subscription field
	hub     *subscribe.Hub
	serial  atomic.Int64
}

type resolver func(ctx context.Context, args map[string]any) (any, error)

type source func(ctx context.Context, args map[string]any, deliver func(any) error) error

type object = map[string]any

type headerKey struct{}

// headerOf is what the subgraph was sent beside the query.
func headerOf(ctx context.Context) http.Header {
	header, _ := ctx.Value(headerKey{}).(http.Header)
	return header
}

func newTiny(t *testing.T, sdl string, fields map[string]resolver, sources map[string]source) *tiny {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return &tiny{schema: schema, fields: fields, sources: sources, hub: subscribe.NewHub(subscribe.Options{Queue: 1 << 16})}
}

func (s *tiny) walk(ctx context.Context, call serve.Call) (serve.Answer, error) {
	document, errs := gqlparser.LoadQueryWithRules(s.schema, call.Request.Query, rules.NewDefaultRules())
	if errs != nil {
		return serve.Answer{}, tinyErrors(errs)
	}
	ctx = context.WithValue(ctx, headerKey{}, call.Header)
	op := document.Operations.ForName(call.Request.OperationName)
	kind := map[ast.Operation]operation.Kind{ast.Mutation: operation.Mutation, ast.Subscription: operation.Subscription}[op.Operation]
	if err := call.Allow(kind); err != nil {
		return serve.Answer{}, err
	}
	run := &tinyRun{tiny: s, variables: map[string]any{}}
	if len(call.Request.Variables) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(call.Request.Variables))
		decoder.UseNumber()
		if err := decoder.Decode(&run.variables); err != nil {
			return serve.Answer{}, err
		}
	}
	if op.Operation == ast.Subscription {
		live := s.hub.Join(ctx, &tinyStream{run: run, op: op, serial: s.serial.Add(1)}, call.Live)
		return serve.Answer{Kind: kind, Live: live}, nil
	}
	data := run.selection(ctx, op.SelectionSet, nil, map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation"}[op.Operation])
	return serve.Answer{Kind: kind, Body: run.response(data)}, nil
}

func tinyErrors(list gqlerror.List) operation.Errors {
	var errs operation.Errors
	for _, e := range list {
		errs = append(errs, operation.Fail(operation.ValidationFailed, e.Message)...)
	}
	return errs
}

type tinyStream struct {
	run    *tinyRun
	op     *ast.OperationDefinition
	serial int64
}

// Key is another for each stream, so that none are shared.
func (s *tinyStream) Key() (key subscribe.Key) {
	binary.LittleEndian.PutUint64(key[:], uint64(s.serial))
	return key
}

func (s *tinyStream) Trigger() string { return "" }

func (s *tinyStream) Shared() (subscribe.Key, bool) { return subscribe.Key{}, false }

func (s *tinyStream) Rule() supergraph.Live { return supergraph.Live{} }

func (s *tinyStream) field() *ast.Field { return s.op.SelectionSet[0].(*ast.Field) }

func (s *tinyStream) Source(ctx context.Context, _ subscribe.Place, _ func(), deliver func([]byte) error) error {
	field := s.field()
	return s.run.tiny.sources[field.Name](ctx, field.ArgumentMap(s.run.variables), func(value any) error {
		shaped := s.run.value(ctx, field.SelectionSet, value)
		return deliver(s.run.response(object{field.Alias: shaped}))
	})
}

func (s *tinyStream) Event(_ context.Context, event []byte) ([]byte, error) { return event, nil }

type tinyRun struct {
	tiny      *tiny
	variables map[string]any
	errors    []object
}

func (r *tinyRun) response(data any) []byte {
	response := object{"data": data}
	if len(r.errors) > 0 {
		response["errors"] = r.errors
	}
	body, err := json.Marshal(response)
	if err != nil {
		panic(err) // a resolver of the tests gave what is not JSON
	}
	return body
}

// selection resolves fields of a root type (parent nil) or of a map.
func (r *tinyRun) selection(ctx context.Context, set ast.SelectionSet, parent object, root string) object {
	out := object{}
	for _, selected := range set {
		switch s := selected.(type) {
		case *ast.Field:
			out[s.Alias] = r.field(ctx, s, parent, root)
		case *ast.InlineFragment:
			if parent["__typename"] == s.TypeCondition {
				for name, value := range r.selection(ctx, s.SelectionSet, parent, root) {
					out[name] = value
				}
			}
		}
	}
	return out
}

func (r *tinyRun) field(ctx context.Context, f *ast.Field, parent object, root string) any {
	switch {
	case parent != nil:
		return r.value(ctx, f.SelectionSet, parent[f.Name])
	case f.Name == "__typename":
		return root
	}
	resolve, known := r.tiny.fields[root+"."+f.Name]
	if !known {
		panic("no resolver for " + root + "." + f.Name)
	}
	value, err := resolve(ctx, f.ArgumentMap(r.variables))
	if err != nil {
		r.errors = append(r.errors, object{"message": err.Error(), "path": []string{f.Alias}})
		return nil
	}
	return r.value(ctx, f.SelectionSet, value)
}

func (r *tinyRun) value(ctx context.Context, set ast.SelectionSet, value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = r.value(ctx, set, v[i])
		}
		return list
	case object:
		return r.selection(ctx, set, v, "")
	}
	return value
}

// text formats an argument.
func text(args map[string]any, name string) string { return fmt.Sprint(args[name]) }
