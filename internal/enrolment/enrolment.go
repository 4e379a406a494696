// Package enrolment knows what somebody may do with the students' records, for
// the domains that keep something of a student. The domain students owns the
// answer: it is asked over the graph.
package enrolment

import (
	"context"
	"slices"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/fault"
)

// Access is what somebody may do with a student's record, in the words of the
// domain that knows (StudentAccess). Each includes those before it.
type Access string

// The kinds of access, and None for somebody for whom there is no such student.
const (
	None     Access = ""
	Read     Access = "READ"
	Write    Access = "WRITE"
	Personal Access = "PERSONAL"
)

// askedAtOnce is how many students the graph may be asked about in one question.
const askedAtOnce = 1000

// Accesses asks the graph, with the caller's own token, what the caller may do
// with each of the students. A student that is not there, or not for the
// caller, is not in the answer.
func Accesses(ctx context.Context, graph *ask.Graph, students []string) (map[string]Access, error) {
	distinct := slices.Clone(students)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	accesses := make(map[string]Access, len(distinct))
	for ids := range slices.Chunk(distinct, askedAtOnce) {
		var answer struct {
			StudentsByIDs []*struct {
				ID           string
				ViewerAccess Access
			}
		}
		err := graph.Ask(ctx, `query($ids: [ID!]!) { studentsByIds(ids: $ids) { id viewerAccess } }`, map[string]any{"ids": ids}, &answer)
		if err != nil {
			return nil, err
		}
		for _, s := range answer.StudentsByIDs {
			if s != nil {
				accesses[s.ID] = s.ViewerAccess
			}
		}
	}
	return accesses, nil
}

// Sees tells whether who has the access sees what teachers keep of the student:
// those who may change it. A service reads names, and nothing else.
func (a Access) Sees() bool { return a == Write || a == Personal }

// Require checks that the caller is a person who may see and change what is
// kept of the student, who must be there.
func Require(ctx context.Context, graph *ask.Graph, student string) (caller.Caller, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return c, err
	}
	accesses, err := Accesses(ctx, graph, []string{student})
	if err != nil {
		return c, err
	}
	return c, accesses[student].Check(student)
}

// Check says why the caller does not see what is kept of the student: nil if
// they do.
func (a Access) Check(student string) error {
	switch {
	case a == None:
		return Missing(student)
	case !a.Sees():
		return fault.New(fault.Forbidden, "Only teachers of the student's school and administrators see and change what is kept of student %q.", student)
	}
	return nil
}

// Missing says that there is no such student, or none for the caller.
func Missing(student string) error {
	return fault.New(fault.NotFound, "There is no student %q.", student)
}
