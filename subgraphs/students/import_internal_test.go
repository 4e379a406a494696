package students

import (
	"testing"

	"github.com/google/uuid"
)

// The students of a file are enrolled in the order of its rows, and a row that is
// taken up again makes the same student.
func TestStudentAt_follows_the_rows(t *testing.T) {
	t.Parallel()
	imported := uuid.Must(uuid.NewV7()).String()
	before := ""
	for line := 2; line <= rowLimit+1; line++ {
		id := studentAt(imported, line)
		if of := uuid.MustParse(id); of.Version() != 7 || of.Variant() != uuid.RFC4122 || id <= before || id != studentAt(imported, line) {
			t.Fatalf("the student of line %d is %s, after %s", line, id, before)
		}
		before = id
	}
}

// What is guarded is no formula, and comes back as it was.
func TestGuard(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"", "=1+1", "+1", "-1", "@SUM(A1)", "＝1", "－", "'", "'=1", "''=1", "'abc", "abc", "=", "O'Neil", "\tx"} {
		guarded := guard(cell)
		if back := unguard(guarded); back != cell {
			t.Errorf("%q is guarded as %q, which comes back as %q", cell, guarded, back)
		}
		for _, sign := range formula {
			if len(guarded) > 0 && []rune(guarded)[0] == sign {
				t.Errorf("%q is still a formula: %q", cell, guarded)
			}
		}
	}
}
