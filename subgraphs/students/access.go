package students

import (
	"context"
	"slices"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

// viewer is who asks, as far as it decides what they may see.
type viewer struct {
	id      string
	admin   bool
	service bool
	schools []string // where they teach, in order; of a person with the role TEACHER alone
}

// viewer reads who asks. Everybody has to be somebody.
func (r *Resolvers) viewer(ctx context.Context) (viewer, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return viewer{}, err
	}
	v := viewer{id: c.Person(), admin: c.HasRole(caller.Admin), service: c.HasScope(caller.ServiceScope)}
	if v.id != "" && !v.admin && c.HasRole(caller.Teacher) {
		v.schools, err = r.Store.SchoolsOf(ctx, v.id)
	}
	return v, err
}

// keeper reads who asks, who must be somebody to whom lists and changes are open.
func (r *Resolvers) keeper(ctx context.Context) (viewer, error) {
	c, err := caller.Require(ctx)
	if err != nil {
		return viewer{}, err
	}
	if !c.HasRole(caller.Admin) && !c.HasRole(caller.Teacher) || c.Person() == "" {
		return viewer{}, fault.New(fault.Forbidden, "Records of students are for teachers and administrators.")
	}
	return r.viewer(ctx)
}

// teaches tells whether the viewer is a teacher of the school, or is as one.
func (v viewer) teaches(school string) bool { return v.admin || slices.Contains(v.schools, school) }

// access is what the viewer may do with a record; nothing if empty.
func (v viewer) access(r *Record) StudentAccess {
	switch {
	case v.admin, slices.Contains(v.schools, r.SchoolID) && r.TeacherID == v.id:
		return StudentAccessPersonal
	case slices.Contains(v.schools, r.SchoolID):
		return StudentAccessWrite
	case v.service:
		return StudentAccessRead
	}
	return ""
}

// mayChange checks that the viewer may change these fields of the record.
func (v viewer) mayChange(r *Record, given Fields) error {
	access := v.access(r)
	if access == "" {
		return missingStudent(r.ID)
	}
	if access == StudentAccessPersonal {
		return nil
	}
	for _, f := range fields {
		if _, there := given[f.name]; there && (f.personal || f.name == "teacherId") {
			return fault.New(fault.Forbidden, "Only the student's teacher and administrators change %s.", f.name).With("field", f.name)
		}
	}
	return nil
}

// seeing makes students of records, as the viewer sees them; nil where they may not.
func (v viewer) seeing(records []*Record) []*Student {
	seen := make([]*Student, len(records))
	for i, r := range records {
		if r == nil {
			continue
		}
		if access := v.access(r); access != "" {
			seen[i] = &Student{Record: *r, viewer: access}
		}
	}
	return seen
}

// missingStudent says that there is no such student, or none for the viewer:
// one cannot tell which.
func missingStudent(id string) error { return fault.New(fault.NotFound, "There is no student %q.", id) }

func missingSchool(id string) error {
	return fault.New(fault.NotFound, "There is no school %q.", id).With("field", "schoolId")
}
