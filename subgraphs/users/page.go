package users

import "heddle/internal/page"

// The connection of the schema, and its edges.
type (
	UserConnection struct{ *page.Connection[UserEdge] }
	UserEdge       page.Edge[*User]
)
