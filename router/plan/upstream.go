package plan

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/supergraph"
)

// upstream writes the schema of one subgraph as far as the supergraph tells it:
// the planner prints and checks the subgraph's operations with it.
func upstream(super *supergraph.Supergraph, g *supergraph.Subgraph) string {
	var b strings.Builder
	writeRoots(&b, super, g)
	for _, t := range g.Types {
		switch t.Kind {
		case ast.Scalar:
			fmt.Fprintf(&b, "scalar %s\n", t.Name)
		case ast.Enum:
			fmt.Fprintf(&b, "enum %s { %s }\n", t.Name, strings.Join(t.Values, " "))
		case ast.Union:
			if len(t.Members) > 0 {
				fmt.Fprintf(&b, "union %s = %s\n", t.Name, strings.Join(t.Members, " | "))
			}
		case ast.InputObject:
			writeComposite(&b, "input", t)
		case ast.Interface:
			writeComposite(&b, "interface", t)
		case ast.Object:
			writeComposite(&b, "type", t)
		}
	}
	return b.String()
}

func writeRoots(b *strings.Builder, super *supergraph.Supergraph, g *supergraph.Subgraph) {
	b.WriteString("schema {")
	for _, op := range []string{"query", "mutation", "subscription"} {
		if t := g.Type(super.Roots[op]); t != nil && len(t.Fields) > 0 || op == "query" {
			fmt.Fprintf(b, " %s: %s", op, super.Roots[op])
		}
	}
	b.WriteString(" }\n")
	if t := g.Type(super.Roots["query"]); t == nil || len(t.Fields) == 0 {
		// The planner asks every subgraph for entities below its Query.
		fmt.Fprintf(b, "type %s { _heddle: Boolean }\n", super.Roots["query"])
	}
}

func writeComposite(b *strings.Builder, keyword string, t *supergraph.Type) {
	if len(t.Fields) == 0 {
		return
	}
	fmt.Fprintf(b, "%s %s", keyword, t.Name)
	for i, name := range t.Interfaces {
		if i == 0 {
			b.WriteString(" implements ")
		} else {
			b.WriteString(" & ")
		}
		b.WriteString(name)
	}
	for _, k := range t.Keys {
		fmt.Fprintf(b, " @key(fields: %q)", k.Fields)
	}
	b.WriteString(" {\n")
	for _, f := range t.Fields {
		fmt.Fprintf(b, "  %s%s: %s\n", f.Def.Name, arguments(f.Def.Arguments), f.Type)
	}
	b.WriteString("}\n")
}

func arguments(args ast.ArgumentDefinitionList) string {
	if len(args) == 0 {
		return ""
	}
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.Name + ": " + a.Type.String()
		if a.DefaultValue != nil {
			parts[i] += " = " + a.DefaultValue.String()
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
