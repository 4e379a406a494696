package subscribe

import "context"

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
			h.forget(up)
			up.end(gone(err))
			continue
		}
		h.rename(up, op.Key())
		up.change(op)
	}
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
	u.op = op
	if same {
		return
	}
	u.pending = u.pending.with(&Gap{Reason: Regraph})
	u.reopen = true
	if u.leg != nil {
		u.leg()
	}
	select {
	case u.changed <- struct{}{}:
	default:
	}
}
