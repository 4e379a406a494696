package serve

import (
	"context"
	"sync"
	"sync/atomic"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/router/operation"
)

// quota counts the live subscriptions of each person, whatever connections they
// are on; of callers who are not known, those of each address.
type quota struct {
	most int // less than 0: any number

	mu   sync.Mutex
	held map[listener]int
}

// listener is who has subscriptions: a person, or an address.
type listener struct{ person, address string }

// place is one subscription's part of a quota.
type place struct {
	quota *quota
	of    listener
	taken atomic.Bool
}

func (p *place) take() error {
	q := p.quota
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.held[p.of] < q.most:
	case p.of.person != "":
		return fault.New(fault.RateLimited, "You have %d live subscriptions already, on all connections together; end one first.", q.most)
	default:
		return fault.New(fault.RateLimited, "There are %d live subscriptions of people who are not signed in from your address already; end one first.", q.most)
	}
	if q.held == nil {
		q.held = map[listener]int{}
	}
	q.held[p.of]++
	p.taken.Store(true)
	return nil
}

// release gives the place back; it may be called again, and without one.
func (p *place) release() {
	if !p.taken.Swap(false) {
		return
	}
	q := p.quota
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held[p.of]--; q.held[p.of] == 0 {
		delete(q.held, p.of)
	}
}

// run walks a call. One that turns out to be a subscription needs a place in the
// caller's quota, which it has until the client leaves it.
func (s *Server) run(ctx context.Context, call Call) (Answer, error) {
	if s.quota.most < 0 {
		return s.walk(ctx, call)
	}
	p := &place{quota: &s.quota, of: listener{person: caller.ID(ctx)}}
	if p.of.person == "" {
		p.of.address = call.Device.Address
	}
	allow := call.Allow
	call.Allow = func(kind operation.Kind) error {
		if err := allow(kind); err != nil || kind != operation.Subscription {
			return err
		}
		return p.take()
	}
	call.Live.Left = p.release
	answer, err := s.walk(ctx, call)
	if answer.Live == nil {
		p.release()
	}
	return answer, err
}
