package assessments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/batch"
	"heddle/internal/enrolment"
	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/mongo"
)

// The collections of the database education_elly_assessments.
const (
	assessments  = "assessments"
	proficiency  = "proficiency_history" // what follows from a student's assessments, by the student's id
	erased       = "erased"              // the ids of students and people who are gone, for what overtakes their going
	oncePerDay   = "assessments_place"
	ofOneStudent = "assessments_student"
)

var indexes = []mongo.Index{
	{Collection: assessments, Name: oncePerDay, Keys: bson.D{{Key: "place", Value: 1}}, Unique: true},
	{Collection: assessments, Name: ofOneStudent, Keys: bson.D{{Key: "studentId", Value: 1}}},
	{Collection: assessments, Name: "assessments_people", Keys: bson.D{{Key: "people", Value: 1}}},
}

// mongoStore reads and writes the database education_elly_assessments.
type mongoStore struct {
	db   *driver.Database
	exit Level // at which a student leaves the programme
	now  func() time.Time
}

// document is an assessment as it is kept. One that is deleted keeps its id
// until the event that says so has been sent.
type document struct {
	Assessment `bson:",inline"`
	Place      string     `bson:"place"`  // the student and the day, of which there is one; the id if deleted
	People     []string   `bson:"people"` // whose ids are in it
	Outbox     bson.A     `bson:"outbox"`
	DeletedAt  *time.Time `bson:"deletedAt,omitempty"`
}

func newDocument(a *Assessment, outbox bson.A) document {
	return document{Assessment: *a, Place: a.place(), People: a.people(), Outbox: outbox}
}

func (a *Assessment) place() string { return a.StudentID + "/" + a.TestDate }

// people are those whose ids are in the assessment, each once.
func (a *Assessment) people() []string {
	var people []string
	if a.Recorder != nil {
		people = append(people, *a.Recorder)
	}
	for _, c := range a.Changes {
		if c.Person != nil {
			people = append(people, *c.Person)
		}
	}
	slices.Sort(people)
	return slices.Compact(people)
}

func (s *mongoStore) find(ctx context.Context, filter bson.M) ([]*Assessment, error) {
	cursor, err := s.db.Collection(assessments).Find(ctx, filter, atOnce)
	if err != nil {
		return nil, fmt.Errorf("read assessments: %w", err)
	}
	var found []*Assessment
	if err := cursor.All(ctx, &found); err != nil {
		return nil, fmt.Errorf("read assessments: %w", err)
	}
	return slices.DeleteFunc(found, func(a *Assessment) bool { return a.StudentID == "" }), nil // those are deleted
}

// atOnce has an answer come in one piece, unless it is very large: the number of
// commands does not grow with a class.
var atOnce = options.Find().SetBatchSize(10_000)

// among is the condition of being one of the values; of one alone, equality,
// which FerretDB finds by an index.
func among(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return bson.M{"$in": values}
}

func (s *mongoStore) Assessments(ctx context.Context, ids []string) ([]*Assessment, error) {
	found, err := s.find(ctx, bson.M{"_id": among(ids)})
	if err != nil || len(found) == 0 {
		return make([]*Assessment, len(ids)), err
	}
	var students []string
	for _, a := range found {
		students = append(students, a.StudentID)
	}
	all, err := s.OfStudents(ctx, students)
	if err != nil {
		return nil, err
	}
	found = found[:0]
	for _, of := range all {
		found = append(found, of...)
	}
	return batch.InOrder(ids, found, func(a *Assessment) string { return a.ID }), nil
}

func (s *mongoStore) OfStudents(ctx context.Context, students []string) (map[string][]*Assessment, error) {
	found, err := s.find(ctx, bson.M{"studentId": among(students)})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b *Assessment) int {
		return cmp.Or(cmp.Compare(a.TestDate, b.TestDate), cmp.Compare(a.ID, b.ID))
	})
	all := make(map[string][]*Assessment, len(students))
	for _, a := range found {
		all[a.StudentID] = append(all[a.StudentID], a)
	}
	for _, of := range all {
		follow(s.exit, of)
		slices.Reverse(of)
	}
	return all, nil
}

func (s *mongoStore) Proficiencies(ctx context.Context, students []string) (map[string]*Proficiency, error) {
	all, err := s.proficiencies(ctx, students)
	maps.DeleteFunc(all, func(_ string, p *Proficiency) bool { return len(p.Records) == 0 })
	return all, err
}

// proficiencies reads those that are kept, also of students all of whose
// assessments have been deleted.
func (s *mongoStore) proficiencies(ctx context.Context, students []string) (map[string]*Proficiency, error) {
	cursor, err := s.db.Collection(proficiency).Find(ctx, bson.M{"_id": among(students)}, atOnce)
	if err != nil {
		return nil, fmt.Errorf("read proficiency: %w", err)
	}
	var found []*Proficiency
	if err := cursor.All(ctx, &found); err != nil {
		return nil, fmt.Errorf("read proficiency: %w", err)
	}
	all := make(map[string]*Proficiency, len(found))
	for _, p := range found {
		all[p.StudentID] = p
	}
	return all, nil
}

