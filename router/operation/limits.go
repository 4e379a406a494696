package operation

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// Limits bound what one request may ask. A zero field means its default.
type Limits struct {
	// Size is the longest query text in bytes; default 1 MiB.
	Size int
	// Tokens is the largest number of lexical tokens; default 20,000.
	Tokens int
	// Depth is the deepest nesting of fields; default 40.
	Depth int
	// Aliases is the largest number of aliased fields; default 500.
	Aliases int
	// Fields is the largest number of fields once fragments are spread; default
	// 10,000.
	Fields int
}

// WithDefaults fills the zero fields.
func (l Limits) WithDefaults() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Size, 1<<20)
	set(&l.Tokens, 20_000)
	set(&l.Depth, 40)
	set(&l.Aliases, 500)
	set(&l.Fields, 10_000)
	return l
}

// size is what a selection set weighs once its fragments are spread.
type size struct{ depth, fields, aliases int }

// measure weighs a document whose fragments are known to have no cycles. Every
// fragment is weighed once, however often it is spread.
type measure struct {
	doc  *ast.QueryDocument
	seen map[string]size
}

func (m *measure) set(set ast.SelectionSet) size {
	var total size
	for _, selection := range set {
		var s size
		switch selection := selection.(type) {
		case *ast.Field:
			s = m.set(selection.SelectionSet)
			s.depth++
			s.fields++
			if selection.Alias != selection.Name {
				s.aliases++
			}
		case *ast.InlineFragment:
			s = m.set(selection.SelectionSet)
		case *ast.FragmentSpread:
			s = m.fragment(selection.Name)
		}
		total.depth = max(total.depth, s.depth)
		total.fields = sum(total.fields, s.fields)
		total.aliases = sum(total.aliases, s.aliases)
	}
	return total
}

func (m *measure) fragment(name string) size {
	if s, ok := m.seen[name]; ok {
		return s
	}
	var s size
	if f := m.doc.Fragments.ForName(name); f != nil {
		s = m.set(f.SelectionSet)
	}
	m.seen[name] = s
	return s
}

// sum adds without overflow: fragments can multiply beyond any integer.
func sum(a, b int) int { return min(a+b, 1<<40) }

// check tells which limit an operation goes beyond.
func (l Limits) check(doc *ast.QueryDocument, op *ast.OperationDefinition) Errors {
	m := measure{doc: doc, seen: map[string]size{}}
	s := m.set(op.SelectionSet)
	for _, limit := range []struct {
		what       string
		have, most int
	}{
		{"levels of fields", s.depth, l.Depth},
		{"fields", s.fields, l.Fields},
		{"aliases", s.aliases, l.Aliases},
	} {
		if limit.have > limit.most {
			return Fail(TooLarge, fmt.Sprintf("The operation has more %s than the %d that are allowed.", limit.what, limit.most))
		}
	}
	return nil
}
