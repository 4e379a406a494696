package assessments

import (
	"strconv"
	"time"

	"heddle/internal/page"
)

// The connections of the schema, and their edges.
type (
	AssessmentConnection struct {
		*page.Connection[AssessmentEdge]
	}
	AssessmentEdge              page.Edge[*Assessment]
	ProficiencyRecordConnection struct {
		*page.Connection[ProficiencyRecordEdge]
	}
	ProficiencyRecordEdge      page.Edge[*ProficiencyRecord]
	AssessmentChangeConnection struct {
		*page.Connection[AssessmentChangeEdge]
	}
	AssessmentChangeEdge page.Edge[*AssessmentChange]
)

// day is the kind of a day in a key.
func day(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// The places of the lists' rows.
func keyOfAssessment(a *Assessment) page.Key    { return page.Key{a.TestDate, a.ID} }
func keyOfRecord(r *ProficiencyRecord) page.Key { return page.Key{r.TestDate, r.AssessmentID} }
func keyOfChange(c *AssessmentChange) page.Key  { return page.Key{strconv.Itoa(c.Number)} }
