package assessments

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"heddle/internal/batch"
	"heddle/internal/enrolment"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Assessment(ctx context.Context, id string) (*Assessment, error) {
	found, err := q.readable(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// readable reads assessments by their ids: nil for those that the caller may
// not see, as for those that are not there.
func (r *Resolvers) readable(ctx context.Context, ids []string) ([]*Assessment, error) {
	return enrolment.Readable(ctx, r.Graph, ids, r.Store.Assessments)
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyAssessmentByIDs(ctx context.Context, keys []*AssessmentByIDsInput) ([]*Assessment, error) {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return e.readable(ctx, ids)
}

// FindManyStudentByIDs asks the graph what the caller may do with the students.
func (e entity) FindManyStudentByIDs(ctx context.Context, keys []*StudentByIDsInput) ([]*Student, error) {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return enrolment.View(ctx, e.Graph, ids)
}

type studentFields struct{ *Resolvers }

// Student resolves what the domain adds to students.
func (r *Resolvers) Student() studentFields { return studentFields{r} }

func (f studentFields) Assessments(ctx context.Context, students []*Student, first *int, after *string, last *int, before *string) ([]*AssessmentConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(day, page.ID)
	if err != nil {
		return nil, err
	}
	return enrolment.Each(ctx, students, f.Store.OfStudents, func(s *Student, all []*Assessment) *AssessmentConnection {
		for _, a := range all {
			a.SeenWith(s)
		}
		return &AssessmentConnection{page.Slice[AssessmentEdge](w, all, keyOfAssessment, descending)}
	})
}

func (f studentFields) LatestAssessment(ctx context.Context, students []*Student) ([]*Assessment, error) {
	return enrolment.Each(ctx, students, f.Store.OfStudents, func(s *Student, all []*Assessment) *Assessment {
		if len(all) == 0 {
			return nil
		}
		all[0].SeenWith(s)
		return all[0]
	})
}

func (f studentFields) Proficiency(ctx context.Context, students []*Student) ([]*Proficiency, error) {
	return enrolment.Each(ctx, students, f.Store.Proficiencies, func(s *Student, p *Proficiency) *Proficiency {
		if p != nil {
			p.student = s
		}
		return p
	})
}

type assessmentFields struct{ *Resolvers }

// Assessment resolves the fields of assessments that take arguments.
func (r *Resolvers) Assessment() assessmentFields { return assessmentFields{r} }

func (f assessmentFields) History(_ context.Context, assessments []*Assessment, first *int, after *string, last *int, before *string) ([]*AssessmentChangeConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Number)
	if err != nil {
		return nil, err
	}
	pages := make([]*AssessmentChangeConnection, len(assessments))
	for i, a := range assessments {
		pages[i] = &AssessmentChangeConnection{page.Slice[AssessmentChangeEdge](w, a.newest(), keyOfChange, falling)}
	}
	return pages, nil
}

type proficiencyFields struct{ *Resolvers }

// Proficiency resolves the fields of proficiency that take arguments.
func (r *Resolvers) Proficiency() proficiencyFields { return proficiencyFields{r} }

func (f proficiencyFields) History(_ context.Context, of []*Proficiency, first *int, after *string, last *int, before *string) ([]*ProficiencyRecordConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(day, page.ID)
	if err != nil {
		return nil, err
	}
	pages := make([]*ProficiencyRecordConnection, len(of))
	for i, p := range of {
		pages[i] = &ProficiencyRecordConnection{page.Slice[ProficiencyRecordEdge](w, p.newest(), keyOfRecord, descending)}
	}
	return pages, nil
}

type recordFields struct{ *Resolvers }

// ProficiencyRecord resolves the fields of records that take reading.
func (r *Resolvers) ProficiencyRecord() recordFields { return recordFields{r} }

func (f recordFields) Assessment(ctx context.Context, records []*ProficiencyRecord) ([]*Assessment, error) {
	return batch.Each(ctx, records, func(records []*ProficiencyRecord) ([]*Assessment, error) {
		ids := make([]string, len(records))
		for i, r := range records {
			ids[i] = r.AssessmentID
		}
		found, err := f.Store.Assessments(ctx, ids)
		if err != nil {
			return nil, err
		}
		errs := make(batch.Errors, len(records))
		for i, a := range found {
			if a == nil {
				errs[i] = missing(ids[i]) // it was deleted a moment ago
				continue
			}
			a.SeenWith(records[i].student)
		}
		return found, errs.Any()
	})
}

// descending compares keys whose texts fall.
func descending(a, b page.Key) int { return -slices.Compare(a, b) }

// falling compares keys that are one number each, and fall.
func falling(a, b page.Key) int {
	m, _ := strconv.Atoi(a[0]) // keys were checked when they came in
	n, _ := strconv.Atoi(b[0])
	return cmp.Compare(n, m)
}
