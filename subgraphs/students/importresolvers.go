package students

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"heddle/internal/batch"
	"heddle/internal/fault"
	"heddle/internal/mongo"
	"heddle/internal/page"
	"heddle/internal/trace"
)

func (m mutation) ImportStudents(ctx context.Context, in ImportStudentsInput) (*ImportStudentsPayload, error) {
	v, err := m.keeper(ctx)
	if err != nil {
		return nil, err
	}
	school, err := m.schoolFor(ctx, v, in.SchoolID)
	if err != nil {
		return nil, err
	}
	i := &StudentImport{
		ID: m.NewID(), SchoolID: in.SchoolID, DryRun: in.DryRun, Existing: string(in.Existing), ByID: v.id, ByAdmin: v.admin,
		State: ImportStateRunning, CreatedAt: m.Now(), Version: 1, Request: trace.RequestID(ctx), Trace: trace.Parent(ctx),
	}
	i.ExpiresAt = i.CreatedAt.Add(importKept)
	teacher := Fields{}
	put(teacher, "teacherId", in.TeacherID)
	if err := school.assign(teacher, v.id); err != nil {
		return nil, err
	}
	i.TeacherID = teacher["teacherId"]
	if i.Filename, err = filename(in.File.Filename); err != nil {
		return nil, err
	}
	file, rows, err := readFile(in.File.File)
	if err != nil {
		return nil, err
	}
	if i.Total = len(rows); i.Total == 0 {
		i.end(ImportStateDone, m.Now())
	}
	sum := sha256.Sum256(file)
	id, err := m.Store.Accept(ctx, i, file, mongo.Request{Person: v.id, Operation: "importStudents", Key: in.IdempotencyKey,
		Input: []any{in.SchoolID, in.DryRun, in.Existing, in.TeacherID, sum[:]}})
	if err != nil {
		return nil, err
	}
	m.look()
	imports, err := m.Store.Imports(ctx, []string{id})
	if err == nil && imports[0] == nil {
		err = fault.New(fault.NotFound, "The import of this idempotency key is kept no longer.").With("field", "idempotencyKey")
	}
	if err != nil {
		return nil, err
	}
	return &ImportStudentsPayload{Import: imports[0]}, nil
}

func readFile(from io.Reader) ([]byte, []sheetRow, error) {
	file, err := io.ReadAll(io.LimitReader(from, fileLimit+1))
	if err != nil {
		return nil, nil, fault.Field("file", "The file did not arrive whole.")
	}
	if len(file) > fileLimit {
		return nil, nil, fault.Field("file", "A file has at most %d bytes; this one has more.", fileLimit)
	}
	rows, err := readSheet(file)
	return file, rows, err
}

// filename is what a file is called, without the folders of the machine it is from.
func filename(given string) (string, error) {
	name, err := text(nameLimit)("file", filepath.Base(filepath.ToSlash(given)))
	if err == nil && !utf8.ValidString(name) {
		err = fault.Field("file", "The file's name is not in UTF-8.")
	}
	return name, err
}

func (q query) StudentImport(ctx context.Context, id string) (*StudentImport, error) {
	v, err := q.keeper(ctx)
	if err != nil {
		return nil, err
	}
	imports, err := q.Store.Imports(ctx, []string{id})
	if err != nil || imports[0] == nil || !v.sees(imports[0]) {
		return nil, err
	}
	return imports[0], nil
}

type importFields struct{ *Resolvers }

// StudentImport resolves the fields of imports that take reading.
func (r *Resolvers) StudentImport() importFields { return importFields{r} }

func (f importFields) School(ctx context.Context, imports []*StudentImport) ([]*School, error) {
	ids := make([]string, len(imports))
	for n, i := range imports {
		ids[n] = i.SchoolID
	}
	return f.schools(ctx, ids)
}

// Rows reads the report as far as it goes: the chunks that a page lies in, or
// all of them where rows of one outcome are asked for.
func (f importFields) Rows(ctx context.Context, imports []*StudentImport, outcome *ImportOutcome, first *int, after *string, last *int, before *string) ([]*ImportRowConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Number)
	if err != nil {
		return nil, err
	}
	all := make([]*ImportRowConnection, len(imports))
	for n, i := range imports {
		rows, err := f.report(ctx, i, outcome, w)
		if err != nil {
			return nil, err
		}
		count := func(context.Context) (int, error) { return i.counted(outcome), nil }
		all[n] = &ImportRowConnection{page.Of[ImportRowEdge](w, rows, keyOfRow, count)}
	}
	return all, nil
}

