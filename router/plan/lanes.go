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

// pace is the place of one planning, and what it may take.
type pace struct {
	lanes
	ctx   context.Context
	taken chan struct{} // nil between the lanes
	done  int           // steps
	most  int
}

// enter waits for a place in the fast lane, for so many steps.
func (l lanes) enter(ctx context.Context, steps int) (*pace, error) {
	in := &pace{lanes: l, ctx: ctx, most: steps}
	return in, in.take(l.fast)
}

// stopped ends a planning from within.
type stopped struct{ err error }

// tick counts a step. It ends the planning when there have been too many, or when
// its time is over.
func (l *pace) tick() {
	l.done++
	var err error
	switch {
	case l.done > l.most:
		err = errTooComplex
	case l.done%64 == 0:
		err = l.check()
	}
	if err != nil {
		panic(stopped{err})
	}
}

// check tells whether there is time left, and changes to the slow lane when it is
// time for that.
func (l *pace) check() error {
	if err := l.ctx.Err(); err != nil || l.done < fastSteps || l.taken != l.fast {
		return err
	}
	l.leave()
	return l.take(l.slow)
}

func (l *pace) take(room chan struct{}) error {
	select {
	case room <- struct{}{}:
		l.taken = room
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

// leave gives the place to another planning.
func (l *pace) leave() {
	if l.taken != nil {
		<-l.taken
		l.taken = nil
	}
}
