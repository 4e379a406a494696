package enrolment

import (
	"context"

	"heddle/internal/ask"
	"heddle/internal/batch"
	"heddle/internal/caller"
)

// Student is a student of the domain students, as far as a domain that adds to
// students knows: with what the caller may do.
type Student struct {
	ID     string
	Access Access

	batch.Peer[*Student]
}

// IsEntity says that the domain adds to students, whom another domain owns.
func (*Student) IsEntity() {}

// View asks the graph what the caller may do with the students, whether or not
// they are there. They are peers.
func View(ctx context.Context, graph *ask.Graph, ids []string) ([]*Student, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	accesses, err := Accesses(ctx, graph, ids)
	if err != nil {
		return nil, err
	}
	students := make([]*Student, len(ids))
	for i, id := range ids {
		students[i] = &Student{ID: id, Access: accesses[id]}
	}
	batch.Join(students)
	return students, nil
}

// Each resolves a field of students: it reads something of those whom the caller
// sees, together, and shows each their own; the others have an error each.
func Each[V, R any](ctx context.Context, students []*Student, read func(ctx context.Context, ids []string) (map[string]V, error), show func(*Student, V) R) ([]R, error) {
	return batch.Each(ctx, students, func(students []*Student) ([]R, error) {
		errs := make(batch.Errors, len(students))
		var ids []string
		for i, s := range students {
			if errs[i] = s.Access.Check(s.ID); errs[i] == nil {
				ids = append(ids, s.ID)
			}
		}
		found, err := read(ctx, ids)
		if err != nil {
			return nil, err
		}
		values := make([]R, len(students))
		for i, s := range students {
			if errs[i] == nil {
				values[i] = show(s, found[s.ID])
			}
		}
		return values, errs.Any()
	})
}
