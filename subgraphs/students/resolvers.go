package students

import (
	"context"
	"slices"

	"heddle/internal/batch"
	"heddle/internal/fault"
	"heddle/internal/page"
)

// askedAtOnce is how many students may be asked for by their ids.
const askedAtOnce = 1000

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Student(ctx context.Context, id string) (*Student, error) {
	students, err := q.StudentsByIds(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return students[0], nil
}

func (q query) StudentsByIds(ctx context.Context, ids []string) ([]*Student, error) {
	if len(ids) > askedAtOnce {
		return nil, fault.Field("ids", "Ask for at most %d students at once; these were %d.", askedAtOnce, len(ids))
	}
	v, err := q.viewer(ctx)
	if err != nil {
		return nil, err
	}
	return q.students(ctx, v, ids)
}

// students reads students as the viewer sees them. Who may see none is not told
// whether there are any.
func (r *Resolvers) students(ctx context.Context, v viewer, ids []string) ([]*Student, error) {
	if !v.admin && !v.service && len(v.schools) == 0 {
		return make([]*Student, len(ids)), nil
	}
	records, err := r.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	return v.seeing(records), nil
}

func (q query) Students(ctx context.Context, filter *StudentFilter, orderBy *StudentOrder, first *int, after *string, last *int, before *string) (*StudentConnection, error) {
	v, err := q.keeper(ctx)
	if err != nil {
		return nil, err
	}
	return q.list(ctx, v, filter, orderBy, "filter.schoolId", page.Args{First: first, After: after, Last: last, Before: before})
}

func (q query) SearchStudents(ctx context.Context, name string, schoolID *string, first *int, after *string, last *int, before *string) (*StudentConnection, error) {
	v, err := q.keeper(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := searched("name", name); err != nil {
		return nil, err
	}
	filter := &StudentFilter{Text: &name, SchoolID: schoolID}
	return q.list(ctx, v, filter, &StudentOrder{Field: StudentOrderFieldName, Direction: OrderDirectionAscending}, "schoolId", page.Args{First: first, After: after, Last: last, Before: before})
}

// list reads a page of the students that the viewer sees; of names the input in
// which a school is given.
func (r *Resolvers) list(ctx context.Context, v viewer, filter *StudentFilter, orderBy *StudentOrder, of string, args page.Args) (*StudentConnection, error) {
	o := ordered(orderBy)
	w, err := args.Window(o.kinds()...)
	if err != nil {
		return nil, err
	}
	selection, err := v.selection(filter, orderBy)
	if err != nil {
		return nil, err
	}
	if err := r.bounded(ctx, selection, o, of); err != nil {
		return nil, err
	}
	records, err := r.Store.List(ctx, selection, o, w)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) (int, error) { return r.Store.Count(ctx, selection) }
	return &StudentConnection{page.Of[StudentEdge](w, v.seeing(records), o.key, count)}, nil
}

func (q query) School(ctx context.Context, id string) (*School, error) {
	schools, err := q.schools(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return schools[0], nil
}

// schools reads schools that the caller may see.
func (r *Resolvers) schools(ctx context.Context, ids []string) ([]*School, error) {
	v, err := r.viewer(ctx)
	if err != nil {
		return nil, err
	}
	schools, err := r.Store.Schools(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, s := range schools {
		if s == nil || !v.teaches(s.ID) && !v.service {
			schools[i] = nil
			continue
		}
		s.viewer = v
	}
	return schools, nil
}

func (q query) Schools(ctx context.Context, filter *SchoolFilter, first *int, after *string, last *int, before *string) (*SchoolConnection, error) {
	v, err := q.keeper(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Text, page.ID)
	if err != nil {
		return nil, err
	}
	var words, ids []string
	if filter != nil && filter.Name != nil {
		if words, err = searched("filter.name", *filter.Name); err != nil {
			return nil, err
		}
	}
	if !v.admin {
		ids = append([]string{}, v.schools...)
	}
	schools, err := q.Store.ListSchools(ctx, ids, words, w)
	if err != nil {
		return nil, err
	}
	for _, s := range schools {
		s.viewer = v
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountSchools(ctx, ids, words) }
	return &SchoolConnection{page.Of[SchoolEdge](w, schools, keyOfSchool, count)}, nil
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyStudentByIDs(ctx context.Context, keys []*StudentByIDsInput) ([]*Student, error) {
	v, err := e.viewer(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return e.students(ctx, v, ids)
}

func (e entity) FindManySchoolByIDs(ctx context.Context, keys []*SchoolByIDsInput) ([]*School, error) {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return e.schools(ctx, ids)
}

type studentFields struct{ *Resolvers }

// Student resolves the fields of students that take reading.
func (r *Resolvers) Student() studentFields { return studentFields{r} }

// School reads each school once. Who sees a student may see their school.
func (f studentFields) School(ctx context.Context, students []*Student) ([]*School, error) {
	return batch.Each(ctx, students, func(students []*Student) ([]*School, error) {
		ids := make([]string, len(students))
		for i, s := range students {
			ids[i] = s.SchoolID
		}
		distinct := slices.Compact(slices.Sorted(slices.Values(ids)))
		schools, err := f.schools(ctx, distinct)
		if err != nil {
			return nil, err
		}
		all := make([]*School, len(ids))
		for i, id := range ids {
			at, _ := slices.BinarySearch(distinct, id)
			all[i] = schools[at]
		}
		return all, nil
	})
}

// History is in the record, so that it takes no reading.
func (f studentFields) History(_ context.Context, students []*Student, first *int, after *string, last *int, before *string) ([]*StudentChangeConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Number)
	if err != nil {
		return nil, err
	}
	all := make([]*StudentChangeConnection, len(students))
	for i, s := range students {
		if s == nil {
			continue
		}
		changes := s.changes()
		count := func(context.Context) (int, error) { return len(changes), nil }
		all[i] = &StudentChangeConnection{page.Of[StudentChangeEdge](w, within(w, changes), keyOfChange, count)}
	}
	return all, nil
}

type schoolFields struct{ *Resolvers }

// School resolves the fields of schools that take reading.
func (r *Resolvers) School() schoolFields { return schoolFields{r} }

func (f schoolFields) Students(ctx context.Context, schools []*School, filter *StudentFilter, orderBy *StudentOrder, first *int, after *string, last *int, before *string) ([]*StudentConnection, error) {
	v, err := f.keeper(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*StudentConnection, len(schools))
	for i, s := range schools {
		if s == nil {
			continue
		}
		within := StudentFilter{}
		if filter != nil {
			within = *filter
		}
		if within.SchoolID != nil && *within.SchoolID != s.ID {
			return nil, fault.Field("filter.schoolId", "The students of a school are of that school; leave schoolId out.")
		}
		within.SchoolID = &s.ID
		if all[i], err = f.list(ctx, v, &within, orderBy, "filter.schoolId", page.Args{First: first, After: after, Last: last, Before: before}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
