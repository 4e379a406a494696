package assessments

import (
	"context"

	"heddle/internal/caller"
	"heddle/internal/enrolment"
	"heddle/internal/events"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) CreateAssessment(ctx context.Context, in CreateAssessmentInput) (*CreateAssessmentPayload, error) {
	c, err := enrolment.Require(ctx, m.Graph, in.StudentID)
	if err != nil {
		return nil, err
	}
	a, err := NewAssessment(m.NewID(), in, c.ID, m.Now())
	if err != nil {
		return nil, err
	}
	id, err := m.Store.Create(ctx, a, in.IdempotencyKey, in, func(a *Assessment) (events.Event, error) {
		return m.recorded(ctx, assessmentRecorded, a)
	})
	if err != nil {
		return nil, err
	}
	a, err = m.changeable(ctx, id)
	return &CreateAssessmentPayload{Assessment: a}, err
}

func (m mutation) UpdateAssessment(ctx context.Context, in UpdateAssessmentInput) (*UpdateAssessmentPayload, error) {
	a, err := m.changeable(ctx, in.AssessmentID)
	if err != nil {
		return nil, err
	}
	err = m.Store.Change(ctx, a.ID, func(a *Assessment) (*events.Event, error) {
		changed, err := a.Edit(in, caller.ID(ctx), m.Now())
		if err != nil || !changed {
			return nil, err
		}
		e, err := m.recorded(ctx, assessmentUpdated, a)
		return &e, err
	})
	if err != nil {
		return nil, err
	}
	a, err = m.changeable(ctx, a.ID)
	return &UpdateAssessmentPayload{Assessment: a}, err
}

func (m mutation) DeleteAssessment(ctx context.Context, in DeleteAssessmentInput) (*DeleteAssessmentPayload, error) {
	a, err := m.changeable(ctx, in.AssessmentID)
	if err != nil {
		return nil, err
	}
	deleted, err := assessmentDeleted.New(ctx, m.NewID(), m.Now(), a.ID, AssessmentDeleted{AssessmentID: a.ID, StudentID: a.StudentID})
	if err != nil {
		return nil, err
	}
	if err := m.Store.Delete(ctx, a, deleted); err != nil {
		return nil, err
	}
	return &DeleteAssessmentPayload{DeletedAssessmentID: a.ID, Student: a.Student()}, nil
}

// changeable reads an assessment that the caller may change.
func (m mutation) changeable(ctx context.Context, id string) (*Assessment, error) {
	return enrolment.Changeable(ctx, m.Graph, id, m.Store.Assessments, missing)
}
