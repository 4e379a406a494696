package plan

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/operation"
)

// Requests prints the operations that subgraphs are sent, whole, in the order
// of the plan.
func (p *Plan) Requests() string {
	var b strings.Builder
	p.Each(func(f *Fetch) {
		b.WriteString("# " + f.Subgraph)
		if len(f.At) > 0 {
			b.WriteString(" for " + way(f.At))
		}
		b.WriteString("\n" + format(f.Query) + "\n")
		if f.Plain != nil {
			b.WriteString("# of those for which " + strings.Join(f.Entity.With, ", ") + " is not known\n" + format(f.Plain.Query) + "\n")
		}
	})
	return b.String()
}

// Each visits every fetch of the plan.
func (p *Plan) Each(visit func(*Fetch)) {
	if p.Trigger != nil {
		visit(p.Trigger)
	}
	var walk func(*Step)
	walk = func(s *Step) {
		if s.Fetch != nil {
			visit(s.Fetch)
		}
		for _, child := range s.Steps {
			walk(child)
		}
	}
	if p.Steps != nil {
		walk(p.Steps)
	}
	for _, later := range p.Later {
		if later.Steps != nil {
			walk(later.Steps)
		}
	}
}

// format prints an operation on lines of its own.
func format(query string) string {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return query
	}
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatQueryDocument(doc)
	return b.String()
}

// kinds names the kinds of nodes for people.
var kinds = map[Kind]string{
	Object: "object", List: "list", String: "String", Int: "Int", Float: "Float", Boolean: "Boolean", ID: "ID",
	Enum: "enum", Scalar: "scalar", TypeName: "type name", Static: "fixed", Marker: "answered here",
}

// Text prints what a client gets, whose aliases are given.
func (s *Shape) Text(aliases []operation.Alias) string {
	b := shapePrinter{aliases: aliases}
	b.node(s.Root, "")
	return b.String()
}

type shapePrinter struct {
	strings.Builder
	aliases []operation.Alias
}

func (b *shapePrinter) node(n *Node, indent string) {
	lists := ""
	for n.Kind == List {
		lists += "list of "
		n = n.Item
	}
	name := kinds[n.Kind]
	if n.Kind == Object || n.Kind == Enum || n.Kind == Scalar {
		name = strings.TrimSpace(name + " " + n.Type)
	}
	b.WriteString(lists + name)
	if !n.Nullable && n.Kind != Static {
		b.WriteString("!")
	}
	b.WriteString("\n")
	for _, c := range n.Cases {
		deeper := indent
		if len(n.Cases) > 1 {
			b.WriteString(indent + "  on " + strings.Join(c.On, "|") + "\n")
			deeper += "  "
		}
		b.fields(c.Fields, deeper)
		b.parts(c.Deferred, deeper)
	}
}

func (b *shapePrinter) fields(fields []Field, indent string) {
	for _, f := range fields {
		key := f.Key
		if f.Alias > 0 {
			key = b.aliases[f.Alias-1].Name
		}
		b.WriteString(indent + "  " + key)
		if f.From != key && f.Value.Kind != Marker {
			b.WriteString(" from " + f.From)
		}
		b.WriteString(": ")
		b.node(f.Value, indent+"  ")
	}
}

func (b *shapePrinter) parts(parts []Part, indent string) {
	for _, p := range parts {
		fmt.Fprintf(b, "%s  defer %d\n", indent, p.Group)
		b.fields(p.Fields, indent+"  ")
		b.parts(p.Deferred, indent+"  ")
	}
}
