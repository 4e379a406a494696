package federation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// FieldSet is a selection without its outer braces, as @key, @requires and
// @provides take it.
type FieldSet []Selection

// Selection is a field or an inline fragment of a field set.
type Selection struct {
	Field     string // empty for an inline fragment
	Alias     string // empty unless written
	Arguments string // as printed: "(first: 1)", empty without arguments
	On        string // the type condition of an inline fragment, empty for none
	Directive string // the first directive on it, which no field set may have
	Fields    FieldSet
	Args      ast.ArgumentList
	Position  *ast.Position // inside the field set's own text
}

// ParseFieldSet reads a field set. Braces around the whole are allowed.
func ParseFieldSet(text string) (FieldSet, error) {
	if simple, ok := simpleFieldSet(text); ok {
		return simple, nil
	}
	query := strings.TrimSpace(text)
	if !strings.HasPrefix(query, "{") {
		query = "{" + text + "}"
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil, err
	}
	if len(doc.Operations) != 1 || len(doc.Fragments) != 0 {
		return nil, gqlerror.Errorf("a field set is one selection")
	}
	return convert(doc.Operations[0].SelectionSet)
}

// simpleFieldSet reads the commonest field set, names alone, without a parser.
func simpleFieldSet(text string) (FieldSet, bool) {
	for i := range len(text) {
		if c := text[i]; c != ' ' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return nil, false
		}
	}
	names := strings.Fields(text)
	if len(names) == 0 {
		return nil, false
	}
	set := make(FieldSet, len(names))
	for i, name := range names {
		if name[0] >= '0' && name[0] <= '9' {
			return nil, false
		}
		set[i].Field = name
	}
	return set, true
}

func convert(in ast.SelectionSet) (FieldSet, error) {
	set := make(FieldSet, 0, len(in))
	for _, selection := range in {
		switch s := selection.(type) {
		case *ast.Field:
			children, err := convert(s.SelectionSet)
			if err != nil {
				return nil, err
			}
			field := Selection{Field: s.Name, Fields: children, Args: s.Arguments, Arguments: printArguments(s.Arguments), Position: s.Position, Directive: firstDirective(s.Directives)}
			if s.Alias != s.Name {
				field.Alias = s.Alias
			}
			set = append(set, field)
		case *ast.InlineFragment:
			children, err := convert(s.SelectionSet)
			if err != nil {
				return nil, err
			}
			set = append(set, Selection{On: s.TypeCondition, Fields: children, Position: s.Position, Directive: firstDirective(s.Directives)})
		default:
			return nil, gqlerror.Errorf("a field set has no named fragments")
		}
	}
	return set, nil
}

func firstDirective(list ast.DirectiveList) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].Name
}

func printArguments(args ast.ArgumentList) string {
	if len(args) == 0 {
		return ""
	}
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.Name + ": " + a.Value.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// String prints the field set on one line, in the order it was written.
func (s FieldSet) String() string {
	var b strings.Builder
	s.write(&b)
	return b.String()
}

func (s FieldSet) write(b *strings.Builder) {
	for i, selection := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch {
		case selection.Field == "" && selection.On == "":
			b.WriteString("...")
		case selection.Field == "":
			b.WriteString("... on " + selection.On)
		default:
			if selection.Alias != "" {
				b.WriteString(selection.Alias + ": ")
			}
			b.WriteString(selection.Field + selection.Arguments)
		}
		if len(selection.Fields) > 0 {
			b.WriteString(" { ")
			selection.Fields.write(b)
			b.WriteString(" }")
		}
	}
}

// Walk calls visit for every selection, the outer before the inner.
func (s FieldSet) Walk(visit func(Selection)) {
	for _, selection := range s {
		visit(selection)
		selection.Fields.Walk(visit)
	}
}

// Leaves are the dotted paths of the fields without selections of their own.
func (s FieldSet) Leaves() []string {
	var leaves []string
	for _, selection := range s {
		switch {
		case selection.Field == "":
		case len(selection.Fields) == 0:
			leaves = append(leaves, selection.Field)
		default:
			for _, leaf := range selection.Fields.Leaves() {
				leaves = append(leaves, selection.Field+"."+leaf)
			}
		}
	}
	return leaves
}

// Without is the field set less the leaves at the given paths, and less the
// fields that then select nothing.
func (s FieldSet) Without(leaves map[string]bool) FieldSet {
	if len(leaves) == 0 {
		return s
	}
	return s.without(leaves, "")
}

func (s FieldSet) without(leaves map[string]bool, path string) FieldSet {
	var kept FieldSet
	for _, selection := range s {
		if selection.Field != "" && len(selection.Fields) == 0 && leaves[path+selection.Field] {
			continue
		}
		if selection.Field != "" && len(selection.Fields) > 0 {
			inner := selection.Fields.without(leaves, path+selection.Field+".")
			if len(inner) == 0 {
				continue
			}
			selection.Fields = inner
		}
		kept = append(kept, selection)
	}
	return kept
}

// Canonical prints the field set in an order of its own, so that two that select
// the same print alike.
func (s FieldSet) Canonical() string {
	return s.sorted().String()
}

func (s FieldSet) sorted() FieldSet {
	sorted := slices.Clone(s)
	for i := range sorted {
		sorted[i].Fields = sorted[i].Fields.sorted()
	}
	slices.SortStableFunc(sorted, func(a, b Selection) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.On, b.On), cmp.Compare(a.Arguments, b.Arguments))
	})
	return sorted
}
