// Package scalar knows how the scalars of the graph are read and written: ID,
// a UUID; DateTime, an RFC 3339 time in UTC.
package scalar

import (
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"heddle/internal/fault"
)

// MarshalID writes an id as a string.
func MarshalID(id string) graphql.Marshaler { return graphql.MarshalString(id) }

// UnmarshalID reads an id. What is no UUID is no id of any thing here.
func UnmarshalID(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", fault.New(fault.BadInput, "An ID is a string; it was %v.", v)
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", fault.New(fault.BadInput, "%q is not an id.", text)
	}
	return id.String(), nil
}

// MarshalDateTime writes a time in UTC, to the microsecond: what the stores keep.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)))
	})
}

// UnmarshalDateTime reads a time in any zone.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fault.New(fault.BadInput, "A DateTime is a string; it was %v.", v)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fault.New(fault.BadInput, `%q is not a DateTime such as "2026-11-22T09:30:00Z".`, text)
	}
	return t.UTC(), nil
}
