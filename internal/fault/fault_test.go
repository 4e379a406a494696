package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fault"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	for _, c := range []struct {
		name string
		err  error
		want fault.Code
	}{
		{"nothing", nil, ""},
		{"a fault", fault.New(fault.NotFound, "There is no room."), fault.NotFound},
		{"a field at fault", fault.Field("title", "Too long."), fault.BadInput},
		{"wrapped", fmt.Errorf("change room: %w", fault.New(fault.Conflict, "Closed.")), fault.Conflict},
		{"with a cause", fault.Wrap(fault.Unavailable, cause, "Try again."), fault.Unavailable},
		{"joined", errors.Join(cause, fault.New(fault.Forbidden, "No.")), fault.Forbidden},
		{"anything else", cause, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.CodeOf(c.err); got != c.want || fault.Is(c.err, c.want) != (c.err != nil) {
				t.Errorf("code %q, want %q", got, c.want)
			}
		})
	}
}

func TestWrap_keeps_the_cause(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	err := fault.Wrap(fault.Unavailable, cause, "Try %s.", "again")
	if want := "Try again. (connection refused)"; err.Error() != want || !errors.Is(err, cause) {
		t.Errorf("error %q, want %q with the cause in it", err, want)
	}
}

func TestError_With_leaves_the_original(t *testing.T) {
	t.Parallel()
	original := fault.New(fault.RateLimited, "Too many tries.").With("retryAfter", 30)
	more := original.With("tries", 5)
	got := []*fault.Error{original, more}
	want := []*fault.Error{
		{Code: fault.RateLimited, Message: "Too many tries.", Extensions: map[string]any{"retryAfter": 30}},
		{Code: fault.RateLimited, Message: "Too many tries.", Extensions: map[string]any{"retryAfter": 30, "tries": 5}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
