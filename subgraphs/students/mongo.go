package students

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/batch"
	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/fold"
	"heddle/internal/mongo"
)

// indexes are those of the domain's collections. The first field of each serves
// equality, those after it the order of a list.
var indexes = []mongo.Index{
	{Collection: "students", Name: "place", Keys: bson.D{{Key: "place", Value: 1}}, Unique: true},
	{Collection: "students", Name: "school", Keys: bson.D{{Key: "schoolId", Value: 1}, {Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
	{Collection: "students", Name: "prefix", Keys: bson.D{{Key: "prefixes", Value: 1}, {Key: "schoolId", Value: 1}, {Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
	{Collection: "students", Name: "name", Keys: bson.D{{Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
	{Collection: "students", Name: "teacher", Keys: bson.D{{Key: "teacherId", Value: 1}, {Key: "schoolId", Value: 1}}},
	{Collection: "students", Name: "people", Keys: bson.D{{Key: "people", Value: 1}}},
	{Collection: "schools", Name: "teacher", Keys: bson.D{{Key: "teachers", Value: 1}}},
	{Collection: "schools", Name: "name", Keys: bson.D{{Key: "nameKey", Value: 1}, {Key: "_id", Value: 1}}},
}

// mongoStore keeps the domain in MongoDB. What is changed carries a version:
// who read another one than is there by now reads again.
type mongoStore struct {
	db       *driver.Database
	students *driver.Collection
	schools  *driver.Collection
	imports  *driver.Collection
	rows     *driver.Collection // of the reports of imports
}

func newMongoStore(db *driver.Database) *mongoStore {
	return &mongoStore{
		db: db, students: db.Collection("students"), schools: db.Collection("schools"),
		imports: db.Collection("imports"), rows: db.Collection("import_rows"),
	}
}

// studentDocument is a record with what it is found by.
type studentDocument struct {
	Record   `bson:",inline"`
	Place    string   `bson:"place"` // the school and its number, of which there is one student; the id of one who is gone
	NameKey  string   `bson:"nameKey"`
	CityKey  string   `bson:"cityKey"`
	Prefixes []string `bson:"prefixes"` // of the words of the name
	People   []string `bson:"people"`   // whose ids are in the history
}

func (r *Record) document() studentDocument {
	return studentDocument{
		Record: *r, Place: placeOf(r.SchoolID, r.StudentID), NameKey: fold.Text(r.FullName), CityKey: fold.Text(r.CityOfBirth),
		Prefixes: prefixes(r.FullName), People: r.people(),
	}
}

func placeOf(school, number string) string { return school + "/" + number }

// people are those whose ids are in the history, each once.
func (r *Record) people() []string {
	people := []string{}
	for _, c := range r.Changes {
		people = append(people, c.By)
		for _, d := range c.Fields {
			if d.Field == "teacherId" {
				people = append(people, d.From, d.To)
			}
		}
	}
	people = slices.DeleteFunc(people, func(id string) bool { return id == "" })
	slices.Sort(people)
	return slices.Compact(people)
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
	found = slices.DeleteFunc(found, func(r *Record) bool { return r.SchoolID == "" }) // tombstones
	return batch.InOrder(ids, found, func(r *Record) string { return r.ID }), err
}

func (s *mongoStore) Schools(ctx context.Context, ids []string) ([]*School, error) {
	found, err := readByID[School](ctx, s.schools, ids)
	return batch.InOrder(ids, found, func(s *School) string { return s.ID }), err
}

func (s *mongoStore) Create(ctx context.Context, r *Record, request mongo.Request, tell func(*Record) (events.Event, error)) (string, error) {
	id, _, err := mongo.Once(ctx, s.db, request, r.ID, func(id string) error {
		record := *r
		record.ID = id
		e, err := tell(&record)
		if err != nil {
			return err
		}
		return s.insert(ctx, &record, e)
	})
	return id, err
}

// insert keeps a record, which may be there already from an earlier try.
func (s *mongoStore) insert(ctx context.Context, r *Record, e events.Event) error {
	entries, err := events.Entries(e)
	if err != nil {
		return err
	}
	document, err := with(r.document(), bson.E{Key: events.Outbox, Value: entries})
	if err != nil {
		return err
	}
	_, err = s.students.InsertOne(ctx, document)
	if !mongo.IsDuplicate(err) {
		return err
	}
	err = s.students.FindOne(ctx, bson.M{"_id": r.ID}, options.FindOne().SetProjection(bson.M{"_id": 1})).Err()
	if errors.Is(err, driver.ErrNoDocuments) {
		return numberTaken(r.StudentID)
	}
	return err
}

// saving is the update that keeps a document, with the event that tells of it.
func saving(document any, e *events.Event) (bson.M, error) {
	if e == nil {
		return bson.M{"$set": document}, nil
	}
	entry, err := events.Entry(*e)
	if err != nil {
		return nil, err
	}
	return bson.M{"$set": document, "$push": bson.M{events.Outbox: entry}}, nil
}

// with is a document with further fields.
func with(document any, more ...bson.E) (bson.D, error) {
	text, err := bson.Marshal(document)
	if err != nil {
		return nil, err
	}
	var all bson.D
	err = bson.Unmarshal(text, &all)
	return append(all, more...), err
}

func numberTaken(number string) error {
	return fault.New(fault.Conflict, "There is a student with the studentId %q at this school already.", number).With("field", "studentId")
}

func (s *mongoStore) Change(ctx context.Context, id string, rule func(*Record) (*events.Event, error)) (*Record, error) {
	for {
		r, err := s.record(ctx, id)
		if err != nil {
			return nil, err
		}
		version := r.Version
		e, err := rule(r)
		if err != nil {
			return nil, err
		}
		if r.Version == version {
			return r, nil
		}
		update, err := saving(r.document(), e)
		if err != nil {
			return nil, err
		}
		result, err := s.students.UpdateOne(ctx, bson.M{"_id": id, "version": version}, update)
		if mongo.IsDuplicate(err) {
			return nil, numberTaken(r.StudentID)
		}
		if err != nil {
			return nil, fmt.Errorf("save student %s: %w", id, err)
		}
		if result.MatchedCount == 1 {
			return r, nil
		}
	}
}

// record reads the record of a student who is there.
func (s *mongoStore) record(ctx context.Context, id string) (*Record, error) {
	var r Record
	err := s.students.FindOne(ctx, bson.M{"_id": id}).Decode(&r)
	if errors.Is(err, driver.ErrNoDocuments) || err == nil && r.SchoolID == "" { // a tombstone
		return nil, missingStudent(id)
	}
	if err != nil {
		return nil, fmt.Errorf("read student %s: %w", id, err)
	}
	return &r, nil
}

func (s *mongoStore) Delete(ctx context.Context, id string, rule func(*Record) (events.Event, error)) error {
	for {
		r, err := s.record(ctx, id)
		if err != nil {
			return err
		}
		e, err := rule(r)
		if err != nil {
			return err
		}
		entry, err := events.Entry(e)
		if err != nil {
			return err
		}
		result, err := s.students.UpdateOne(ctx, bson.M{"_id": id, "version": r.Version}, bson.M{
			"$set":   bson.M{"schoolId": "", "place": id, "version": r.Version + 1, events.DeletedAt: e.Time},
			"$unset": contents, "$push": bson.M{events.Outbox: entry},
		})
		if err != nil {
			return fmt.Errorf("delete student %s: %w", id, err)
		}
		if result.MatchedCount == 1 {
			return nil
		}
	}
}

// contents are the fields of a record's document that do not outlive it.
var contents = func() bson.M {
	text, err := bson.Marshal(studentDocument{})
	if err != nil {
		panic(err) // of an empty document
	}
	var all bson.M
	if err := bson.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	for _, stays := range []string{"_id", "schoolId", "place", "version"} {
		delete(all, stays)
	}
	return all
}()

func (s *mongoStore) TaughtBy(ctx context.Context, school, teacher string) ([]string, error) {
	filter := bson.M{"teacherId": teacher}
	if school != "" {
		filter["schoolId"] = school
	}
	return s.ids(ctx, s.students, filter)
}

func (s *mongoStore) Naming(ctx context.Context, person string) ([]string, error) {
	return s.ids(ctx, s.students, bson.M{"people": person})
}

func (s *mongoStore) Forget(ctx context.Context, person string) error {
	return mongo.Forget(ctx, s.db, person)
}

// ids are those of the documents that match, in order.
func (s *mongoStore) ids(ctx context.Context, c *driver.Collection, filter bson.M) ([]string, error) {
	var found []struct {
		ID string `bson:"_id"`
	}
	cursor, err := c.Find(ctx, filter, options.Find().SetProjection(bson.M{"_id": 1}))
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", c.Name(), err)
	}
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	slices.Sort(ids)
	return ids, nil
}

// readByID reads documents by their ids.
func readByID[T any](ctx context.Context, c *driver.Collection, ids []string) ([]*T, error) {
	var found []*T
	cursor, err := c.Find(ctx, bson.M{"_id": bson.M{"$in": ids}})
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Name(), err)
	}
	return found, nil
}
