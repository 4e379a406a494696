package progress

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
)

// mark begins the file, so that programs that look for it read UTF-8.
const mark = "\uFEFF"

// csv writes the report as a table (RFC 4180): a line for each assessment and
// milestone of the period, oldest first.
func (p *printed) csv() ([]byte, error) {
	header := []string{"date", "kind", "listening", "speaking", "reading", "writing", "overall", "status", "title", "domain", "note"}
	var lines [][]string
	for _, a := range p.assessments {
		if a.TestDate >= p.From {
			lines = append(lines, []string{
				a.TestDate, "assessment", level(a.Scores.Listening), level(a.Scores.Speaking), level(a.Scores.Reading), level(a.Scores.Writing),
				level(a.CompositeLevel), a.EllStatus, "", "", "",
			})
		}
	}
	for _, m := range p.milestones {
		domain := ""
		if m.Domain != nil {
			domain = string(*m.Domain)
		}
		lines = append(lines, []string{m.ReachedOn, "milestone", "", "", "", "", "", "", cell(m.Title), domain, cell(m.Note)})
	}
	slices.SortStableFunc(lines, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	out := bytes.NewBufferString(mark)
	w := csv.NewWriter(out)
	w.UseCRLF = true
	if err := w.WriteAll(append([][]string{header}, lines...)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// cell is a text that no spreadsheet takes for a formula.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// level is a level as it is printed, such as "3.0"; nothing if there is none.
func level(l *float64) string {
	if l == nil {
		return ""
	}
	return strconv.FormatFloat(*l, 'f', 1, 64)
}
