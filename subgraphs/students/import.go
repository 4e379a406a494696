package students

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"heddle/internal/batch"
	"heddle/internal/fault"
)

// chunk is how many rows of a file are settled at once.
const chunk = 100

// lease is how long an import is one process's, which says so anew with each
// chunk; when the process dies, another goes on after it.
const lease = 15 * time.Second

// importKept is how long an import and its report are kept.
const importKept = 30 * 24 * time.Hour

// StudentImport is a file that is being taken in, or has been.
type StudentImport struct {
	ID        string `bson:"_id"`
	SchoolID  string `bson:"schoolId"`
	Filename  string `bson:"filename"`
	DryRun    bool   `bson:"dryRun"`
	Existing  string `bson:"existing"`  // what becomes of students who are there
	TeacherID string `bson:"teacherId"` // of rows that name none
	ByID      string `bson:"startedBy"`
	ByAdmin   bool   `bson:"byAdmin"`
	Request   string `bson:"request"` // that began it
	Trace     string `bson:"trace"`

	State      ImportState `bson:"state"`
	Total      int         `bson:"total"`
	Created    int         `bson:"created"`
	Updated    int         `bson:"updated"`
	Unchanged  int         `bson:"unchanged"`
	Refused    int         `bson:"refused"`
	CreatedAt  time.Time   `bson:"createdAt"`
	FinishedAt *time.Time  `bson:"finishedAt"`
	ExpiresAt  time.Time   `bson:"expiresAt"` // when the report is erased

	Gone    []string  `bson:"gone"` // students of the school who were deleted while it ran
	Version int64     `bson:"version"`
	Leased  time.Time `bson:"leased"` // until when it is a process's own

	batch.Peer[*StudentImport] `bson:"-"`
}

// Done is how many rows are settled.
func (i *StudentImport) Done() int { return i.Created + i.Updated + i.Unchanged + i.Refused }

// StartedBy is who began it, if they still have an account.
func (i *StudentImport) StartedBy() *User { return user(i.ByID) }

// sees tells whether the viewer sees the import and its report, which may
// quote personal fields: who began it, while they teach at the school, and
// administrators.
func (v viewer) sees(i *StudentImport) bool {
	return v.admin || v.id == i.ByID && v.teaches(i.SchoolID)
}

// row is what became of a row of the file.
type row struct {
	Line      int             `bson:"line"`
	Outcome   ImportOutcome   `bson:"outcome"`
	StudentID string          `bson:"studentId"` // as the row has it
	Student   string          `bson:"student"`   // id; empty if there is none
	About     string          `bson:"about"`     // the id of the student whose number a refused row has
	Teacher   string          `bson:"teacher"`   // whom it names
	Problems  []importProblem `bson:"problems"`
}

type importProblem struct {
	Field   string `bson:"field"`
	Message string `bson:"message"`
}

// settle counts what became of the rows of a chunk.
func (i *StudentImport) settle(rows []row) {
	for _, r := range rows {
		switch r.Outcome {
		case ImportOutcomeCreated:
			i.Created++
		case ImportOutcomeUpdated:
			i.Updated++
		case ImportOutcomeUnchanged:
			i.Unchanged++
		case ImportOutcomeRefused:
			i.Refused++
		}
	}
}

// end ends the import.
func (i *StudentImport) end(state ImportState, now time.Time) {
	i.State, i.FinishedAt, i.Gone = state, &now, nil
}

// forgetStudent takes a student who is gone out of the row.
func (r *row) forgetStudent(student string) {
	if r.Student != student && r.About != student {
		return
	}
	r.Student, r.About, r.StudentID = "", "", ""
	if r.Outcome == ImportOutcomeRefused {
		r.Problems = []importProblem{{Message: "The student has been deleted."}}
	}
}

// forgetTeacher takes a teacher who is gone out of the row.
func (r *row) forgetTeacher(teacher string) {
	if r.Teacher != teacher {
		return
	}
	r.Teacher = ""
	for i := range r.Problems {
		r.Problems[i].Message = strings.ReplaceAll(r.Problems[i].Message, teacher, "")
	}
}

// refused makes of a row one that was not taken.
func (r *row) refused(err error) {
	known := problemOf(err)
	if known == nil {
		return
	}
	r.Outcome, r.Student = ImportOutcomeRefused, ""
	r.Problems = append(r.Problems, *known)
}

// problemOf is what a row's report says of an error; nil if it is none of the row.
func problemOf(err error) *importProblem {
	var wrong *fault.Error
	if !errors.As(err, &wrong) || wrong.Code == fault.Unavailable {
		return nil
	}
	name := wrong.Field
	if name == "" {
		name, _ = wrong.Extensions["field"].(string)
	}
	return &importProblem{Field: name, Message: wrong.Message}
}

// studentAt is the id of the student whom a row of an import makes: the same
// whenever the row is taken up again, so that nobody is enrolled twice. It is a
// UUIDv7 (RFC 9562, section 5.7) of the time of the import, in the order of the rows.
func studentAt(imported string, line int) string {
	of := uuid.MustParse(imported)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(of[:], uint64(line)))
	var id uuid.UUID
	copy(id[:6], of[:6])
	copy(id[6:], sum[:10])
	binary.BigEndian.PutUint16(id[6:], 0x7000|uint16(line>>6)&0x0fff)
	id[8] = 0x80 | byte(line)&0x3f
	return id.String()
}
