package subgraphtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Access is the written answer to who may do what in a domain: a table in a
// file, and how each of its rows is asked.
//
// The file's first line names the askers; each further line is a row: its name,
// and what each asker is answered. Columns are two or more spaces apart, and
// what follows "#" is a remark. A row's name is a place in the schema, such as
// Query.student, Student.race, or Student alone for the entity; "Query.student:
// deleted" is another row of the same place. The answers are:
//
//	yes        a value
//	null       null
//	none       an empty list
//	FORBIDDEN  an error with this code; any other code likewise
//
// The table has a row for each field of Query, Mutation and Subscription, for
// each entity, and for each field of another type whose description says "Only
// for" or "Null for" somebody. One that is missing fails the test.
type Access struct {
	File   string // testdata/access.txt
	SDL    string
	Askers map[string]Person // by their names in the table
	Asks   map[string]Ask    // by the rows' names
}

// Ask gives the operation of a row for an asker: it may make things first, so
// that every cell is asked in a state of its own.
type Ask func(asker string) (operation string, variables Variables)

// CheckAccess asks every cell of the table and compares the answers.
func (s *Service) CheckAccess(a Access) {
	s.t.Helper()
	text, err := os.ReadFile(a.File)
	if err != nil {
		s.t.Fatal(err)
	}
	table, err := readAccess(string(text))
	if err != nil {
		s.t.Fatalf("%s: %v", a.File, err)
	}
	problems := table.lacks(a)
	if len(problems) > 0 {
		s.t.Fatalf("%s:\n%s", a.File, strings.Join(problems, "\n"))
	}
	for _, row := range table.rows {
		for i, asker := range table.askers {
			operation, variables := a.Asks[row.name](asker)
			if got := s.outcome(a.Askers[asker], operation, variables); got != row.want[i] {
				s.t.Errorf("%s, asked by %s, gives %s, want %s", row.name, asker, got, row.want[i])
			}
		}
	}
}

// accessTable is a table as it is written.
type accessTable struct {
	askers []string
	rows   []accessRow
}

type accessRow struct {
	name string
	want []string // in the order of the askers
}

var columns = regexp.MustCompile(` {2,}`)

func readAccess(text string) (accessTable, error) {
	var t accessTable
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := columns.Split(strings.TrimSpace(line), -1)
		if t.askers == nil {
			t.askers = cells
			continue
		}
		if len(cells) != len(t.askers)+1 {
			return t, fmt.Errorf("row %q has %d answers, want one for each of the %d askers", cells[0], len(cells)-1, len(t.askers))
		}
		if seen[cells[0]] {
			return t, fmt.Errorf("row %q is there twice", cells[0])
		}
		seen[cells[0]] = true
		t.rows = append(t.rows, accessRow{name: cells[0], want: cells[1:]})
	}
	return t, nil
}

// lacks tells what the table or the test leaves out.
func (t accessTable) lacks(a Access) []string {
	var problems []string
	miss := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, asker := range t.askers {
		if _, there := a.Askers[asker]; !there {
			miss("The test does not know the asker %q.", asker)
		}
	}
	for _, asker := range slices.Sorted(maps.Keys(a.Askers)) {
		if !slices.Contains(t.askers, asker) {
			miss("There is no column for the asker %q.", asker)
		}
	}
	rows := map[string]bool{}
	places := map[string]bool{}
	for _, row := range t.rows {
		rows[row.name] = true
		place, _, _ := strings.Cut(row.name, ":")
		places[place] = true
		if a.Asks[row.name] == nil {
			miss("The test does not ask row %q.", row.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Asks)) {
		if !rows[name] {
			miss("There is no row %q.", name)
		}
	}
	ruled, err := ruledPlaces(a.SDL)
	if err != nil {
		miss("The schema cannot be read: %v", err)
	}
	for _, place := range ruled {
		if !places[place] {
			miss("There is no row for %s.", place)
		}
	}
	return problems
}

// ruledPlaces are the places of a schema that a table must have, in its order.
func ruledPlaces(sdl string) ([]string, error) {
	schema, err := parser.ParseSchema(&ast.Source{Name: "schema.graphql", Input: sdl})
	if err != nil {
		return nil, err
	}
	var places []string
	for _, d := range append(slices.Clone(schema.Definitions), schema.Extensions...) {
		if d.Kind != ast.Object {
			continue
		}
		if isEntity(d) {
			places = append(places, d.Name)
		}
		root := d.Name == "Query" || d.Name == "Mutation" || d.Name == "Subscription"
		for _, f := range d.Fields {
			if root || strings.Contains(f.Description, "Only for") || strings.Contains(f.Description, "Null for") {
				places = append(places, d.Name+"."+f.Name)
			}
		}
	}
	return places, nil
}

// isEntity tells whether the domain resolves the type by a key.
func isEntity(d *ast.Definition) bool {
	for _, key := range d.Directives.ForNames("key") {
		if resolvable := key.Arguments.ForName("resolvable"); resolvable == nil || resolvable.Value.Raw != "false" {
			return true
		}
	}
	return false
}

// outcome asks and tells the answer in the words of a table.
func (s *Service) outcome(p Person, operation string, variables Variables) string {
	s.t.Helper()
	var answer Answer
	if strings.HasPrefix(strings.TrimSpace(operation), "subscription") {
		stream := s.Subscribe(p, operation, variables)
		defer stream.Close()
		first, ok := stream.Next()
		if !ok {
			return "none"
		}
		answer = first
	} else {
		answer = s.Do(p, operation, variables)
	}
	if len(answer.Errors) > 0 {
		return answer.Errors[0].Code
	}
	return valueOf(answer.Data)
}

// valueOf follows the first field of each object, and the first item of each
// list, to what is asked for.
func valueOf(data json.RawMessage) string {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch text := strings.TrimSpace(string(data)); {
	case text == "null" || text == "":
		return "null"
	case json.Unmarshal(data, &list) == nil:
		if len(list) == 0 {
			return "none"
		}
		return valueOf(list[0])
	case json.Unmarshal(data, &object) == nil && len(object) > 0:
		for _, value := range object { // operations of tables ask for one field in each object
			return valueOf(value)
		}
	}
	return "yes"
}