func (s *mongoStore) Create(ctx context.Context, a *Assessment, key *string, in CreateAssessmentInput, recorded func(*Assessment) (events.Event, error)) (string, error) {
	request := mongo.Request{Person: *a.Recorder, Operation: "createAssessment", Key: key, Input: in.asked()}
	id, made, err := mongo.Once(ctx, s.db, request, a.ID, func(id string) error {
		a.ID = id
		e, err := recorded(a)
		if err != nil {
			return err
		}
		return s.insert(ctx, a, e)
	})
	if err != nil || !made {
		return id, err
	}
	return id, s.settle(ctx, a.StudentID)
}

func (s *mongoStore) insert(ctx context.Context, a *Assessment, recorded events.Event) error {
	gone, err := s.isErased(ctx, a.StudentID)
	if err != nil {
		return err
	}
	if gone {
		return enrolment.Missing(a.StudentID)
	}
	others, err := s.OfStudents(ctx, []string{a.StudentID})
	if err != nil {
		return err
	}
	if n := len(others[a.StudentID]); n >= perStudent {
		return fault.New(fault.Conflict, "A student has at most %d assessments; this one has %d.", perStudent, n)
	}
	outbox, err := events.Entries(recorded)
	if err != nil {
		return err
	}
	_, err = s.db.Collection(assessments).InsertOne(ctx, newDocument(a, outbox))
	if mongo.IsDuplicate(err) {
		return s.taken(ctx, a)
	}
	if err != nil {
		return fmt.Errorf("insert assessment: %w", err)
	}
	return nil
}

// taken says why an assessment could not be inserted; nil if it is there: an
// earlier call with the same idempotency key has made it.
func (s *mongoStore) taken(ctx context.Context, a *Assessment) error {
	err := s.db.Collection(assessments).FindOne(ctx, bson.M{"_id": a.ID}).Err()
	if errors.Is(err, driver.ErrNoDocuments) {
		return a.twice()
	}
	return err
}

func (a *Assessment) twice() error {
	return fault.New(fault.Conflict, "The student has an assessment of %s already: change that one.", a.TestDate).With("field", "testDate")
}

func (s *mongoStore) Change(ctx context.Context, id string, rule func(*Assessment) (*events.Event, error)) error {
	for {
		found, err := s.find(ctx, bson.M{"_id": id})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return missing(id)
		}
		a := found[0]
		was := a.Revision
		e, err := rule(a)
		if err != nil || e == nil {
			return err
		}
		entry, err := events.Entry(*e)
		if err != nil {
			return err
		}
		done, err := s.write(ctx, a, was, bson.M{"$push": bson.M{events.Outbox: entry}})
		if err != nil {
			return err
		}
		if done {
			return s.settle(ctx, a.StudentID)
		}
	}
}

// write keeps what a rule has changed, with more, unless somebody has changed
// the assessment since its revision was read.
func (s *mongoStore) write(ctx context.Context, a *Assessment, was int, more bson.M) (done bool, err error) {
	update := bson.M{"$set": bson.M{
		"testDate": a.TestDate, "scores": a.Scores, "statusSet": a.StatusSet, "recordedBy": a.Recorder, "changes": a.Changes,
		"updatedAt": a.UpdatedAt, "revision": a.Revision, "place": a.place(), "people": a.people(),
	}}
	for operator, value := range more {
		update[operator] = value
	}
	result, err := s.db.Collection(assessments).UpdateOne(ctx, bson.M{"_id": a.ID, "revision": was}, update)
	if mongo.IsDuplicate(err) {
		return false, a.twice()
	}
	if err != nil {
		return false, fmt.Errorf("save assessment %s: %w", a.ID, err)
	}
	return result.MatchedCount == 1, nil
}

func (s *mongoStore) Delete(ctx context.Context, a *Assessment, deleted events.Event) error {
	entry, err := events.Entry(deleted)
	if err != nil {
		return err
	}
	result, err := s.bury(ctx, a.ID, bson.M{"$push": bson.M{events.Outbox: entry}})
	if err != nil {
		return err
	}
	if result.MatchedCount == 0 {
		return missing(a.ID)
	}
	return s.settle(ctx, a.StudentID)
}

// bury empties the document of an assessment that is there. What is left of it
// goes when its events have been sent.
func (s *mongoStore) bury(ctx context.Context, id string, more bson.M) (*driver.UpdateResult, error) {
	update := bson.M{
		"$set": bson.M{"deletedAt": s.now(), "place": id, "people": []string{}},
		"$unset": bson.M{
			"studentId": "", "testDate": "", "scores": "", "statusSet": "", "recordedBy": "", "changes": "", "createdAt": "", "updatedAt": "", "revision": "",
		},
	}
	for operator, value := range more {
		update[operator] = value
	}
	result, err := s.db.Collection(assessments).UpdateOne(ctx, bson.M{"_id": id, "deletedAt": bson.M{"$exists": false}}, update)
	if err != nil {
		return nil, fmt.Errorf("delete assessment %s: %w", id, err)
	}
	return result, nil
}

func missing(id string) error { return fault.New(fault.NotFound, "There is no assessment %q.", id) }
