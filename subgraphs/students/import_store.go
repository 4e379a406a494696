package students

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/batch"
	"heddle/internal/events"
	"heddle/internal/mongo"
)

// importIndexes are those of the collections of imports: what is known of them,
// their files until all rows are settled, and their reports in chunks of rows.
var importIndexes = []mongo.Index{
	{Collection: "imports", Name: "state", Keys: bson.D{{Key: "state", Value: 1}}},
	{Collection: "imports", Name: "person", Keys: bson.D{{Key: "startedBy", Value: 1}}},
	{Collection: "imports", Name: "teacher", Keys: bson.D{{Key: "teacherId", Value: 1}}},
	{Collection: "import_rows", Name: "import", Keys: bson.D{{Key: "import", Value: 1}, {Key: "number", Value: 1}}},
	{Collection: "import_rows", Name: "student", Keys: bson.D{{Key: "students", Value: 1}}},
	{Collection: "import_rows", Name: "named", Keys: bson.D{{Key: "named", Value: 1}}},
}

// chunkDocument is a part of a report.
type chunkDocument struct {
	ID       string   `bson:"_id"`
	Import   string   `bson:"import"`
	Number   int      `bson:"number"`
	Rows     []row    `bson:"rows"`
	Students []string `bson:"students"` // who are in the rows
	Named    []string `bson:"named"`    // teachers, in the rows
	Version  int64    `bson:"version"`  // another one with each change
}

func chunkID(imported string, number int) string { return fmt.Sprintf("%s/%06d", imported, number) }

// Accept keeps an import with its file. The same request gives the id of the
// import that the first one began.
func (s *mongoStore) Accept(ctx context.Context, i *StudentImport, file []byte, request mongo.Request) (string, error) {
	id, _, err := mongo.Once(ctx, s.db, request, i.ID, func(id string) error {
		accepted := *i
		accepted.ID = id
		// The file first: an import that is there has one.
		_, err := s.db.Collection("import_files").InsertOne(ctx, bson.M{"_id": id, "file": file})
		if err != nil && !mongo.IsDuplicate(err) {
			return err
		}
		_, err = s.imports.InsertOne(ctx, accepted)
		if mongo.IsDuplicate(err) { // by an earlier try
			return nil
		}
		return err
	})
	return id, err
}

// Imports reads imports by their ids.
func (s *mongoStore) Imports(ctx context.Context, ids []string) ([]*StudentImport, error) {
	found, err := readByID[StudentImport](ctx, s.imports, ids)
	return batch.InOrder(ids, found, func(i *StudentImport) string { return i.ID }), err
}

// Running are the imports that are not settled.
func (s *mongoStore) Running(ctx context.Context) ([]*StudentImport, error) {
	var found []*StudentImport
	cursor, err := s.imports.Find(ctx, bson.M{"state": ImportStateRunning})
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	return found, err
}

// SaveImport keeps what has become of an import, unless somebody else has
// changed it since it was read.
func (s *mongoStore) SaveImport(ctx context.Context, i *StudentImport) (saved bool, err error) {
	version := i.Version
	i.Version++
	result, err := s.imports.ReplaceOne(ctx, bson.M{"_id": i.ID, "version": version}, i)
	if err != nil {
		return false, fmt.Errorf("save import %s: %w", i.ID, err)
	}
	return result.MatchedCount == 1, nil
}

// ImportFile is the file of an import that is not settled.
func (s *mongoStore) ImportFile(ctx context.Context, id string) ([]byte, error) {
	var kept struct {
		File []byte `bson:"file"`
	}
	err := s.db.Collection("import_files").FindOne(ctx, bson.M{"_id": id}).Decode(&kept)
	if err != nil {
		return nil, fmt.Errorf("read the file of import %s: %w", id, err)
	}
	return kept.File, nil
}

