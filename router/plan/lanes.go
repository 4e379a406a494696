package plan

import "context"

// lanes let only so many plans be made at once, and keep those that take long
// from holding up the others: after a number of steps a planning goes on in the
// slow lane, one at a time.
type lanes struct {
	fast, slow chan struct{}
}

const (
	// atOnce is how many plans can be made at once in the fast lane.
	atOnce = 4
	// fastSteps is how many steps a planning has there: some ten milliseconds.
	fastSteps = 20_000
)

func newLanes() lanes {
	return lanes{fast: make(chan struct{}, atOnce), slow: make(chan struct{}, 1)}
}

// lane is the place of one planning.
type lane struct {
	lanes
	taken chan struct{} // nil between the lanes
	steps int
}

// enter waits for a place in the fast lane.
func (l lanes) enter(ctx context.Context) (*lane, error) {
	in := &lane{lanes: l}
	return in, in.take(ctx, l.fast)
}

func (l *lane) take(ctx context.Context, room chan struct{}) error {
	select {
	case room <- struct{}{}:
		l.taken = room
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// advance counts steps, and changes to the slow lane when it is time.
func (l *lane) advance(ctx context.Context, steps int) error {
	l.steps += steps
	if l.steps < fastSteps || l.taken != l.fast {
		return nil
	}
	l.leave()
	return l.take(ctx, l.slow)
}

// leave gives the place to another planning.
func (l *lane) leave() {
	if l.taken != nil {
		<-l.taken
		l.taken = nil
	}
}
