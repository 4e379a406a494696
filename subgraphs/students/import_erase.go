package students

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"

	"heddle/internal/fault"
)

// ForgetRows takes a student who is gone, or about to be, out of the reports of
// imports. Imports at the school that go on learn of it first, so that they do
// not enrol the student anew, nor report on them.
func (s *mongoStore) ForgetRows(ctx context.Context, school, student string) error {
	running, err := s.ids(ctx, s.imports, bson.M{"state": ImportStateRunning, "schoolId": school})
	if err != nil {
		return err
	}
	for _, id := range running {
		err := s.changeImport(ctx, id, func(i *StudentImport) bool {
			if i.State != ImportStateRunning || slices.Contains(i.Gone, student) {
				return false
			}
			i.Gone, i.Leased = append(i.Gone, student), time.Time{}
			return true
		})
		if err != nil {
			return err
		}
	}
	return s.changeReports(ctx, bson.M{"students": student}, func(r *row) { r.forgetStudent(student) })
}

// changeImport changes an import, if the rule wants to, whoever else does.
func (s *mongoStore) changeImport(ctx context.Context, id string, rule func(*StudentImport) bool) error {
	for {
		imports, err := s.Imports(ctx, []string{id})
		if err != nil || imports[0] == nil || !rule(imports[0]) {
			return err
		}
		if saved, err := s.SaveImport(ctx, imports[0]); err != nil || saved {
			return err
		}
	}
}

// changeReports applies a rule to the rows of the chunks that match. One that
// somebody else changes meanwhile matches again, or no more.
func (s *mongoStore) changeReports(ctx context.Context, filter bson.M, rule func(*row)) error {
	for {
		var found []chunkDocument
		cursor, err := s.rows.Find(ctx, filter)
		if err == nil {
			err = cursor.All(ctx, &found)
		}
		if err != nil || len(found) == 0 {
			return err
		}
		for _, chunk := range found {
			for i := range chunk.Rows {
				rule(&chunk.Rows[i])
			}
			changed := newChunk(chunk.Import, chunk.Number, chunk.Rows)
			if _, err := s.rows.ReplaceOne(ctx, bson.M{"_id": chunk.ID, "version": chunk.Version}, changed); err != nil {
				return fmt.Errorf("change the report of import %s: %w", chunk.Import, err)
			}
		}
	}
}

// LetGo ends the lease of an import that another has ended.
func (s *mongoStore) LetGo(ctx context.Context, id string) error {
	_, err := s.imports.UpdateOne(ctx, bson.M{"_id": id, "state": bson.M{"$ne": ImportStateRunning}}, bson.M{"$set": bson.M{"leased": time.Time{}}})
	return err
}

// ForgetImports takes a person who is gone out of the imports: what they began
// goes no further, and has neither file nor report any more. One that a process
// works at may write in the person's name until that lets go of it: then it is
// to be tried again.
func (s *mongoStore) ForgetImports(ctx context.Context, person string, now time.Time) error {
	begun, err := s.ids(ctx, s.imports, bson.M{"startedBy": person})
	if err != nil {
		return err
	}
	busy := ""
	for _, id := range begun {
		err := s.changeImport(ctx, id, func(i *StudentImport) bool {
			if i.State == ImportStateRunning {
				i.end(ImportStateEnded, now)
			}
			if i.Leased.After(now) {
				busy = id
			} else {
				i.ByID, i.ByAdmin, i.Filename = "", false, ""
			}
			return true
		})
		if err != nil {
			return err
		}
		if err := s.dropImport(ctx, id); err != nil {
			return err
		}
	}
	if busy != "" {
		return fault.New(fault.Unavailable, "Import %s is about to end; it is tried again.", busy)
	}
	_, err = s.imports.UpdateMany(ctx, bson.M{"teacherId": person}, bson.M{"$set": bson.M{"teacherId": ""}, "$inc": bson.M{"version": 1}})
	if err != nil {
		return fmt.Errorf("forget %s in imports: %w", person, err)
	}
	return s.changeReports(ctx, bson.M{"named": person}, func(r *row) { r.forgetTeacher(person) })
}

// dropImport erases the file and the report of an import.
func (s *mongoStore) dropImport(ctx context.Context, id string) error {
	if err := s.DropImportFile(ctx, id); err != nil {
		return err
	}
	_, err := s.rows.DeleteMany(ctx, bson.M{"import": id})
	return err
}

// fileForgotten is the age at which a file is taken for one that nobody takes in.
const fileForgotten = 24 * time.Hour

// ExpireImports erases the imports whose time is over, and files that were left
// behind by a process that died as it accepted an import, or had ended one.
func (s *mongoStore) ExpireImports(ctx context.Context, now time.Time) error {
	expired, err := s.ids(ctx, s.imports, bson.M{"expiresAt": bson.M{"$lte": now}})
	if err != nil {
		return err
	}
	for _, id := range expired {
		if err := s.dropImport(ctx, id); err != nil {
			return err
		}
		if _, err := s.imports.DeleteOne(ctx, bson.M{"_id": id}); err != nil {
			return fmt.Errorf("erase import %s: %w", id, err)
		}
	}
	files, err := s.ids(ctx, s.db.Collection("import_files"), bson.M{})
	if err != nil || len(files) == 0 {
		return err
	}
	imports, err := s.Imports(ctx, files)
	if err != nil {
		return err
	}
	for n, id := range files {
		if running := imports[n] != nil && imports[n].State == ImportStateRunning; running || now.Sub(madeAt(id)) < fileForgotten {
			continue
		}
		if err := s.DropImportFile(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// madeAt is when an id, a UUIDv7, was made (RFC 9562, section 5.7).
func madeAt(id string) time.Time {
	of, err := uuid.Parse(id)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(of.Time().UnixTime())
}
