package subgraph

import (
	"context"
	"errors"

	"heddle/internal/fault"
	"heddle/internal/mongo"
	"heddle/internal/postgres"
)

// Known is what a client may hear of the error: a fault as it is, and of an
// outage of a store that there is one; nil of anything else.
func Known(err error) *fault.Error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled): // whose connections break off
	case mongo.Away(err), postgres.Away(err):
		return fault.New(fault.Unavailable, "What is kept of this cannot be reached now. Try again.")
	}
	return nil
}
