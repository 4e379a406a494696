// Package batch knows which objects of a request were read together, so that a
// field of theirs is resolved for all of them at once.
//
// The code generator batches the direct items of a list. The nodes of a
// connection are one level deeper, each alone under its edge: they remember
// their peers here.
package batch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Peer is embedded in a type whose objects are read in pages.
type Peer[T any] struct{ group *group[T] }

func (p *Peer[T]) peer() *Peer[T] { return p }

// Member is a pointer to a type that embeds Peer of itself.
type Member[T any] interface {
	comparable
	peered[T]
}

type peered[T any] interface{ peer() *Peer[T] }

type group[T any] struct {
	members []T
	place   map[any]int
	mu      sync.Mutex
	fields  map[string]func() (any, error)
}

// Join makes the rows peers of each other. They must not be peers of others. A
// row may be its only peer: many things may refer to that one.
func Join[T any](rows []T) {
	g := &group[T]{members: rows, place: make(map[any]int, len(rows)), fields: map[string]func() (any, error){}}
	for i, row := range rows {
		member, ok := any(row).(peered[T])
		if !ok {
			return
		}
		member.peer().group = g
		g.place[row] = i
	}
}

// Each resolves the field that ctx stands at for the objects: values in the
// same order. If there is one object and it has peers, the field is resolved
// for all of them, once, and each takes its own, an error of Errors as well.
// Nil objects, of what was not found, have no value and are not asked for one.
func Each[T Member[T], R any](ctx context.Context, objects []T, resolve func(objects []T) ([]R, error)) ([]R, error) {
	var missing T
	if slices.Contains(objects, missing) {
		there := slices.DeleteFunc(slices.Clone(objects), func(object T) bool { return object == missing })
		values, err := Each(ctx, there, resolve)
		return spread(objects, values, err)
	}
	if len(objects) != 1 || objects[0].peer().group == nil {
		return resolve(objects)
	}
	g := objects[0].peer().group
	values, err := g.once(position(ctx), func() (any, error) { return resolve(g.members) })
	i := g.place[any(objects[0])]
	var each Errors
	if errors.As(err, &each) {
		err = each[i]
	}
	if err != nil {
		return nil, err
	}
	return values.([]R)[i : i+1], nil
}

// spread puts the values and errors of the objects that are not nil in their places.
func spread[T comparable, R any](objects []T, values []R, err error) ([]R, error) {
	var each Errors
	if err != nil && !errors.As(err, &each) {
		return nil, err
	}
	var missing T
	spreadValues, spreadErrors := make([]R, len(objects)), make(Errors, len(objects))
	next := 0
	for i, object := range objects {
		if object == missing {
			continue
		}
		spreadValues[i] = values[next]
		if each != nil {
			spreadErrors[i] = each[next]
		}
		next++
	}
	return spreadValues, spreadErrors.Any()
}

func (g *group[T]) once(field string, resolve func() (any, error)) (any, error) {
	g.mu.Lock()
	call, known := g.fields[field]
	if !known {
		call = sync.OnceValues(resolve)
		g.fields[field] = call
	}
	g.mu.Unlock()
	return call()
}

// position is the field's path without the places in lists: the same for the
// same field of all peers, another for the same field under another alias.
func position(ctx context.Context) string {
	var b strings.Builder
	for _, element := range graphql.GetPath(ctx) {
		if name, ok := element.(ast.PathName); ok {
			b.WriteString(string(name))
			b.WriteByte('.')
		}
	}
	return b.String()
}

// InOrder gives each key the value that was found for it, or nil: the shape in
// which many are read by key.
func InOrder[T any](keys []string, found []*T, key func(*T) string) []*T {
	byKey := make(map[string]*T, len(found))
	for _, value := range found {
		byKey[key(value)] = value
	}
	values := make([]*T, len(keys))
	for i := range keys {
		values[i] = byKey[keys[i]]
	}
	return values
}