// DropImportFile deletes the file of an import that is settled.
func (s *mongoStore) DropImportFile(ctx context.Context, id string) error {
	_, err := s.db.Collection("import_files").DeleteOne(ctx, bson.M{"_id": id})
	return err
}

// Report keeps what became of a chunk of rows.
func (s *mongoStore) Report(ctx context.Context, imported string, number int, rows []row) error {
	document := newChunk(imported, number, rows)
	_, err := s.rows.ReplaceOne(ctx, bson.M{"_id": document.ID}, document, options.Replace().SetUpsert(true))
	if err != nil {
		return fmt.Errorf("report on import %s: %w", imported, err)
	}
	return nil
}

func newChunk(imported string, number int, rows []row) chunkDocument {
	document := chunkDocument{ID: chunkID(imported, number), Import: imported, Number: number, Rows: rows, Students: []string{}, Named: []string{}, Version: rand.Int64()}
	for _, r := range rows {
		for _, student := range []string{r.Student, r.About} {
			if student != "" {
				document.Students = append(document.Students, student)
			}
		}
		if r.Teacher != "" && len(r.Problems) > 0 {
			document.Named = append(document.Named, r.Teacher)
		}
	}
	return document
}

// Reported reads the chunks of a report with the numbers; with none, all.
func (s *mongoStore) Reported(ctx context.Context, imported string, numbers []int) ([][]row, error) {
	filter := bson.M{"import": imported}
	if numbers != nil {
		ids := make([]string, len(numbers))
		for i, n := range numbers {
			ids[i] = chunkID(imported, n)
		}
		filter = bson.M{"_id": bson.M{"$in": ids}}
	}
	var found []chunkDocument
	cursor, err := s.rows.Find(ctx, filter)
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("read the report of import %s: %w", imported, err)
	}
	slices.SortFunc(found, func(a, b chunkDocument) int { return cmp.Compare(a.Number, b.Number) })
	chunks := make([][]row, len(found))
	for i := range found {
		chunks[i] = found[i].Rows
	}
	return chunks, nil
}

// Numbered reads the records of students of a school by their numbers there.
func (s *mongoStore) Numbered(ctx context.Context, school string, numbers []string) (map[string]*Record, error) {
	var found []*Record
	places := make([]string, len(numbers))
	for i, number := range numbers {
		places[i] = placeOf(school, number)
	}
	cursor, err := s.students.Find(ctx, bson.M{"place": bson.M{"$in": places}})
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("read students by their numbers: %w", err)
	}
	byNumber := make(map[string]*Record, len(found))
	for _, r := range found {
		byNumber[r.StudentID] = r
	}
	return byNumber, nil
}

// Enrol keeps new records at once, with the events that tell of them. It gives
// an error for each, nil where the record is there now, also by an earlier try.
func (s *mongoStore) Enrol(ctx context.Context, records []*Record, tell func(*Record) (events.Event, error)) ([]error, error) {
	if len(records) == 0 {
		return nil, nil
	}
	documents := make([]any, len(records))
	for i, r := range records {
		var told []events.Event
		if tell != nil {
			e, err := tell(r)
			if err != nil {
				return nil, err
			}
			told = append(told, e)
		}
		entries, err := events.Entries(told...)
		if err != nil {
			return nil, err
		}
		if documents[i], err = with(r.document(), bson.E{Key: events.Outbox, Value: entries}); err != nil {
			return nil, err
		}
	}
	each := make([]error, len(records))
	_, err := s.students.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	var refused driver.BulkWriteException
	if !errors.As(err, &refused) {
		return each, err
	}
	ids := make([]string, len(refused.WriteErrors))
	for i, w := range refused.WriteErrors {
		if !mongo.IsDuplicate(w) {
			return nil, fmt.Errorf("enrol students: %w", w)
		}
		ids[i] = records[w.Index].ID
	}
	there, err := s.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, w := range refused.WriteErrors {
		if there[i] == nil {
			each[w.Index] = numberTaken(records[w.Index].StudentID)
		}
	}
	return each, nil
}
