package compose

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// report collects what rules find wrong in one subgraph.
type report struct {
	sub  *subgraph
	errs Errors
}

// add refuses something in the subgraph. What it returns may be given a suggestion.
func (r *report) add(code string, pos *ast.Position, format string, args ...any) *note {
	r.errs = append(r.errs, Error{
		Code:      code,
		Message:   "[" + r.sub.name + "] " + fmt.Sprintf(format, args...),
		Locations: []Location{r.sub.at(pos)},
	})
	return (*note)(&r.errs[len(r.errs)-1])
}

// graphql refuses what the GraphQL specification itself does not allow.
func (r *report) graphql(pos *ast.Position, format string, args ...any) *note {
	return r.add("INVALID_GRAPHQL", pos, format, args...)
}

// note is an error that was reported, to be added to.
type note Error

// suggest proposes an edit.
func (e *note) suggest(format string, args ...any) {
	e.Suggestion = fmt.Sprintf(format, args...)
}

// names lists subgraphs in words: "a", "b" and "c".
func names(subs []*subgraph) string {
	quoted := make([]string, len(subs))
	for i, s := range subs {
		quoted[i] = `"` + s.name + `"`
	}
	return and(quoted)
}

// inSubgraphs is names with the word before it: subgraph "a", subgraphs "a" and "b".
func inSubgraphs(subs []*subgraph) string {
	if len(subs) == 1 {
		return "subgraph " + names(subs)
	}
	return "subgraphs " + names(subs)
}

func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// closest finds the candidate that a misspelt name most likely means.
func closest(name string, candidates []string) (string, bool) {
	best, found := len(name)/3+2, ""
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c), best); d < best && c != name {
			best, found = d, c
		}
	}
	return found, found != ""
}

// distance is the Levenshtein distance of two words, or limit if that is less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 80 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// errorText is the message of a parser's error without its place.
func errorText(err error) string {
	var parsed *gqlerror.Error
	if errors.As(err, &parsed) {
		return parsed.Message
	}
	return err.Error()
}
