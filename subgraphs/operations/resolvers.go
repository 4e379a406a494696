package operations

import "heddle/internal/page"

// The connections of the schema, and their edges.
type (
	DeadLetterConnection struct {
		*page.Connection[DeadLetterEdge]
	}
	DeadLetterEdge page.Edge[*DeadLetter]
	JobConnection  struct{ *page.Connection[JobEdge] }
	JobEdge        page.Edge[*Job]
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }
