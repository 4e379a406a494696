package subscribe

import (
	"context"
	"slices"
)

// Regraph takes every subscription to another graph. again plans an operation
// anew; it may be the one that it was. Where the subgraph would be asked the
// same, the stream goes on and only the next event is resolved otherwise. Where
// it would not, it is asked anew, and the clients are told that something may
// be missing. What the graph does not have any more ends with GRAPH_CHANGED.
func (h *Hub) Regraph(again func(ctx context.Context, op Operation) (Operation, error)) {
	for _, up := range h.upstreams() {
		up.mu.Lock()
		before := up.op
		up.mu.Unlock()
		op, err := again(up.ctx, before)
		if err != nil {
			up.end(gone(err)) // before run can say otherwise
			h.forget(up)
			continue
		}
		if !up.replan(again) {
			h.rename(up, op.Key())
		}
		up.change(op)
	}
}

// replan plans what each client asked for anew, if they are not all the same: any
// of them may come to hold the upstream, or be on its own again.
func (u *upstream) replan(again func(ctx context.Context, op Operation) (Operation, error)) (grouped bool) {
	u.mu.Lock()
	members := slices.Clone(u.members)
	grouped = u.grouped
	u.mu.Unlock()
	for _, s := range members {
		op, err := again(s.ctx, s.operation())
		if err == nil {
			s.ask(op)
		} else if u.remove(s, false) {
			u.hub.forget(u)
		}
		if err != nil {
			s.finish(gone(err))
		}
	}
	return grouped
}

// rename lets clients that ask for the operation of the new graph find it.
func (h *Hub) rename(up *upstream, key Key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if key == up.key || h.live[up.key] != up {
		return
	}
	delete(h.live, up.key)
	up.key = key
	if h.live[key] == nil {
		h.live[key] = up
	}
}

// change puts another operation in the place of the one that runs.
func (u *upstream) change(op Operation) {
	u.mu.Lock()
	defer u.mu.Unlock()
	same := u.op.Trigger() == op.Trigger()
	before, shared := u.op.Shared()
	after, still := op.Shared()
	if u.grouped && (!same || !shared || !still || before != after) {
		u.dissolve = true
		same = false
	}
	u.op = op
	if same {
		return
	}
	u.recent.forget(after.tag())
	u.after = 0
	for _, s := range u.members {
		s.mu.Lock()
		s.heard = 0
		s.mu.Unlock()
	}
	u.pending = u.pending.with(&Gap{Reason: Regraph})
	u.reopen = !u.dissolve
	if u.leg != nil {
		u.leg()
	}
	select {
	case u.changed <- struct{}{}:
	default:
	}
}
