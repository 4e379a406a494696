package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Location is a place in the SDL of a subgraph.
type Location struct {
	Subgraph string `json:"subgraph"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

func (l Location) String() string {
	return fmt.Sprintf("%s:%d:%d", cmp.Or(l.File, l.Subgraph), l.Line, l.Column)
}

// Error is one reason why subgraphs do not compose.
type Error struct {
	Code       string     `json:"code"` // of the Federation error reference
	Message    string     `json:"message"`
	Locations  []Location `json:"locations,omitempty"`  // of every culprit
	Suggestion string     `json:"suggestion,omitempty"` // an edit that would mend it, where one is clear
}

func (e Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Code, e.Message)
	for _, l := range e.Locations {
		fmt.Fprintf(&b, "\n  at %s (%s)", l, l.Subgraph)
	}
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "\n  suggestion: %s", e.Suggestion)
	}
	return b.String()
}

// Errors is everything that one composition found wrong.
type Errors []Error

func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "\n")
}

// Hint is something that composes but that a person may want to know.
type Hint struct {
	Code      string     `json:"code"`
	Message   string     `json:"message"`
	Locations []Location `json:"locations,omitempty"`
}

func (h Hint) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", h.Code, h.Message)
	for _, l := range h.Locations {
		fmt.Fprintf(&b, "\n  at %s (%s)", l, l.Subgraph)
	}
	return b.String()
}

func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(e, func(a, b Error) bool {
		return a.Code == b.Code && a.Message == b.Message && slices.Equal(a.Locations, b.Locations)
	})
}

// start is where the text of a subgraph begins, for what is wrong with the whole.
func (s *subgraph) start() Location {
	return Location{Subgraph: s.name, File: s.file, Line: 1, Column: 1}
}

// at is a place in the text of a subgraph.
func (s *subgraph) at(pos *ast.Position) Location {
	l := Location{Subgraph: s.name, File: s.file}
	if pos != nil {
		l.Line, l.Column = pos.Line, pos.Column
	}
	return l
}
