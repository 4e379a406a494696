package progress

import (
	"context"

	"heddle/internal/enrolment"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) AddMilestone(ctx context.Context, in AddMilestoneInput) (*AddMilestonePayload, error) {
	c, err := enrolment.Require(ctx, m.Graph, in.StudentID)
	if err != nil {
		return nil, err
	}
	added, err := NewMilestone(m.NewID(), in, c.ID, m.Now())
	if err != nil {
		return nil, err
	}
	id, err := m.Store.Add(ctx, added, m.NewID(), in.IdempotencyKey, in)
	if err != nil {
		return nil, err
	}
	added, err = m.changeable(ctx, id)
	return &AddMilestonePayload{Milestone: added}, err
}

func (m mutation) UpdateMilestone(ctx context.Context, in UpdateMilestoneInput) (*UpdateMilestonePayload, error) {
	if _, err := m.changeable(ctx, in.MilestoneID); err != nil {
		return nil, err
	}
	if err := m.Store.Change(ctx, in.MilestoneID, func(changed *Milestone) error { return changed.Edit(in, m.Now()) }); err != nil {
		return nil, err
	}
	changed, err := m.changeable(ctx, in.MilestoneID)
	return &UpdateMilestonePayload{Milestone: changed}, err
}

func (m mutation) RemoveMilestone(ctx context.Context, in RemoveMilestoneInput) (*RemoveMilestonePayload, error) {
	removed, err := m.changeable(ctx, in.MilestoneID)
	if err != nil {
		return nil, err
	}
	if err := m.Store.Remove(ctx, removed.ID); err != nil {
		return nil, err
	}
	return &RemoveMilestonePayload{RemovedMilestoneID: removed.ID, Student: removed.Student()}, nil
}

// changeable reads a milestone that the caller may change.
func (m mutation) changeable(ctx context.Context, id string) (*Milestone, error) {
	return enrolment.Changeable(ctx, m.Graph, id, m.Store.Milestones, missing)
}
