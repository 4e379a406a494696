package progress

import (
	"strconv"
	"strings"

	"heddle/internal/typeset"
)

// widths of the report's columns, in points: 504 in all.
var (
	levelWidths      = []float64{204, 100, 100, 100}
	assessmentWidths = []float64{84, 60, 60, 60, 60, 60, 120}
	milestoneWidths  = []float64{84, 170, 80, 170}
)

// pdf draws the report to print.
func (p *printed) pdf() ([]byte, error) {
	d, err := typeset.New("Progress report", p.GeneratedAt)
	if err != nil {
		return nil, err
	}
	p.head(d)
	d.Heading("Levels")
	d.Table(levelWidths, []string{"Language domain", "At the beginning", "At the end", "Gain"}, p.levelRows())
	d.Heading("Assessments")
	p.list(d, assessmentWidths, []string{"Day", "Listening", "Speaking", "Reading", "Writing", "Overall", "Status"}, p.assessmentRows(), "There was no assessment in this period.")
	d.Heading("Milestones")
	p.list(d, milestoneWidths, []string{"Day", "Milestone", "Domain", "Note"}, p.milestoneRows(), "No milestone was added for this period.")
	return d.Bytes("Levels are on WIDA's scale from 1.0 to 6.0. Made on " + p.GeneratedAt.UTC().Format("January 2, 2006 at 15:04 UTC") + ".")
}

// head says whom the report is about.
func (p *printed) head(d *typeset.Document) {
	d.Paragraph("Progress report, "+p.From+" to "+p.To, typeset.Style{Size: 10, Grey: 110})
	d.Space(4)
	d.Paragraph(p.FullName, typeset.Style{Size: 20, Weight: typeset.Bold})
	facts := []string{"Student number " + p.StudentID}
	if p.School != nil {
		facts = append(facts, p.School.Name)
	}
	if p.GradeLevel != nil {
		facts = append(facts, readable(*p.GradeLevel))
	}
	if p.Teacher != nil {
		facts = append(facts, "taught by "+p.Teacher.FirstName+" "+p.Teacher.LastName)
	}
	if p.NativeLanguage != nil {
		facts = append(facts, "native language "+*p.NativeLanguage)
	}
	d.Paragraph(strings.Join(facts, " · "), typeset.Style{Size: 10})
}

func (p *printed) levelRows() [][]string {
	rows := [][]string{{"Overall", shown(p.Overall.StartLevel), shown(p.Overall.EndLevel), gained(p.Overall.Gain)}}
	for _, d := range p.Domains {
		rows = append(rows, []string{readable(string(d.Domain)), shown(d.StartLevel), shown(d.EndLevel), gained(d.Gain)})
	}
	return rows
}

func (p *printed) assessmentRows() (rows [][]string) {
	for _, a := range p.assessments {
		if a.TestDate >= p.From {
			s := a.Scores
			rows = append(rows, []string{
				a.TestDate, shown(s.Listening), shown(s.Speaking), shown(s.Reading), shown(s.Writing), shown(a.CompositeLevel), statusNames[a.EllStatus],
			})
		}
	}
	return rows
}

func (p *printed) milestoneRows() (rows [][]string) {
	for _, m := range p.milestones {
		domain := ""
		if m.Domain != nil {
			domain = readable(string(*m.Domain))
		}
		rows = append(rows, []string{m.ReachedOn, m.Title, domain, m.Note})
	}
	return rows
}

// list sets a table, or says that there is nothing to set.
func (p *printed) list(d *typeset.Document, widths []float64, header []string, rows [][]string, none string) {
	if len(rows) == 0 {
		d.Paragraph(none, typeset.Style{Size: 10})
		return
	}
	d.Table(widths, header, rows)
}

// statusNames are the statuses of the domain assessments, as they are printed.
var statusNames = map[string]string{
	"ELL": "English learner", "MONITORED": "Monitored", "FORMER": "Former English learner", "INITIALLY_FLUENT": "Initially fluent",
}

// shown is a level as it is printed, or a dash.
func shown(l *float64) string {
	if l == nil {
		return "–"
	}
	return level(l)
}

// gained is a gain as it is printed: with its sign.
func gained(g *float64) string {
	if g == nil {
		return "–"
	}
	text := strconv.FormatFloat(*g, 'f', 1, 64)
	if *g > 0 {
		return "+" + text
	}
	return strings.Replace(text, "-", "−", 1)
}

// readable is a value of an enum as it is printed: GRADE_3 as "Grade 3".
func readable(value string) string {
	text := strings.ToLower(strings.ReplaceAll(value, "_", " "))
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
