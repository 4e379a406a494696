package plan

import (
	"context"
	"testing"
)

// However many plannings take long, there is a place for one that does not.
func TestLanes_long_ones_hold_up_nobody(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	all := newLanes()
	long := make(chan *pace)
	for range 2 * atOnce {
		go func() {
			l, err := all.enter(ctx, 2*fastSteps)
			if err == nil {
				l.done = fastSteps
				err = l.check()
			}
			if err == nil {
				long <- l
				return
			}
			l.leave()
			long <- nil
		}()
	}
	slow := <-long // has the slow lane; the others wait for it
	for range 3 * atOnce {
		quick, err := all.enter(ctx, 2*fastSteps)
		if err != nil {
			t.Fatal(err)
		}
		if quick.done = fastSteps - 1; quick.check() != nil || quick.taken != all.fast {
			t.Fatal("a quick one left the fast lane")
		}
		quick.leave()
	}
	slow.leave()
	if next := <-long; next == nil {
		t.Error("nobody got the slow lane when it was left")
	} else {
		cancel()
		for range 2*atOnce - 2 {
			if l := <-long; l != nil {
				l.leave()
			}
		}
		next.leave()
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		a, b    when
		want    when
		covered []int
		covers  bool
	}{
		{"always", nil, when{{1}}, nil, []int{2}, true},
		{"never", when{}, when{{1}}, when{{1}}, []int{2}, false},
		{"either", when{{2}}, when{{1}}, when{{1}, {2}}, []int{1, 3}, true},
		{"what demands less", when{{1, 2}}, when{{1}}, when{{1}}, []int{2}, false},
		{"what demands more", when{{1}}, when{{1, 2}}, when{{1}}, []int{1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := c.a.or(c.b)
			if len(got) != len(c.want) || (got == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if !implies(got[i], c.want[i]) || !implies(c.want[i], got[i]) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
			if got.covers(c.covered) != c.covers {
				t.Errorf("%v covers %v: %v", got, c.covered, !c.covers)
			}
		})
	}
}
