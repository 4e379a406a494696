package enrolment

import (
	"context"

	"heddle/internal/ask"
	"heddle/internal/batch"
	"heddle/internal/caller"
)

// Viewed is a student as somebody sees them. A domain that adds to students
// embeds it in its own type for them.
type Viewed struct {
	ID     string
	Access Access
}

// Seen gives the id and the access.
func (v Viewed) Seen() (string, Access) { return v.ID, v.Access }

// IsEntity says that the domain adds to students, whom another domain owns.
func (Viewed) IsEntity() {}

// View asks the graph what the caller may do with the students, whether or not
// they are there.
func View(ctx context.Context, graph *ask.Graph, ids []string) ([]Viewed, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	accesses, err := Accesses(ctx, graph, ids)
	if err != nil {
		return nil, err
	}
	students := make([]Viewed, len(ids))
	for i, id := range ids {
		students[i] = Viewed{id, accesses[id]}
	}
	return students, nil
}

// Student is a pointer to a domain's own type for students.
type Student[S any] interface {
	batch.Member[S]
	Seen() (string, Access)
}

// Each resolves a field of students: it reads something of those whom the caller
// sees, together, and shows each their own; the others have an error each.
func Each[S Student[S], V, R any](ctx context.Context, students []S, read func(ctx context.Context, ids []string) (map[string]V, error), show func(S, V) R) ([]R, error) {
	return batch.Each(ctx, students, func(students []S) ([]R, error) {
		errs := make(batch.Errors, len(students))
		var ids []string
		for i, s := range students {
			id, access := s.Seen()
			if errs[i] = access.Check(id); errs[i] == nil {
				ids = append(ids, id)
			}
		}
		found, err := read(ctx, ids)
		if err != nil {
			return nil, err
		}
		values := make([]R, len(students))
		for i, s := range students {
			if id, _ := s.Seen(); errs[i] == nil {
				values[i] = show(s, found[id])
			}
		}
		return values, errs.Any()
	})
}
