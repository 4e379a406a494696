package fetch

import "context"

type openKey struct{}

// WhenOpen returns a context with which Subscribe calls opened, once the
// subgraph has been asked for the stream and nothing that it says from then on
// is missed.
func WhenOpen(ctx context.Context, opened func()) context.Context {
	return context.WithValue(ctx, openKey{}, opened)
}

// isOpen tells whoever wants to know.
func isOpen(ctx context.Context) {
	if opened, wanted := ctx.Value(openKey{}).(func()); wanted {
		opened()
	}
}
