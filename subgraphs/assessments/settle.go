package assessments

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/mongo"
)

// settle keeps what follows from a student's assessments as they are now. Every
// change ends with it, and every event of a change has it done again: whichever
// comes last has read all that was written before, so that no change is left
// out, however many come at once. Of a student who is gone nothing is kept, and
// of one who goes meanwhile what was written is taken away again.
func (s *mongoStore) settle(ctx context.Context, student string) error {
	gone, err := s.isErased(ctx, student)
	for done := false; err == nil && !gone && !done; {
		done, err = s.derive(ctx, student)
	}
	if err == nil && !gone {
		gone, err = s.isErased(ctx, student)
	}
	if err != nil || !gone {
		return err
	}
	return s.forget(ctx, student)
}

// derive keeps what follows from the student's assessments, unless somebody has
// done so since they were read.
func (s *mongoStore) derive(ctx context.Context, student string) (done bool, err error) {
	was, err := s.proficiencies(ctx, []string{student})
	if err != nil {
		return false, err
	}
	all, err := s.OfStudents(ctx, []string{student})
	if err != nil {
		return false, err
	}
	oldest := slices.Clone(all[student])
	slices.Reverse(oldest)
	return s.keep(ctx, was[student], &Proficiency{StudentID: student, Records: records(oldest)})
}

// keep writes what follows, unless somebody has done so since was was read.
func (s *mongoStore) keep(ctx context.Context, was, p *Proficiency) (done bool, err error) {
	c := s.db.Collection(proficiency)
	if was == nil {
		p.Revision = 1
		_, err := c.InsertOne(ctx, p)
		if err != nil && !mongo.IsDuplicate(err) {
			return false, fmt.Errorf("save proficiency of student %s: %w", p.StudentID, err)
		}
		return err == nil, nil
	}
	p.Revision = was.Revision + 1
	result, err := c.ReplaceOne(ctx, bson.M{"_id": p.StudentID, "revision": was.Revision}, p)
	if err != nil {
		return false, fmt.Errorf("save proficiency of student %s: %w", p.StudentID, err)
	}
	return result.MatchedCount == 1, nil
}
