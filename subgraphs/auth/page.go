package auth

import "heddle/internal/page"

// The connection of the schema, and its edge.
type (
	SessionConnection struct{ *page.Connection[SessionEdge] }
	SessionEdge       page.Edge[*Session]
)
