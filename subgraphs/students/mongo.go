package students

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/batch"
	"heddle/internal/fault"
	"heddle/internal/fold"
	"heddle/internal/mongo"
)

// indexes are those of the domain's collections. The first field of each serves
// equality, those after it the order of a list.
var indexes = []mongo.Index{
	{Collection: "students", Name: "number", Keys: bson.D{{Key: "schoolId", Value: 1}, {Key: "studentId", Value: 1}}, Unique: true},
	{Collection: "students", Name: "school", Keys: bson.D{{Key: "schoolId", Value: 1}, {Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
	{Collection: "students", Name: "prefix", Keys: bson.D{{Key: "prefixes", Value: 1}, {Key: "schoolId", Value: 1}, {Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
	{Collection: "students", Name: "name", Keys: bson.D{{Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
	{Collection: "students", Name: "teacher", Keys: bson.D{{Key: "teacherId", Value: 1}, {Key: "schoolId", Value: 1}}},
	{Collection: "students", Name: "actor", Keys: bson.D{{Key: "actors", Value: 1}}},
	{Collection: "schools", Name: "teacher", Keys: bson.D{{Key: "teachers", Value: 1}}},
	{Collection: "schools", Name: "name", Keys: bson.D{{Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
}

// mongoStore keeps the domain in MongoDB. What is changed carries a version:
// who read another one than is there by now reads again.
type mongoStore struct {
	db       *driver.Database
	students *driver.Collection
	schools  *driver.Collection
}

func newMongoStore(db *driver.Database) *mongoStore {
	return &mongoStore{db: db, students: db.Collection("students"), schools: db.Collection("schools")}
}

// studentDocument is a record with what it is found by.
type studentDocument struct {
	Record   `bson:",inline"`
	NameKey  string   `bson:"nameKey"`
	CityKey  string   `bson:"cityKey"`
	Prefixes []string `bson:"prefixes"` // of the words of the name
	Actors   []string `bson:"actors"`   // who is in the history
}

func (r *Record) document() studentDocument {
	d := studentDocument{Record: *r, NameKey: fold.Text(r.FullName), CityKey: fold.Text(r.CityOfBirth), Prefixes: prefixes(r.FullName), Actors: []string{}}
	seen := map[string]bool{"": true}
	for _, c := range r.Changes {
		if !seen[c.By] {
			seen[c.By] = true
			d.Actors = append(d.Actors, c.By)
		}
	}
	return d
}

// prefixes are the beginnings of the words of a text, up to a limit: so that a
// word's beginning is looked up by equality.
func prefixes(text string) []string {
	seen := map[string]bool{}
	all := []string{}
	for _, word := range fold.Words(text) {
		letters := []rune(word)
		for n := 1; n <= min(len(letters), prefixLimit); n++ {
			if p := string(letters[:n]); !seen[p] {
				seen[p] = true
				all = append(all, p)
			}
		}
	}
	return all
}

// prefixLimit is the length of the longest beginning that tells words apart, in
// characters.
const prefixLimit = 16

// prefix is the beginning of a word by which it is looked up.
func prefix(word string) string {
	letters := []rune(word)
	return string(letters[:min(len(letters), prefixLimit)])
}

func (s *mongoStore) Records(ctx context.Context, ids []string) ([]*Record, error) {
	found, err := readByID[Record](ctx, s.students, ids)
	return batch.InOrder(ids, found, func(r *Record) string { return r.ID }), err
}

func (s *mongoStore) Schools(ctx context.Context, ids []string) ([]*School, error) {
	found, err := readByID[School](ctx, s.schools, ids)
	return batch.InOrder(ids, found, func(s *School) string { return s.ID }), err
}

func (s *mongoStore) Create(ctx context.Context, r *Record, request mongo.Request) (string, error) {
	id, _, err := mongo.Once(ctx, s.db, request, r.ID, func(id string) error {
		record := *r
		record.ID = id
		return s.insert(ctx, &record)
	})
	return id, unavailable(err)
}

// insert keeps a record, which may be there already from an earlier try.
func (s *mongoStore) insert(ctx context.Context, r *Record) error {
	_, err := s.students.InsertOne(ctx, r.document())
	if !mongo.IsDuplicate(err) {
		return err
	}
	err = s.students.FindOne(ctx, bson.M{"_id": r.ID}, options.FindOne().SetProjection(bson.M{"_id": 1})).Err()
	if errors.Is(err, driver.ErrNoDocuments) {
		return numberTaken(r.StudentID)
	}
	return err
}

func numberTaken(number string) error {
	return fault.New(fault.Conflict, "There is a student with the studentId %q at this school already.", number).With("field", "studentId")
}

func (s *mongoStore) Change(ctx context.Context, id string, rule func(*Record) error) (*Record, error) {
	for {
		var r Record
		err := s.students.FindOne(ctx, bson.M{"_id": id}).Decode(&r)
		if errors.Is(err, driver.ErrNoDocuments) {
			return nil, missingStudent(id)
		}
		if err != nil {
			return nil, unavailable(fmt.Errorf("read student %s: %w", id, err))
		}
		version := r.Version
		if err := rule(&r); err != nil {
			return nil, err
		}
		if r.Version == version {
			return &r, nil
		}
		result, err := s.students.UpdateOne(ctx, bson.M{"_id": id, "version": version}, bson.M{"$set": r.document()})
		if mongo.IsDuplicate(err) {
			return nil, numberTaken(r.StudentID)
		}
		if err != nil {
			return nil, unavailable(fmt.Errorf("save student %s: %w", id, err))
		}
		if result.MatchedCount == 1 {
			return &r, nil
		}
	}
}

func (s *mongoStore) Delete(ctx context.Context, id string, rule func(*Record) error) error {
	for {
		var r Record
		err := s.students.FindOne(ctx, bson.M{"_id": id}).Decode(&r)
		if errors.Is(err, driver.ErrNoDocuments) {
			return missingStudent(id)
		}
		if err != nil {
			return unavailable(fmt.Errorf("read student %s: %w", id, err))
		}
		if err := rule(&r); err != nil {
			return err
		}
		result, err := s.students.DeleteOne(ctx, bson.M{"_id": id, "version": r.Version})
		if err != nil {
			return unavailable(fmt.Errorf("delete student %s: %w", id, err))
		}
		if result.DeletedCount == 1 {
			return nil
		}
	}
}

func (s *mongoStore) TaughtBy(ctx context.Context, school, teacher string) ([]*Record, error) {
	var found []*Record
	cursor, err := s.students.Find(ctx, bson.M{"teacherId": teacher, "schoolId": school})
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read a teacher's students: %w", err))
	}
	return found, nil
}

// readByID reads documents by their ids.
func readByID[T any](ctx context.Context, c *driver.Collection, ids []string) ([]*T, error) {
	var found []*T
	cursor, err := c.Find(ctx, bson.M{"_id": bson.M{"$in": ids}})
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read %s: %w", c.Name(), err))
	}
	return found, nil
}

// unavailable tells an outage of the store from everything else.
func unavailable(err error) error {
	if err != nil && (driver.IsNetworkError(err) || driver.IsTimeout(err)) {
		return fault.Wrap(fault.Unavailable, err, "The records of students cannot be reached now. Try again.")
	}
	return err
}
