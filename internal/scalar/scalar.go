// Package scalar knows how the scalars of the graph are read and written: ID,
// a UUID; DateTime, an RFC 3339 time in UTC; Date, a day; Bytes, in base64; JSON,
// any value.
package scalar

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"strings"
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

// MarshalBytes writes bytes in base64 (RFC 4648, section 4: the standard
// alphabet, padded).
func MarshalBytes(b []byte) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		text := make([]byte, 0, base64.StdEncoding.EncodedLen(len(b))+2)
		text = append(text, '"')
		text = base64.StdEncoding.AppendEncode(text, b)
		_, _ = w.Write(append(text, '"'))
	})
}

// UnmarshalBytes reads bytes in base64.
func UnmarshalBytes(v any) ([]byte, error) {
	text, ok := v.(string)
	if !ok {
		return nil, fault.New(fault.BadInput, "Bytes are a string in base64.")
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fault.New(fault.BadInput, "Bytes are a string in base64 with the standard alphabet and padding; this one is not.")
	}
	return b, nil
}

// MarshalJSON writes any JSON value as it is.
func MarshalJSON(value json.RawMessage) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(value) })
}

// UnmarshalJSON reads any JSON value.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fault.New(fault.BadInput, "This is not a JSON value.")
	}
	return text, nil
}
