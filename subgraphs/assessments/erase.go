package assessments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/events"
	"heddle/internal/mongo"
)

// gone is the mark of a student or person who is gone. It stands for as long as
// an event of theirs may still come.
type gone struct {
	ID string    `bson:"_id"`
	At time.Time `bson:"at"`
}

// mark remembers that a student or person is gone, so that what is under way
// meanwhile finds that out, and drops marks that no longer matter.
func (s *mongoStore) mark(ctx context.Context, id string) error {
	c := s.db.Collection(erased)
	if _, err := c.ReplaceOne(ctx, bson.M{"_id": id}, gone{id, s.now()}, options.Replace().SetUpsert(true)); err != nil {
		return fmt.Errorf("mark %s as gone: %w", id, err)
	}
	if _, err := c.DeleteMany(ctx, bson.M{"at": bson.M{"$lt": s.now().Add(-2 * events.Retention)}}); err != nil {
		return fmt.Errorf("drop old marks: %w", err)
	}
	return nil
}

func (s *mongoStore) isErased(ctx context.Context, id string) (bool, error) {
	err := s.db.Collection(erased).FindOne(ctx, bson.M{"_id": id}).Err()
	if errors.Is(err, driver.ErrNoDocuments) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the mark of %s: %w", id, err)
	}
	return true, nil
}

// forget deletes all that is kept of a student who is gone.
func (s *mongoStore) forget(ctx context.Context, student string) error {
	if err := s.mark(ctx, student); err != nil {
		return err
	}
	all, err := s.find(ctx, bson.M{"studentId": student})
	if err != nil {
		return err
	}
	for _, a := range all {
		if _, err := s.bury(ctx, a.ID, bson.M{"$push": bson.M{events.Outbox: events.Waiting}}); err != nil {
			return err
		}
	}
	if _, err := s.db.Collection(proficiency).DeleteOne(ctx, bson.M{"_id": student}); err != nil {
		return fmt.Errorf("delete proficiency of student %s: %w", student, err)
	}
	return nil
}

// erase takes a person who is gone off the assessments, which are the students'.
func (s *mongoStore) erase(ctx context.Context, person string) error {
	if err := s.mark(ctx, person); err != nil {
		return err
	}
	return s.anonymise(ctx, person)
}

func (s *mongoStore) anonymise(ctx context.Context, person string) error {
	for {
		all, err := s.find(ctx, bson.M{"people": person})
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return mongo.Forget(ctx, s.db, person)
		}
		for _, a := range all {
			was := a.Revision
			a.omit(person)
			if _, err := s.write(ctx, a, was, nil); err != nil {
				return err
			}
		}
	}
}

// omit takes a person's id out of the assessment.
func (a *Assessment) omit(person string) {
	if a.Recorder != nil && *a.Recorder == person {
		a.Recorder = nil
	}
	for _, c := range a.Changes {
		if c.Person != nil && *c.Person == person {
			c.Person = nil
		}
	}
	a.Revision++
}
