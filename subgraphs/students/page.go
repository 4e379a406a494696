package students

import (
	"strconv"

	"heddle/internal/fold"
	"heddle/internal/page"
)

// The connections of the schema, and their edges.
type (
	StudentConnection       struct{ *page.Connection[StudentEdge] }
	StudentEdge             page.Edge[*Student]
	StudentChangeConnection struct {
		*page.Connection[StudentChangeEdge]
	}
	StudentChangeEdge   page.Edge[*StudentChange]
	ImportRowConnection struct {
		*page.Connection[ImportRowEdge]
	}
	ImportRowEdge    page.Edge[*ImportRow]
	SchoolConnection struct{ *page.Connection[SchoolEdge] }
	SchoolEdge       page.Edge[*School]
)

func keyOfSchool(s *School) page.Key { return page.Key{fold.Text(s.Name), s.ID} }

func keyOfChange(c *StudentChange) page.Key { return page.Key{strconv.Itoa(c.number)} }
