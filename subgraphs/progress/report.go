package progress

import (
	"context"
	"math"
	"slices"
	"time"

	"heddle/internal/caller"
	"heddle/internal/enrolment"
	"heddle/internal/fault"
	"heddle/internal/page"
)

// ProgressReport is what a student has learnt between two days.
type ProgressReport struct {
	enrolment.Kept
	From, To       string
	GeneratedAt    time.Time
	Overall        *LevelProgress
	Domains        []*DomainProgress
	AssessmentNum  int
	milestoneCount func(context.Context) (int, error)
}

// AssessmentCount is the number of assessments in the period.
func (r *ProgressReport) AssessmentCount() int { return r.AssessmentNum }

// MilestoneCount is the number of milestones in the period.
func (r *ProgressReport) MilestoneCount(ctx context.Context) (int, error) {
	return r.milestoneCount(ctx)
}

// assessment is an assessment as its domain shows it.
type assessment struct {
	ID             string
	TestDate       string
	CompositeLevel *float64
	EllStatus      string
	Scores         struct{ Listening, Speaking, Reading, Writing *float64 }
}

// record is what a report needs to know of a student, from the domains that know.
type record struct {
	FullName       string
	StudentID      string
	GradeLevel     *string
	NativeLanguage *string
	School         *struct{ Name string }
	Teacher        *struct{ FirstName, LastName string }
	assessments    []assessment // up to the period's end, oldest first
}

const studentQuestion = `query($id: ID!, $after: String) { student(id: $id) {
	fullName studentId gradeLevel nativeLanguage school { name } teacher { firstName lastName }
	assessments(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
		id testDate compositeLevel ellStatus scores { listening speaking reading writing }
	} } }
} }`

// ask asks the graph, with the caller's own token, for what others know of a student.
func (r *Resolvers) ask(ctx context.Context, student, to string) (*record, error) {
	var known record
	var after *string
	for {
		var answer struct {
			Student *struct {
				record
				Assessments struct {
					PageInfo struct {
						HasNextPage bool
						EndCursor   *string
					}
					Edges []struct{ Node assessment }
				}
			}
		}
		if err := r.Graph.Ask(ctx, studentQuestion, map[string]any{"id": student, "after": after}, &answer); err != nil {
			return nil, err
		}
		s := answer.Student
		if s == nil {
			return nil, enrolment.Missing(student)
		}
		if after == nil {
			known = s.record
		}
		for _, edge := range s.Assessments.Edges {
			if edge.Node.TestDate <= to {
				known.assessments = append(known.assessments, edge.Node)
			}
		}
		if !s.Assessments.PageInfo.HasNextPage {
			slices.Reverse(known.assessments)
			return &known, nil
		}
		after = s.Assessments.PageInfo.EndCursor
	}
}

// period checks that a period ends after it begins.
func period(from, to string) error {
	if to < from {
		return fault.Field("to", "A report's last day is not before its first; %s is before %s.", to, from)
	}
	return nil
}

func (q query) ProgressReport(ctx context.Context, studentID, from, to string) (*ProgressReport, error) {
	if _, err := caller.Require(ctx); err != nil {
		return nil, err
	}
	if err := period(from, to); err != nil {
		return nil, err
	}
	viewed, err := enrolment.View(ctx, q.Graph, []string{studentID})
	if err != nil {
		return nil, err
	}
	if err := viewed[0].Access.Check(studentID); err != nil {
		return nil, err
	}
	known, err := q.ask(ctx, studentID, to)
	if err != nil {
		return nil, err
	}
	return q.compile(viewed[0], known, from, to), nil
}

// compile makes the report of what is known.
func (r *Resolvers) compile(s *Student, known *record, from, to string) *ProgressReport {
	report := &ProgressReport{Kept: enrolment.KeptOf(s), From: from, To: to, GeneratedAt: r.Now()}
	for _, a := range known.assessments {
		if a.TestDate >= from {
			report.AssessmentNum++
		}
	}
	report.Overall = progressOf(known.assessments, from, func(a assessment) *float64 { return a.CompositeLevel })
	for _, d := range languageDomains {
		level := progressOf(known.assessments, from, d.level)
		report.Domains = append(report.Domains, &DomainProgress{
			Domain: d.domain, StartLevel: level.StartLevel, EndLevel: level.EndLevel, Gain: level.Gain,
		})
	}
	kinds := ProgressFilter{Kinds: []ProgressKind{ProgressKindMilestone}, From: &from, To: &to}
	report.milestoneCount = func(ctx context.Context) (int, error) {
		counts, err := r.Store.CountEntries(ctx, []string{s.ID}, kinds)
		return counts[s.ID], err
	}
	return report
}

// languageDomains are the four, in the order in which WIDA's reports have them.
var languageDomains = []struct {
	domain LanguageDomain
	level  func(assessment) *float64
}{
	{LanguageDomainListening, func(a assessment) *float64 { return a.Scores.Listening }},
	{LanguageDomainSpeaking, func(a assessment) *float64 { return a.Scores.Speaking }},
	{LanguageDomainReading, func(a assessment) *float64 { return a.Scores.Reading }},
	{LanguageDomainWriting, func(a assessment) *float64 { return a.Scores.Writing }},
}

// progressOf says how a level changed from the first day on; assessments are
// those up to the period's end, oldest first.
func progressOf(assessments []assessment, from string, level func(assessment) *float64) *LevelProgress {
	p := &LevelProgress{}
	for _, a := range assessments {
		l := level(a)
		if l == nil {
			continue
		}
		if a.TestDate <= from || p.StartLevel == nil {
			p.StartLevel = l
		}
		p.EndLevel = l
	}
	if p.StartLevel != nil {
		gain := math.Round((*p.EndLevel-*p.StartLevel)*10) / 10
		p.Gain = &gain
	}
	return p
}

type reportFields struct{ *Resolvers }

// ProgressReport resolves the fields of reports that take reading.
func (r *Resolvers) ProgressReport() reportFields { return reportFields{r} }

func (f reportFields) Entries(ctx context.Context, reports []*ProgressReport, first *int, after *string, last *int, before *string) ([]*ProgressEntryConnection, error) {
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(day, page.ID)
	if err != nil {
		return nil, err
	}
	connections := make([]*ProgressEntryConnection, len(reports))
	for i, report := range reports { // there is one in an operation, or one for each alias
		one, err := f.timelines(ctx, []*Student{report.Student()}, ProgressFilter{From: &report.From, To: &report.To}, w)
		if err != nil {
			return nil, err
		}
		connections[i] = one[0]
	}
	return connections, nil
}

func (f reportFields) PDF(ctx context.Context, reports []*ProgressReport) ([]*ReportFile, error) {
	return f.files(ctx, reports, pdfFile)
}

func (f reportFields) CSV(ctx context.Context, reports []*ProgressReport) ([]*ReportFile, error) {
	return f.files(ctx, reports, csvFile)
}