// counted is how many rows have the outcome, or any.
func (i *StudentImport) counted(outcome *ImportOutcome) int {
	if outcome == nil {
		return i.Done()
	}
	return map[ImportOutcome]int{
		ImportOutcomeCreated: i.Created, ImportOutcomeUpdated: i.Updated,
		ImportOutcomeUnchanged: i.Unchanged, ImportOutcomeRefused: i.Refused,
	}[*outcome]
}

// report are the rows in the window, in reading order.
func (r *Resolvers) report(ctx context.Context, i *StudentImport, outcome *ImportOutcome, w page.Window) ([]*ImportRow, error) {
	done := i.Done()
	from, to := 0, done // by number: the place in the file
	if w.After != nil {
		from = number(w.After) + 1
	}
	if w.Before != nil {
		to = min(to, number(w.Before))
	}
	if outcome == nil && w.Backward {
		from = max(from, to-w.Limit-1)
	} else if outcome == nil {
		to = min(to, from+w.Limit+1)
	}
	if from < 0 || from >= to {
		return nil, nil
	}
	var numbers []int
	for n := from / chunk; n <= (to-1)/chunk; n++ {
		numbers = append(numbers, n)
	}
	chunks, err := r.Store.Reported(ctx, i.ID, numbers)
	if err != nil {
		return nil, err
	}
	var rows []*ImportRow
	for n, c := range chunks {
		for m := range c {
			at := numbers[n]*chunk + m
			if at >= from && at < to && (outcome == nil || c[m].Outcome == *outcome) {
				rows = append(rows, newImportRow(&c[m], at))
			}
		}
	}
	if w.Backward {
		slices.Reverse(rows)
	}
	return rows[:min(len(rows), w.Limit+1)], nil
}

// ImportRow is what became of a row, as it is shown.
type ImportRow struct {
	Line      int
	Outcome   ImportOutcome
	StudentID *string
	Problems  []*ImportProblem
	student   string
	number    int // its place in the file
	batch.Peer[*ImportRow]
}

func newImportRow(r *row, number int) *ImportRow {
	shown := &ImportRow{Line: r.Line, Outcome: r.Outcome, StudentID: known(r.StudentID), student: r.Student, number: number, Problems: []*ImportProblem{}}
	for _, p := range r.Problems {
		shown.Problems = append(shown.Problems, &ImportProblem{Field: known(p.Field), Message: p.Message})
	}
	return shown
}

type rowFields struct{ *Resolvers }

// ImportRow resolves the fields of rows that take reading.
func (r *Resolvers) ImportRow() rowFields { return rowFields{r} }

func (f rowFields) Student(ctx context.Context, rows []*ImportRow) ([]*Student, error) {
	return batch.Each(ctx, rows, func(rows []*ImportRow) ([]*Student, error) {
		v, err := f.viewer(ctx)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.student
		}
		return f.students(ctx, v, ids)
	})
}

type subscription struct{ *Resolvers }

// Subscription answers the fields of Subscription.
func (r *Resolvers) Subscription() subscription { return subscription{r} }

func topic(imported string) string { return "students.import." + imported }

// tellTimeout bounds how long an import waits for a Redis that does not answer.
const tellTimeout = 2 * time.Second

// tell says that an import has got further. It is kept already: who is not told
// looks again now and then.
func (r *Resolvers) tell(ctx context.Context, imported string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	if err := r.Live.Publish(ctx, topic(imported), []byte(`{}`)); err != nil {
		r.Log.WarnContext(ctx, "an import has got further, but nobody was told", "import", imported, "error", err)
	}
}

// ImportProgress gives the import as it stands and each time it has got further.
// It listens before it looks, so that nothing falls between the two.
func (s subscription) ImportProgress(ctx context.Context, importID string) (<-chan *StudentImport, error) {
	signals, err := s.Live.Subscribe(ctx, topic(importID))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "Live updates are not available now. Try again.")
	}
	i, err := s.Query().StudentImport(ctx, importID)
	if err == nil && i == nil {
		err = fault.New(fault.NotFound, "There is no import %q.", importID)
	}
	if err != nil {
		signals.Close()
		return nil, err
	}
	imports := make(chan *StudentImport)
	go func() {
		defer close(imports)
		defer signals.Close()
		for i != nil && err == nil {
			select {
			case imports <- i:
			case <-ctx.Done():
				return
			}
			if i.State != ImportStateRunning {
				return
			}
			select {
			case _, listening := <-signals.C(): // also when the connection to Redis was lost meanwhile
				if !listening {
					return
				}
			case <-time.After(poll):
			case <-ctx.Done():
				return
			}
			i, err = s.Query().StudentImport(ctx, importID)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.Log.WarnContext(ctx, "the progress of an import cannot be read; its subscription ends", "import", importID, "error", err)
		}
	}()
	return imports, nil
}

func keyOfRow(r *ImportRow) page.Key { return page.Key{strconv.Itoa(r.number)} }
