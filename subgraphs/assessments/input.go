package assessments

import "github.com/99designs/gqlgen/graphql"

// ScoresInput is the input of the schema: a level that is not given stays as it
// is, and null says that the domain was not tested.
type ScoresInput struct {
	Listening graphql.Omittable[*float64] `json:"listening"`
	Speaking  graphql.Omittable[*float64] `json:"speaking"`
	Reading   graphql.Omittable[*float64] `json:"reading"`
	Writing   graphql.Omittable[*float64] `json:"writing"`
}

// UpdateAssessmentInput is the input of the schema.
type UpdateAssessmentInput struct {
	AssessmentID string
	TestDate     *string
	Scores       *ScoresInput
	EllStatus    graphql.Omittable[*EllStatus] // null lets it follow
}

// asked is what the idempotency key stands for.
func (in CreateAssessmentInput) asked() any {
	in.IdempotencyKey = nil
	return in
}
