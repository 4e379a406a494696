package events_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// What is left for after the commit finds the change there, and is done once,
// however often the handler was tried.
func TestAfterCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	found := make(chan int, 10)
	tries := 0
	w.start(events.Exchange(w.config(func(ctx context.Context, tx pgx.Tx, e events.Event) error {
		if err := record(ctx, tx, e); err != nil {
			return err
		}
		events.AfterCommit(ctx, func(ctx context.Context) {
			var n int
			if err := w.pool.QueryRow(ctx, "SELECT count(*) FROM effects").Scan(&n); err != nil {
				t.Error(err)
			}
			found <- n
		})
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})))
	w.append("loom", "red")
	got := []int{<-found}
	w.append("loom", "blue")
	got = append(got, <-found)
	if diff := cmp.Diff([]int{1, 2}, got); diff != "" {
		t.Errorf("effects that were there (-want +got):\n%s", diff)
	}
}

func TestAfterCommit_outside_a_handler(t *testing.T) {
	t.Parallel()
	done := false
	events.AfterCommit(t.Context(), func(context.Context) { done = true })
	if !done {
		t.Error("the work was not done")
	}
}
