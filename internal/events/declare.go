package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"heddle/internal/caller"
	"heddle/internal/trace"
)

// Kind is a type of event that a domain publishes, with data of the shape T.
// Each domain lists its kinds in its file events.go; docs/events.md is made of
// these lists.
type Kind[T any] struct {
	name    string
	version int
}

// Nothing is the data of an event that says all by its type and its entity.
type Nothing struct{}

// Declare makes a kind of event: its name is a noun and a past participle, such
// as "user.deleted"; its version counts, from 1, the shapes of T that a reader
// of an earlier one would misread; about is a sentence that says when it
// happens. T has no personal data, no names and no texts, but ids: the stream
// keeps what an erased person's domain has long forgotten.
func Declare[T any](name string, version int, about string) Kind[T] {
	if name == "" || version < 1 || about == "" {
		panic(fmt.Sprintf("the declaration of event %q, version %d, is not whole", name, version))
	}
	return Kind[T]{name, version}
}

// Name is the event's type, such as "user.deleted".
func (k Kind[T]) Name() string { return k.name }

// New makes an event of the kind about the entity. Actor, request and trace are
// those of the context.
func (k Kind[T]) New(ctx context.Context, id string, at time.Time, entity string, data T) (Event, error) {
	e, err := New(ctx, id, k.name, at, entity, data)
	e.Version = k.version
	return e, err
}

// New makes an event of the type, version 1, about the entity, whose kind is not
// declared: see Declare.
func New(ctx context.Context, id, kind string, at time.Time, entity string, data any) (Event, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("write event %s: %w", kind, err)
	}
	return Event{
		ID: id, Type: kind, Version: 1, Time: at, Entity: entity,
		Actor: caller.ID(ctx), Request: trace.RequestID(ctx), Trace: trace.Parent(ctx), Data: text,
	}, nil
}

// Data reads the event's data as the handler's own shape: T has the fields that
// the handler needs, and need not be what the publisher declared.
func Data[T any](e Event) (T, error) {
	var data T
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return data, fmt.Errorf("read the data of event %s (%s): %w", e.ID, e.Type, err)
	}
	return data, nil
}

// Within returns a context that belongs to the request and the trace that
// caused the event: what is done in it, and what that causes, can be found by
// either.
func (e Event) Within(ctx context.Context) context.Context {
	ctx = trace.WithRequestID(ctx, e.Request)
	if e.Trace != "" {
		ctx = trace.WithParent(ctx, e.Trace)
	}
	return ctx
}
