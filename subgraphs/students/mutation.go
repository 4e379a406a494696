package students

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/caller"
	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/mongo"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) CreateStudent(ctx context.Context, in CreateStudentInput) (*CreateStudentPayload, error) {
	v, err := m.keeper(ctx)
	if err != nil {
		return nil, err
	}
	school, err := m.schoolFor(ctx, v, in.SchoolID)
	if err != nil {
		return nil, err
	}
	fields := in.fields()
	if err := school.assign(fields, v.id); err != nil {
		return nil, err
	}
	record, err := NewRecord(m.NewID(), in.SchoolID, fields, v.id, m.Now())
	if err != nil {
		return nil, err
	}
	id, err := m.Store.Create(ctx, record, mongo.Request{Person: v.id, Operation: "createStudent", Key: in.IdempotencyKey, Input: []any{in.SchoolID, in.fields()}},
		func(r *Record) (events.Event, error) { return m.created(ctx, r) })
	if err != nil {
		return nil, err
	}
	student, err := m.Query().Student(ctx, id)
	return &CreateStudentPayload{Student: student}, err
}

func (m mutation) UpdateStudent(ctx context.Context, in UpdateStudentInput) (*UpdateStudentPayload, error) {
	v, err := m.keeper(ctx)
	if err != nil {
		return nil, err
	}
	fields := in.fields()
	record, err := m.change(ctx, in.ID, v.id, func(r *Record) (Fields, error) {
		if err := v.mayChange(r, fields); err != nil {
			return nil, err
		}
		return fields, m.checkTeacher(ctx, v, r, fields)
	})
	if err != nil {
		return nil, err
	}
	return &UpdateStudentPayload{Student: v.seeing([]*Record{record})[0]}, nil
}

// checkTeacher checks that a new teacher is one of the school.
func (m mutation) checkTeacher(ctx context.Context, v viewer, r *Record, given Fields) error {
	if to := given["teacherId"]; to == "" || to == r.TeacherID {
		return nil
	}
	school, err := m.schoolFor(ctx, v, r.SchoolID)
	if err != nil {
		return err
	}
	return school.assign(given, v.id)
}

func (m mutation) CreateSchool(ctx context.Context, in CreateSchoolInput) (*CreateSchoolPayload, error) {
	c, err := admin(ctx)
	if err != nil {
		return nil, err
	}
	school, err := NewSchool(m.NewID(), in.Name, m.Now())
	if err != nil {
		return nil, err
	}
	id, err := m.Store.CreateSchool(ctx, school, mongo.Request{Person: c.ID, Operation: "createSchool", Key: in.IdempotencyKey, Input: in.Name})
	if err != nil {
		return nil, err
	}
	school, err = m.Query().School(ctx, id)
	return &CreateSchoolPayload{School: school}, err
}

func (m mutation) UpdateSchool(ctx context.Context, in UpdateSchoolInput) (*UpdateSchoolPayload, error) {
	school, err := m.changeSchool(ctx, in.SchoolID, func(s *School) (*events.Event, error) { return nil, s.Rename(in.Name) })
	return &UpdateSchoolPayload{School: school}, err
}

func (m mutation) AddTeacher(ctx context.Context, in AddTeacherInput) (*AddTeacherPayload, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	if err := m.requireTeacher(ctx, in.UserID); err != nil {
		return nil, err
	}
	school, err := m.changeSchool(ctx, in.SchoolID, func(s *School) (*events.Event, error) {
		s.Add(in.UserID)
		return nil, nil
	})
	return &AddTeacherPayload{School: school}, err
}

func (m mutation) RemoveTeacher(ctx context.Context, in RemoveTeacherInput) (*RemoveTeacherPayload, error) {
	school, err := m.changeSchool(ctx, in.SchoolID, func(s *School) (*events.Event, error) {
		if err := s.Remove(in.UserID); err != nil {
			return nil, err
		}
		e, err := teacherRemoved.New(ctx, m.NewID(), m.Now(), s.ID, TeacherRemoved{SchoolID: s.ID, UserID: in.UserID})
		return &e, err
	})
	if err != nil {
		return nil, err
	}
	return &RemoveTeacherPayload{School: school}, m.unassign(ctx, in.SchoolID, in.UserID, caller.ID(ctx))
}

