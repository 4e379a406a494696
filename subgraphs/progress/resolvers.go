package progress

import (
	"context"

	"heddle/internal/batch"
	"heddle/internal/enrolment"
	"heddle/internal/fault"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Milestone(ctx context.Context, id string) (*Milestone, error) {
	found, err := q.readable(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// readable reads milestones by their ids: nil for those that the caller may not
// see, as for those that are not there.
func (r *Resolvers) readable(ctx context.Context, ids []string) ([]*Milestone, error) {
	return enrolment.Readable(ctx, r.Graph, ids, r.Store.Milestones)
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

func (e entity) FindManyMilestoneByIDs(ctx context.Context, keys []*MilestoneByIDsInput) ([]*Milestone, error) {
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

func (f studentFields) Progress(ctx context.Context, students []*Student, filter *ProgressFilter, first *int, after *string, last *int, before *string) ([]*ProgressEntryConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(day, page.ID)
	if err != nil {
		return nil, err
	}
	if filter == nil {
		filter = &ProgressFilter{}
	}
	if filter.From != nil && filter.To != nil && *filter.To < *filter.From {
		return nil, fault.Field("filter.to", "The last day, %s, is before the first, %s.", *filter.To, *filter.From)
	}
	return f.timelines(ctx, students, *filter, w)
}

// timelines reads a page of each student's timeline. The lists are counted
// together, by whichever is asked for its length first.
func (r *Resolvers) timelines(ctx context.Context, students []*Student, filter ProgressFilter, w page.Window) ([]*ProgressEntryConnection, error) {
	var counted func(string) func(context.Context) (int, error)
	read := func(ctx context.Context, ids []string) (map[string][]*ProgressEntry, error) {
		counted = batch.Count(func(ctx context.Context) (map[string]int, error) { return r.Store.CountEntries(ctx, ids, filter) })
		return r.Store.Entries(ctx, ids, filter, w)
	}
	return enrolment.Each(ctx, students, read, func(s *Student, entries []*ProgressEntry) *ProgressEntryConnection {
		for _, e := range entries {
			if e.Milestone != nil {
				e.Milestone.SeenWith(s)
			}
		}
		return &ProgressEntryConnection{page.Of[ProgressEntryEdge](w, entries, keyOfEntry, counted(s.ID))}
	})
}

func (f studentFields) Milestones(ctx context.Context, students []*Student, first *int, after *string, last *int, before *string) ([]*MilestoneConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(day, page.ID)
	if err != nil {
		return nil, err
	}
	var counted func(string) func(context.Context) (int, error)
	read := func(ctx context.Context, ids []string) (map[string][]*Milestone, error) {
		counted = batch.Count(func(ctx context.Context) (map[string]int, error) { return f.Store.CountMilestones(ctx, ids) })
		return f.Store.OfStudents(ctx, ids, w)
	}
	return enrolment.Each(ctx, students, read, func(s *Student, milestones []*Milestone) *MilestoneConnection {
		for _, m := range milestones {
			m.SeenWith(s)
		}
		return &MilestoneConnection{page.Of[MilestoneEdge](w, milestones, keyOfMilestone, counted(s.ID))}
	})
}
