package students

import (
	"context"
	"time"

	"heddle/internal/events"
	"heddle/internal/mongo"
	"heddle/internal/page"
)

// Store keeps schools and the records of their students. What is read for many
// is given in the order of the keys, nil for what is missing.
type Store interface {
	// Schools reads schools by their ids.
	Schools(ctx context.Context, ids []string) ([]*School, error)
	// SchoolsOf are the ids of the schools where a person teaches, in order.
	SchoolsOf(ctx context.Context, teacher string) ([]string, error)
	// ListSchools reads a page of schools in the order of their names: those with
	// the ids, or all if nil, of whose names the words begin words.
	ListSchools(ctx context.Context, ids []string, words []string, w page.Window) ([]*School, error)
	CountSchools(ctx context.Context, ids []string, words []string) (int, error)
	// CreateSchool keeps a new school. The same request gives the id of the school that the first one made.
	CreateSchool(ctx context.Context, school *School, request mongo.Request) (id string, err error)
	// ChangeSchool applies a rule to a school, which nobody else's change can cross.
	// If the rule gives an event, that is sent.
	ChangeSchool(ctx context.Context, id string, rule func(*School) (*events.Event, error)) (*School, error)

	// Records reads records by their ids.
	Records(ctx context.Context, ids []string) ([]*Record, error)
	// List reads a page of records in the order.
	List(ctx context.Context, s Selection, o ordering, w page.Window) ([]*Record, error)
	Count(ctx context.Context, s Selection) (int, error)
	// Each reads the records one by one, school by school and by name.
	Each(ctx context.Context, s Selection, each func(*Record) error) error
	// Create keeps a new record and sends the event that tells of it. The same
	// request gives the id of the record that the first one made.
	Create(ctx context.Context, record *Record, request mongo.Request, tell func(*Record) (events.Event, error)) (id string, err error)
	// Change applies a rule to a record, which nobody else's change can cross. If
	// the rule gives an event, that is sent.
	Change(ctx context.Context, id string, rule func(*Record) (*events.Event, error)) (*Record, error)
	// Delete deletes a record, with its history, if the rule agrees, and sends the event.
	Delete(ctx context.Context, id string, rule func(*Record) (events.Event, error)) error
	// TaughtBy are the ids of the students whom a person teaches, at the school, or
	// at any if it is empty.
	TaughtBy(ctx context.Context, school, teacher string) ([]string, error)
	// Naming are the ids of the students in whose records a person's id stands.
	Naming(ctx context.Context, person string) ([]string, error)
	// Forget forgets what else is kept of a person.
	Forget(ctx context.Context, person string) error

	importStore
}

// importStore keeps imports, their files and their reports.
type importStore interface {
	Accept(ctx context.Context, i *StudentImport, file []byte, request mongo.Request) (id string, err error)
	Imports(ctx context.Context, ids []string) ([]*StudentImport, error)
	Running(ctx context.Context) ([]*StudentImport, error)
	SaveImport(ctx context.Context, i *StudentImport) (saved bool, err error)
	ImportFile(ctx context.Context, id string) ([]byte, error)
	DropImportFile(ctx context.Context, id string) error
	Report(ctx context.Context, imported string, number int, rows []row) error
	Reported(ctx context.Context, imported string, numbers []int) ([][]row, error)
	ForgetRows(ctx context.Context, school, student string) error
	LetGo(ctx context.Context, id string) error
	ExpireImports(ctx context.Context, now time.Time) error
	ForgetImports(ctx context.Context, person string, now time.Time) error
	// Numbered reads the records of students of a school by their numbers there.
	Numbered(ctx context.Context, school string, numbers []string) (map[string]*Record, error)
	// Enrol keeps new records at once, with the events that tell of them, unless
	// tell is nil: an error for each that is not there afterwards.
	Enrol(ctx context.Context, records []*Record, tell func(*Record) (events.Event, error)) ([]error, error)
}
