package progress

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/batch"
	"heddle/internal/enrolment"
	"heddle/internal/fault"
)

// Limits of a milestone's texts, in characters.
const (
	titleLimit = 200
	noteLimit  = 4000
)

// Milestone is what a student has reached.
type Milestone struct {
	ID string
	enrolment.Kept
	Title     string
	Note      string
	Domain    *LanguageDomain
	ReachedOn string
	AddedByID *string // nil once their account is gone
	CreatedAt time.Time
	UpdatedAt time.Time

	batch.Peer[*Milestone]
}

// IsEntity says that other domains may refer to a milestone by its id.
func (*Milestone) IsEntity() {}

// AddedBy is who added it, if their account is there.
func (m *Milestone) AddedBy() *User {
	if m.AddedByID == nil {
		return nil
	}
	return &User{ID: *m.AddedByID}
}

// UpdateMilestoneInput is the input of the schema.
type UpdateMilestoneInput struct {
	MilestoneID string
	Title       *string
	Note        *string
	Domain      graphql.Omittable[*LanguageDomain] // null takes it away
	ReachedOn   *string
}

// NewMilestone makes a milestone that somebody adds now.
func NewMilestone(id string, in AddMilestoneInput, by string, now time.Time) (*Milestone, error) {
	m := &Milestone{ID: id, Kept: enrolment.Kept{StudentID: in.StudentID}, AddedByID: &by, CreatedAt: now, ReachedOn: now.UTC().Format(time.DateOnly)}
	return m, m.Edit(UpdateMilestoneInput{Title: &in.Title, Note: &in.Note, Domain: graphql.OmittableOf(in.Domain), ReachedOn: in.ReachedOn}, now)
}

// Edit changes what is given.
func (m *Milestone) Edit(in UpdateMilestoneInput, now time.Time) error {
	if in.Title != nil {
		title := strings.TrimSpace(*in.Title)
		if n := utf8.RuneCountInString(title); n == 0 || n > titleLimit {
			return fault.Field("title", "A title has 1 to %d characters; this one has %d.", titleLimit, n)
		}
		if !utf8.ValidString(title) || strings.ContainsFunc(title, unicode.IsControl) {
			return fault.Field("title", "A title is text without control characters.")
		}
		m.Title = title
	}
	if in.Note != nil {
		note := strings.TrimSpace(*in.Note)
		if n := utf8.RuneCountInString(note); n > noteLimit {
			return fault.Field("note", "A note has at most %d characters; this one has %d.", noteLimit, n)
		}
		if !utf8.ValidString(note) || strings.ContainsFunc(note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return fault.Field("note", "A note is text without control characters but line breaks and tabs.")
		}
		m.Note = note
	}
	if domain, given := in.Domain.ValueOK(); given {
		m.Domain = domain
	}
	if in.ReachedOn != nil {
		if today := now.Add(14 * time.Hour).UTC().Format(time.DateOnly); *in.ReachedOn > today { // today somewhere on earth
			return fault.Field("reachedOn", "A milestone is added when it has been reached; %s is in the future.", *in.ReachedOn)
		}
		m.ReachedOn = *in.ReachedOn
	}
	m.UpdatedAt = now
	return nil
}
