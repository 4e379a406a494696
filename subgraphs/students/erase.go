package students

import (
	"context"
	"slices"

	"heddle/internal/events"
	"heddle/internal/fault"
)

// unassign leaves the students at a school, or at any if it is empty, whom the
// person taught without a teacher. It may be done again, and by itself after a
// crash; who has come back to the school since keeps their students.
func (r *Resolvers) unassign(ctx context.Context, school, teacher, by string) error {
	schools, err := r.Store.SchoolsOf(ctx, teacher)
	if err != nil {
		return err
	}
	ids, err := r.Store.TaughtBy(ctx, school, teacher)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := r.change(ctx, id, by, func(s *Record) (Fields, error) {
			if s.TeacherID != teacher || slices.Contains(schools, s.SchoolID) {
				return nil, nil
			}
			return Fields{"teacherId": ""}, nil
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// erase takes a person whose account is gone out of all schools and records:
// their students have no teacher, and the history does not name them.
func (r *Resolvers) erase(ctx context.Context, person string) error {
	schools, err := r.Store.SchoolsOf(ctx, person)
	if err != nil {
		return err
	}
	for _, id := range schools {
		_, err := r.Store.ChangeSchool(ctx, id, func(s *School) (*events.Event, error) {
			s.forget(person)
			return nil, nil
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	// Before the records: nothing more is written in the person's name then.
	if err := r.Store.ForgetImports(ctx, person, r.Now()); err != nil {
		return err
	}
	if err := r.unassign(ctx, "", person, ""); err != nil {
		return err
	}
	ids, err := r.Store.Naming(ctx, person)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := r.Store.Change(ctx, id, func(s *Record) (*events.Event, error) {
			s.forget(person)
			return nil, nil
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return r.Store.Forget(ctx, person)
}

// change changes what the rule gives of a record, notes it, and tells the others.
func (r *Resolvers) change(ctx context.Context, id, by string, rule func(*Record) (Fields, error)) (*Record, error) {
	return r.Store.Change(ctx, id, func(s *Record) (*events.Event, error) {
		fields, err := rule(s)
		if err != nil {
			return nil, err
		}
		now := r.Now()
		changed, err := s.Edit(fields, by, now)
		if err != nil || len(changed) == 0 {
			return nil, err
		}
		e, err := r.updated(ctx, s, changed, now)
		return &e, err
	})
}

// forget takes a person's id out of the history.
func (r *Record) forget(person string) {
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.By == person {
			c.By = ""
		}
		for j := range c.Fields {
			d := &c.Fields[j]
			if d.From == person {
				d.From = ""
			}
			if d.To == person {
				d.To = ""
			}
		}
	}
	r.Version++
}
