package run_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"heddle/internal/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary notes what happened to the services that write into it.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

type part struct {
	name  string
	diary *diary
	fails error
}

func (p part) Start(context.Context) error {
	p.diary.note("start " + p.name)
	return p.fails
}

func (p part) Stop(context.Context) error {
	p.diary.note("stop " + p.name)
	return nil
}

func TestAll_StartStop(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		name  string
		fails error
		want  []string
	}{
		{"in order and in reverse", nil, []string{"start a", "start b", "start c", "stop c", "stop b", "stop a"}},
		{"one does not start", broken, []string{"start a", "start b", "start c", "stop b", "stop a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &diary{}
			s := run.All(part{"a", d, nil}, part{"b", d, nil}, part{"c", d, c.fails})
			err := s.Start(t.Context())
			if !errors.Is(err, c.fails) {
				t.Fatalf("Start: %v, want %v", err, c.fails)
			}
			if c.fails == nil {
				err = s.Start(t.Context())
			}
			if err = errors.Join(err, s.Stop(t.Context()), s.Stop(t.Context())); !errors.Is(err, c.fails) {
				t.Fatalf("Stop: %v", err)
			}
			if diff := cmp.Diff(c.want, d.lines); diff != "" {
				t.Errorf("what happened (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParallel_Start_one_fails(t *testing.T) {
	t.Parallel()
	d := &diary{}
	broken := errors.New("broken")
	err := run.Parallel(part{"a", d, nil}, part{"b", d, broken}).Start(t.Context())
	if !errors.Is(err, broken) {
		t.Fatalf("Start: %v, want %v", err, broken)
	}
	if got := d.lines[len(d.lines)-1]; got != "stop a" || len(d.lines) != 3 {
		t.Errorf("what happened: %q, want two starts, then only a stopped", d.lines)
	}
}

func TestBackground_Stop(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		work func(ctx context.Context) error
		want error
	}{
		{"cancelled", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, nil},
		{"ended before", func(context.Context) error { return nil }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := run.Background(c.work)
			err := errors.Join(s.Start(t.Context()), s.Start(t.Context()), s.Stop(t.Context()), s.Stop(t.Context()))
			if err != nil {
				t.Errorf("Start and Stop: %v", err)
			}
		})
	}
	t.Run("failed before", func(t *testing.T) {
		t.Parallel()
		failed := make(chan struct{})
		s := run.Background(func(context.Context) error { defer close(failed); return broken })
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-failed
		if err := s.Stop(t.Context()); !errors.Is(err, broken) {
			t.Errorf("Stop: %v, want %v", err, broken)
		}
	})
}
