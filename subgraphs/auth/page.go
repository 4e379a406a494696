package auth

import "heddle/internal/page"

// The connections of the schema, and their edges.
type (
	SessionConnection      struct{ *page.Connection[SessionEdge] }
	SessionEdge            page.Edge[*Session]
	PasswordMailConnection struct {
		*page.Connection[PasswordMailEdge]
	}
	PasswordMailEdge page.Edge[*PasswordMail]
)
