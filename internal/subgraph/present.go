package subgraph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"heddle/internal/fault"
)

// presenter shows a fault as it is, an outage of a store as one, a mistake in the
// document as the specification words it, and nothing of any other error.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error { return present(ctx, log, err) }
}

func present(ctx context.Context, log *slog.Logger, err error) *gqlerror.Error {
	var shown *gqlerror.Error
	if !errors.As(err, &shown) {
		shown = gqlerror.WrapPath(graphql.GetPath(ctx), err)
	}
	known := Known(err)
	switch {
	case known != nil:
		if known.Code == fault.Unavailable {
			log.WarnContext(ctx, "something that is needed does not answer", "path", shown.Path.String(), "error", err.Error())
		}
		shown.Message = known.Message
		shown.Extensions = extensions(known)
	case shown.Unwrap() == nil && shown.Extensions["code"] != nil: // of the parser or the validator
	case errors.Is(err, context.Canceled):
		shown = &gqlerror.Error{Path: shown.Path, Message: "The request was cancelled.", Extensions: map[string]any{"code": "CANCELLED"}}
	default:
		log.ErrorContext(ctx, "internal error", "path", shown.Path.String(), "error", err.Error())
		shown = &gqlerror.Error{Path: shown.Path, Message: "Internal error.", Extensions: map[string]any{"code": string(fault.Internal)}}
	}
	return shown
}

func extensions(f *fault.Error) map[string]any {
	e := map[string]any{}
	maps.Copy(e, f.Extensions)
	e["code"] = string(f.Code)
	if f.Field != "" {
		e["field"] = f.Field
	}
	return e
}

func recovery(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, panicked any) error {
		log.ErrorContext(ctx, "panic", "value", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		return errors.New("a resolver panicked")
	}
}
