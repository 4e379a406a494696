package students

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"heddle/internal/fault"
)

// Limits of a file of students.
const (
	rowLimit  = 20_000
	fileLimit = 8 << 20 // bytes
	cellLimit = 1000    // characters
)

// sheetRow is a row of a file: the line in which it begins, and its values by
// the names of fields, empty ones left out.
type sheetRow struct {
	Line    int
	Given   Fields
	Problem string // why it cannot be read; empty if it can
}

// readSheet reads a CSV file (RFC 4180) with a heading. A row that cannot be read
// has a problem; a file whose rows cannot be told from each other is refused.
func readSheet(file []byte) ([]sheetRow, error) {
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) {
		return nil, fault.Field("file", "The file is not in UTF-8.")
	}
	reader := csv.NewReader(bytes.NewReader(file))
	reader.FieldsPerRecord = -1
	if heading, _, _ := bytes.Cut(file, []byte("\n")); !bytes.ContainsRune(heading, ',') && bytes.ContainsRune(heading, ';') {
		reader.Comma = ';'
	}
	heading, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fault.Field("file", "The file is empty; it has to have a heading.")
	}
	if err != nil {
		return nil, unreadable(err)
	}
	columns, err := readHeading(heading)
	if err != nil {
		return nil, err
	}
	rows := []sheetRow{}
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue // spreadsheets leave such at the end
		}
		if len(rows) == rowLimit {
			return nil, fault.Field("file", "A file has at most %d rows; this one has more.", rowLimit)
		}
		line, _ := reader.FieldPos(0)
		rows = append(rows, readRow(line, columns, cells))
	}
}

func unreadable(err error) error {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return fault.Field("file", "The file is not CSV in line %d, column %d: %v.", wrong.Line, wrong.Column, wrong.Err)
	}
	return fault.Field("file", "The file is not CSV: %v.", err)
}

// passedOver are columns of an export that say nothing that could be taken in.
var passedOver = map[string]bool{"id": true, "createdAt": true, "updatedAt": true}

// readHeading gives the field of each column, nil for one that is passed over.
func readHeading(heading []string) ([]*field, error) {
	columns := make([]*field, len(heading))
	seen := map[string]bool{}
	for i, name := range heading {
		name = strings.TrimSpace(name)
		if passedOver[name] {
			continue
		}
		f := fieldFolded(name)
		if f == nil {
			return nil, fault.Field("file", "There is no column %q. There are %s.", name, strings.Join(columnNames(), ", "))
		}
		if seen[f.name] {
			return nil, fault.Field("file", "The column %s is there twice.", f.name)
		}
		seen[f.name] = true
		columns[i] = f
	}
	for _, f := range fields {
		if f.needed && !seen[f.name] {
			return nil, fault.Field("file", "The file has no column %s.", f.name)
		}
	}
	return columns, nil
}

// fieldFolded is the field with the name, whatever its case, spaces and underscores.
func fieldFolded(name string) *field {
	plain := strings.NewReplacer(" ", "", "_", "", "-", "")
	for i := range fields {
		if strings.EqualFold(fields[i].name, plain.Replace(name)) {
			return &fields[i]
		}
	}
	return nil
}

func columnNames() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

func readRow(line int, columns []*field, cells []string) sheetRow {
	row := sheetRow{Line: line, Given: Fields{}}
	if len(cells) != len(columns) {
		row.Problem = fmt.Sprintf("The row has %d cells, the heading %d.", len(cells), len(columns))
	}
	for i, cell := range cells[:min(len(cells), len(columns))] {
		if cell = unguard(strings.TrimSpace(cell)); utf8.RuneCountInString(cell) > cellLimit {
			row.Problem = fmt.Sprintf("The cell in column %d has more than %d characters.", i+1, cellLimit)
		} else if columns[i] != nil && cell != "" {
			row.Given[columns[i].name] = cell
		}
	}
	return row
}

// A spreadsheet takes a cell that begins with one of these for a formula, and
// would run it on the machine of whoever opens the file (OWASP, "CSV Injection");
// the last four are the wide forms of the first.
const formula = "=+-@\t\r＝＋－＠"

// guard makes a cell that nobody takes for a formula; unguard undoes that.
func guard(cell string) string {
	if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune(formula+"'", first) {
		return "'" + cell
	}
	return cell
}

func unguard(cell string) string {
	bare, guarded := strings.CutPrefix(cell, "'")
	if first, _ := utf8.DecodeRuneInString(bare); guarded && bare != "" && strings.ContainsRune(formula+"'", first) {
		return bare
	}
	return cell
}

// writeSheet writes students as a file that readSheet reads. each gives them one
// by one, as somebody sees them.
func writeSheet(to io.Writer, each func(func(*Student) error) error) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil { // so that spreadsheets read UTF-8
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true // RFC 4180, section 2
	if err := w.Write(append(columnNames(), "id")); err != nil {
		return err
	}
	cells := make([]string, len(fields)+1)
	err := each(func(s *Student) error {
		for i, f := range fields {
			cells[i] = ""
			if !f.personal || s.personal() {
				cells[i] = guard(f.shown(*f.of(&s.Record)))
			}
		}
		cells[len(fields)] = s.ID
		return w.Write(cells)
	})
	w.Flush()
	return errors.Join(err, w.Error())
}
