package events

import "context"

type afterKey struct{}

// AfterCommit has work done once the transaction of the handler that ctx
// belongs to is committed: what tells others of the change, who would look for
// it at once. If the process dies in between it is not done; if the
// transaction is rolled back, neither. Outside a handler it is done now.
func AfterCommit(ctx context.Context, work func(ctx context.Context)) {
	if later, ok := ctx.Value(afterKey{}).(*[]func(context.Context)); ok {
		*later = append(*later, work)
		return
	}
	work(ctx)
}

// collecting returns a context that collects what is to be done after the
// commit, and the function that does it.
func collecting(ctx context.Context) (context.Context, func()) {
	var later []func(context.Context)
	return context.WithValue(ctx, afterKey{}, &later), func() {
		for _, work := range later {
			work(ctx)
		}
	}
}
