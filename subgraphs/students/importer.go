package students

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"heddle/internal/caller"
	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/trace"
)

// poll is how often a process looks for imports that another one has let go.
const poll = 5 * time.Second

// importing takes imports further until ctx ends: those that this process has
// accepted at once, those of one that has died when their lease is over.
func (r *Resolvers) importing(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := errors.Join(r.importAll(ctx), r.Store.ExpireImports(ctx, r.Now())); err != nil && ctx.Err() == nil {
			r.Log.Warn("imports of students do not go on now; trying again", "error", err)
		}
		waiting, cancel := context.WithTimeout(ctx, poll)
		select {
		case <-waiting.Done():
		case <-r.accepted:
		}
		cancel()
	}
	return nil
}

// look has this process look for imports now.
func (r *Resolvers) look() {
	select {
	case r.accepted <- struct{}{}:
	default: // it is about to
	}
}

func (r *Resolvers) importAll(ctx context.Context) error {
	running, err := r.Store.Running(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, i := range running {
		if i.Leased.After(r.Now()) {
			continue
		}
		if err := r.importOne(ctx, i); err != nil { // it does not keep the others
			errs = append(errs, fmt.Errorf("import %s: %w", i.ID, err))
		}
	}
	return errors.Join(errs...)
}

// importOne settles the rows of an import, chunk by chunk, as long as it is ours.
func (r *Resolvers) importOne(ctx context.Context, i *StudentImport) error {
	if mine, err := r.keep(ctx, i); err != nil || !mine {
		return err
	}
	file, err := r.Store.ImportFile(ctx, i.ID)
	if err != nil {
		return err
	}
	rows, err := readSheet(file)
	if err != nil {
		return err // it was read before it was accepted
	}
	repeated := repetitions(rows)
	ctx = trace.WithRequestID(caller.With(ctx, caller.Caller{ID: i.ByID}), i.Request)
	if i.Trace != "" {
		ctx = trace.WithParent(ctx, i.Trace)
	}
	for i.State == ImportStateRunning {
		begin := i.Done()
		part := rows[begin:min(begin+chunk, len(rows))]
		settled, err := r.settle(ctx, i, part, repeated)
		switch {
		case fault.Is(err, fault.Forbidden), fault.Is(err, fault.NotFound):
			i.end(ImportStateEnded, r.Now())
		case err != nil:
			return err
		default:
			if err := r.Store.Report(ctx, i.ID, begin/chunk, settled); err != nil {
				return err
			}
			i.settle(settled)
			if i.Done() == len(rows) {
				i.end(ImportStateDone, r.Now())
			}
		}
		if mine, err := r.keep(ctx, i); err != nil || !mine {
			return err
		}
	}
	return r.Store.DropImportFile(ctx, i.ID)
}

// keep keeps what has become of the import, and has it be ours for longer.
func (r *Resolvers) keep(ctx context.Context, i *StudentImport) (mine bool, err error) {
	i.Leased = r.Now().Add(lease)
	if i.State != ImportStateRunning {
		i.Leased = time.Time{}
	}
	mine, err = r.Store.SaveImport(ctx, i)
	switch {
	case err == nil && mine:
		r.tell(ctx, i.ID)
	case err == nil:
		err = r.Store.LetGo(ctx, i.ID)
		r.look()
	}
	return mine, err
}

// repetitions are the lines of rows whose number an earlier row of the file has,
// with the line of that.
func repetitions(rows []sheetRow) map[int]int {
	first, repeated := map[string]int{}, map[int]int{}
	for _, r := range rows {
		number, err := fieldNamed("studentId").check(r.Given["studentId"])
		if err != nil {
			continue
		}
		if line, there := first[number]; there {
			repeated[r.Line] = line
		} else {
			first[number] = r.Line
		}
	}
	return repeated
}

// settle settles a chunk of rows: makes the students who are not there, and
// changes those who are if that is wanted. It may be done again.
func (r *Resolvers) settle(ctx context.Context, i *StudentImport, part []sheetRow, repeated map[int]int) ([]row, error) {
	school, v, err := r.importedTo(ctx, i)
	if err != nil {
		return nil, err
	}
	settled := make([]row, len(part))
	var numbers []string
	for n, in := range part {
		settled[n] = row{Line: in.Line, StudentID: in.Given["studentId"], Teacher: in.Given["teacherId"], Problems: []importProblem{}}
		if in.Problem != "" {
			settled[n].Outcome = ImportOutcomeRefused
			settled[n].Problems = append(settled[n].Problems, importProblem{Message: in.Problem})
		} else if line, again := repeated[in.Line]; again {
			settled[n].refused(fault.Field("studentId", "The row in line %d has this studentId already.", line))
		} else if slices.Contains(i.Gone, studentAt(i.ID, in.Line)) {
			settled[n].StudentID = ""
			settled[n].refused(fault.New(fault.NotFound, "The student has been deleted."))
		}
		if kept := keptNumber(in); kept != "" {
			numbers = append(numbers, kept)
		}
	}
	there, err := r.Store.Numbered(ctx, i.SchoolID, numbers)
	if err != nil {
		return nil, err
	}
	return settled, r.settleRows(ctx, importing{StudentImport: i, school: school, viewer: v, there: there}, part, settled)
}

// importing is what rows are settled by.
type importing struct {
	*StudentImport
	school *School
	viewer viewer
	there  map[string]*Record // by number
}

func (r *Resolvers) settleRows(ctx context.Context, i importing, part []sheetRow, settled []row) error {
	var fresh []*Record
	var places []int
	for n, in := range part {
		if settled[n].Outcome != "" {
			continue
		}
		record, problems := i.enrolled(in, r.Now())
		if was := i.there[keptNumber(in)]; was != nil {
			settled[n].About = was.ID
		}
		if len(problems) > 0 {
			settled[n].Outcome, settled[n].Problems = ImportOutcomeRefused, problems
			continue
		}
		switch was := i.there[record.StudentID]; {
		case was != nil && was.ID == record.ID:
			settled[n].Outcome, settled[n].Student = ImportOutcomeCreated, record.ID
		case was != nil:
			if err := r.renew(ctx, i, was, in, &settled[n]); err != nil {
				return err
			}
		default:
			settled[n].Outcome, settled[n].Student = ImportOutcomeCreated, record.ID
			fresh, places = append(fresh, record), append(places, n)
		}
	}
	if i.DryRun {
		for n := range settled {
			settled[n].Student = ""
		}
		return nil
	}
	each, err := r.Store.Enrol(ctx, fresh, func(s *Record) (events.Event, error) { return r.created(ctx, s) })
	if err != nil {
		return err
	}
	return r.outrun(ctx, i, each, func(n int) (*row, sheetRow) { return &settled[places[n]], part[places[n]] })
}

// outrun settles rows whose numbers somebody else has taken while the chunk was
// settled: as if those had been there before.
func (r *Resolvers) outrun(ctx context.Context, i importing, each []error, at func(int) (*row, sheetRow)) error {
	var numbers []string
	for n, err := range each {
		if err != nil {
			_, in := at(n)
			numbers = append(numbers, keptNumber(in))
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	there, err := r.Store.Numbered(ctx, i.SchoolID, numbers)
	if err != nil {
		return err
	}
	for n, taken := range each {
		if taken == nil {
			continue
		}
		settled, in := at(n)
		was := there[keptNumber(in)]
		if was == nil { // and is gone again
			settled.refused(taken)
			continue
		}
		settled.About = was.ID
		if err := r.renew(ctx, i, was, in, settled); err != nil {
			return err
		}
	}
	return nil
}

// keptNumber is the row's studentId as it is kept; empty if it has none.
func keptNumber(in sheetRow) string {
	kept, _ := fieldNamed("studentId").check(in.Given["studentId"])
	return kept
}

// importedTo reads the school of an import, at which who began it must still be
// allowed to change students.
func (r *Resolvers) importedTo(ctx context.Context, i *StudentImport) (*School, viewer, error) {
	v := viewer{id: i.ByID, admin: i.ByAdmin}
	if !v.admin && v.id != "" {
		var err error
		if v.schools, err = r.Store.SchoolsOf(ctx, v.id); err != nil {
			return nil, v, err
		}
	}
	if v.id == "" || !v.teaches(i.SchoolID) {
		return nil, v, missingSchool(i.SchoolID)
	}
	schools, err := r.Store.Schools(ctx, []string{i.SchoolID})
	if err == nil && schools[0] == nil {
		err = missingSchool(i.SchoolID)
	}
	return schools[0], v, err
}

// enrolled is the record that a row makes, or all that is wrong with the row.
func (i importing) enrolled(in sheetRow, now time.Time) (*Record, []importProblem) {
	given := in.fields(i.TeacherID)
	problems := []importProblem{}
	for _, f := range fields {
		value, there := given[f.name]
		if !there && !f.needed {
			continue
		}
		if _, err := f.check(value); err != nil {
			problems = append(problems, *problemOf(err))
		}
	}
	if err := i.school.assign(given, i.ByID); err != nil {
		problems = append(problems, *problemOf(err))
	}
	record, err := NewRecord(studentAt(i.ID, in.Line), i.SchoolID, given, i.ByID, now)
	if err != nil && len(problems) == 0 {
		problems = append(problems, *problemOf(err))
	}
	return record, problems
}

// fields are the values of the row, and of the teacher if it names none.
func (in sheetRow) fields(teacher string) Fields {
	given := Fields{}
	for name, value := range in.Given {
		given[name] = value
	}
	if _, named := given["teacherId"]; !named && teacher != "" {
		given["teacherId"] = teacher
	}
	return given
}

// renew changes a student who is there to what the row says, if that is wanted.
func (r *Resolvers) renew(ctx context.Context, i importing, was *Record, in sheetRow, settled *row) error {
	if i.Existing != string(ImportExistingUpdate) {
		settled.refused(numberTaken(was.StudentID))
		return nil
	}
	mark := chunkID(i.ID, in.Line)
	settled.Outcome, settled.Student = ImportOutcomeUnchanged, was.ID
	change := func(s *Record) (*events.Event, error) {
		settled.Outcome = ImportOutcomeUnchanged
		if slices.ContainsFunc(s.Changes, func(c Change) bool { return c.Import == mark }) {
			settled.Outcome = ImportOutcomeUpdated // by an earlier try
			return nil, nil
		}
		given := in.fields("")
		if given["teacherId"] == s.TeacherID {
			delete(given, "teacherId")
		}
		if err := i.viewer.mayChange(s, given); err != nil {
			return nil, err
		}
		now := r.Now()
		changed, err := s.Edit(given, i.ByID, now)
		if err != nil || len(changed) == 0 {
			return nil, err
		}
		s.Changes[len(s.Changes)-1].Import = mark
		settled.Outcome = ImportOutcomeUpdated
		e, err := r.updated(ctx, s, changed, now)
		return &e, err
	}
	var err error
	if i.DryRun {
		_, err = change(was)
	} else {
		_, err = r.Store.Change(ctx, was.ID, change)
	}
	if problemOf(err) != nil {
		settled.refused(err)
		return nil
	}
	return err
}