func (m mutation) DeleteStudent(ctx context.Context, in DeleteStudentInput) (*DeleteStudentPayload, error) {
	v, err := m.keeper(ctx)
	if err != nil {
		return nil, err
	}
	err = m.Store.Delete(ctx, in.ID, func(r *Record) (events.Event, error) {
		if v.access(r) == "" {
			return events.Event{}, missingStudent(in.ID)
		}
		// Before the record is gone, so that an import that goes on does not enrol them anew.
		if err := m.Store.ForgetRows(ctx, r.SchoolID, in.ID); err != nil {
			return events.Event{}, err
		}
		return studentDeleted.New(ctx, m.NewID(), m.Now(), r.ID, StudentDeleted{StudentID: r.ID, SchoolID: r.SchoolID})
	})
	return &DeleteStudentPayload{DeletedStudentID: in.ID}, err
}

// requireTeacher asks the graph whether there is such a person with the role.
func (m mutation) requireTeacher(ctx context.Context, id string) error {
	var found struct {
		User *struct {
			ID    string
			Roles []string
		}
	}
	err := m.Graph.Ask(ctx, `query($id: ID!) { user(id: $id) { id roles } }`, map[string]any{"id": id}, &found)
	if err != nil {
		return err
	}
	if found.User == nil {
		return fault.New(fault.NotFound, "There is no user %q.", id).With("field", "userId")
	}
	for _, role := range found.User.Roles {
		if role == caller.Teacher {
			return nil
		}
	}
	return fault.New(fault.Conflict, "User %q does not have the role TEACHER. Grant it first.", id).With("field", "userId")
}

// changeSchool applies a rule to a school on behalf of an administrator.
func (m mutation) changeSchool(ctx context.Context, id string, rule func(*School) (*events.Event, error)) (*School, error) {
	c, err := admin(ctx)
	if err != nil {
		return nil, err
	}
	school, err := m.Store.ChangeSchool(ctx, id, rule)
	if err != nil {
		return nil, err
	}
	school.viewer = viewer{id: c.ID, admin: true}
	return school, nil
}

func admin(ctx context.Context) (caller.Caller, error) {
	c, err := caller.RequirePerson(ctx)
	if err == nil {
		_, err = caller.RequireRole(ctx, caller.Admin)
	}
	return c, err
}

// schoolFor reads a school at which the viewer changes students.
func (m mutation) schoolFor(ctx context.Context, v viewer, id string) (*School, error) {
	if !v.teaches(id) {
		return nil, missingSchool(id)
	}
	schools, err := m.Store.Schools(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if schools[0] == nil {
		return nil, missingSchool(id)
	}
	return schools[0], nil
}

// fields are the values that the input gives.
func (in CreateStudentInput) fields() Fields {
	given := Fields{"fullName": in.FullName, "studentId": in.StudentID}
	put(given, "teacherId", in.TeacherID)
	put(given, "gender", in.Gender)
	put(given, "gradeLevel", in.GradeLevel)
	put(given, "nativeLanguage", in.NativeLanguage)
	put(given, "race", in.Race)
	put(given, "dateOfBirth", in.DateOfBirth)
	put(given, "cityOfBirth", in.CityOfBirth)
	put(given, "countryOfBirth", in.CountryOfBirth)
	put(given, "photoId", in.PhotoID)
	return given
}

func put[T ~string](fields Fields, name string, value *T) {
	if value != nil {
		fields[name] = string(*value)
	}
}

// UpdateStudentInput is what is to change: a field that is not given stays as it
// is, null empties it.
type UpdateStudentInput struct {
	ID             string
	FullName       graphql.Omittable[*string]
	StudentID      graphql.Omittable[*string]
	TeacherID      graphql.Omittable[*string]
	Gender         graphql.Omittable[*Gender]
	GradeLevel     graphql.Omittable[*GradeLevel]
	NativeLanguage graphql.Omittable[*string]
	Race           graphql.Omittable[*Race]
	DateOfBirth    graphql.Omittable[*string]
	CityOfBirth    graphql.Omittable[*string]
	CountryOfBirth graphql.Omittable[*string]
	PhotoID        graphql.Omittable[*string]
}

func (in UpdateStudentInput) fields() Fields {
	given := Fields{}
	change(given, "fullName", in.FullName)
	change(given, "studentId", in.StudentID)
	change(given, "teacherId", in.TeacherID)
	change(given, "gender", in.Gender)
	change(given, "gradeLevel", in.GradeLevel)
	change(given, "nativeLanguage", in.NativeLanguage)
	change(given, "race", in.Race)
	change(given, "dateOfBirth", in.DateOfBirth)
	change(given, "cityOfBirth", in.CityOfBirth)
	change(given, "countryOfBirth", in.CountryOfBirth)
	change(given, "photoId", in.PhotoID)
	return given
}

func change[T ~string](fields Fields, name string, value graphql.Omittable[*T]) {
	if to, given := value.ValueOK(); given && to != nil {
		fields[name] = string(*to)
	} else if given {
		fields[name] = ""
	}
}
