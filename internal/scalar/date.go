package scalar

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/fault"
)

// MarshalDate writes a day of the Gregorian calendar: RFC 3339's full-date, such
// as "2015-09-01", which is also how domains keep it. Days sort as their texts.
func MarshalDate(day string) graphql.Marshaler { return graphql.MarshalString(day) }

// UnmarshalDate reads a day.
func UnmarshalDate(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", fault.New(fault.BadInput, "A Date is a string; it was %v.", v)
	}
	if day, err := time.Parse(time.DateOnly, text); err != nil || day.Year() < 1 {
		return "", fault.New(fault.BadInput, `%q is not a Date such as "2015-09-01".`, text)
	}
	return text, nil
}
