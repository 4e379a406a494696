package plan

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// String prints the plan for people: what is fetched from where, in which order.
func (p *Plan) String() string {
	var b strings.Builder
	if p.Trigger != nil {
		fmt.Fprintf(&b, "subscribe %s  %s\n", p.Trigger.Subgraph, asked(p.Trigger))
	}
	if p.Steps != nil {
		printStep(&b, p.Steps, "")
	}
	if b.Len() == 0 {
		b.WriteString("nothing to fetch\n")
	}
	for i, later := range p.Later {
		fmt.Fprintf(&b, "defer %d", i+1)
		if len(later.After) > 0 {
			fmt.Fprintf(&b, " after %s", strings.Trim(fmt.Sprint(later.After), "[]"))
		}
		b.WriteString("\n")
		if later.Steps != nil {
			printStep(&b, later.Steps, "  ")
		}
	}
	return b.String()
}

func printStep(b *strings.Builder, s *Step, indent string) {
	if s.Fetch != nil {
		printFetch(b, s.Fetch, indent)
		return
	}
	word := "sequence"
	if s.Parallel {
		word = "parallel"
	}
	b.WriteString(indent + word + "\n")
	for _, child := range s.Steps {
		printStep(b, child, indent+"  ")
	}
}

func printFetch(b *strings.Builder, f *Fetch, indent string) {
	b.WriteString(indent + "fetch " + f.Subgraph)
	if len(f.At) > 0 {
		b.WriteString("  for " + way(f.At))
	}
	if f.Entity != nil && len(f.Entity.By) > 0 {
		b.WriteString(" by " + strings.Join(f.Entity.By, ", "))
		if len(f.Entity.With) > 0 {
			b.WriteString(" with " + strings.Join(f.Entity.With, ", "))
		}
	}
	for _, c := range f.Contexts {
		fmt.Fprintf(b, " where $%s is $%s %s", c.Variable, c.Name, c.Takes)
	}
	b.WriteString("  " + asked(f) + "\n")
}

// way prints a path; a hop taken only by some types names them.
func way(hops []Hop) string {
	parts := make([]string, len(hops))
	for i, hop := range hops {
		parts[i] = hop.Field
		if len(hop.Types) > 0 {
			parts[i] = "<" + strings.Join(hop.Types, "|") + ">" + hop.Field
		}
	}
	return strings.Join(parts, ".")
}

// asked prints what is asked for: of entities the fields alone, without the
// wrapping that every such request has.
func asked(f *Fetch) string {
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Query})
	if err != nil {
		return f.Query
	}
	set := doc.Operations[0].SelectionSet
	if f.Entity != nil && len(set) == 1 {
		if entities, ok := set[0].(*ast.Field); ok && entities.Name == "_entities" {
			set = unwrapped(entities.SelectionSet)
		}
	}
	var b strings.Builder
	printSet(&b, set)
	return b.String()
}

// unwrapped is what is asked of entities without the __typename that is asked of
// all, and, where they are of one type, without its fragment.
func unwrapped(set ast.SelectionSet) ast.SelectionSet {
	if f, ok := set[0].(*ast.Field); ok && f.Name == "__typename" && len(set) > 1 {
		set = set[1:]
	}
	for i, s := range set {
		fragment, ok := s.(*ast.InlineFragment)
		if !ok {
			return set
		}
		if len(fragment.SelectionSet) > 1 {
			if f, ok := fragment.SelectionSet[0].(*ast.Field); ok && f.Alias == "__typename" {
				fragment.SelectionSet = fragment.SelectionSet[1:]
			}
		}
		if len(set) == 1 {
			return fragment.SelectionSet
		}
		set[i] = fragment
	}
	return set
}

func printSet(b *strings.Builder, set ast.SelectionSet) {
	b.WriteString("{")
	for _, s := range set {
		b.WriteString(" ")
		switch s := s.(type) {
		case *ast.Field:
			printField(b, s)
		case *ast.InlineFragment:
			b.WriteString("... ")
			if s.TypeCondition != "" {
				b.WriteString("on " + s.TypeCondition + " ")
			}
			printSet(b, s.SelectionSet)
		}
	}
	b.WriteString(" }")
}

func printField(b *strings.Builder, f *ast.Field) {
	if f.Alias != f.Name {
		b.WriteString(f.Alias + ": ")
	}
	b.WriteString(f.Name)
	for i, a := range f.Arguments {
		if i == 0 {
			b.WriteString("(")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(a.Name + ": " + a.Value.String())
	}
	if len(f.Arguments) > 0 {
		b.WriteString(")")
	}
	for _, d := range f.Directives {
		b.WriteString(" @" + d.Name)
		for _, a := range d.Arguments {
			b.WriteString("(" + a.Name + ": " + a.Value.String() + ")")
		}
	}
	if len(f.SelectionSet) > 0 {
		b.WriteString(" ")
		printSet(b, f.SelectionSet)
	}
}
