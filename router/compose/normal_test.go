package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"heddle/router/federation"
)

// normalForm prints a supergraph so that two that mean the same print alike:
// without order, formatting and the definitions of the specifications.
func normalForm(sdl string) (string, error) {
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	if err != nil {
		return "", err
	}
	var lines []string
	for _, schema := range doc.Schema {
		for _, d := range schema.Directives {
			if url := d.Arguments.ForName("url"); url != nil && strings.Contains(url.Value.Raw, "/join/") {
				continue
			}
			lines = append(lines, "schema "+normalDirective(d))
		}
	}
	for _, d := range doc.Directives {
		if !specElement(d.Name) && !specDirectives[d.Name] {
			lines = append(lines, normalDefinition(d))
		}
	}
	renamedCost := map[string]bool{}
	for _, d := range doc.Directives {
		if len(d.Arguments) == 1 && d.Arguments[0].Name == "weight" || d.Arguments.ForName("slicingArguments") != nil {
			renamedCost["directive @"+d.Name] = true
		}
	}
	lines = slices.DeleteFunc(lines, func(line string) bool {
		name, _, _ := strings.Cut(line, "(")
		return renamedCost[name]
	})
	for _, t := range doc.Definitions {
		if t.Name == "join__Graph" || !specElement(t.Name) {
			lines = append(lines, normalType(t)...)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n", nil
}

var specDirectives = map[string]bool{
	"link": true, "tag": true, "inaccessible": true, "authenticated": true, "requiresScopes": true,
	"policy": true, "context": true, "cost": true, "listSize": true,
}

func specElement(name string) bool {
	for _, prefix := range []string{"join__", "link__", "policy__", "requiresScopes__", "context__"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func normalDefinition(d *ast.DirectiveDefinition) string {
	var args, locations []string
	for _, a := range d.Arguments {
		args = append(args, a.Name+": "+a.Type.String()+normalDefault(a.DefaultValue)+normalDirectives(a.Directives))
	}
	for _, l := range d.Locations {
		locations = append(locations, string(l))
	}
	slices.Sort(args)
	slices.Sort(locations)
	return fmt.Sprintf("directive @%s(%s) repeatable=%t on %v", d.Name, strings.Join(args, ", "), d.IsRepeatable, locations)
}

func normalType(t *ast.Definition) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, t.Name+" "+fmt.Sprintf(format, args...)) }
	add("is %s %s%s", t.Kind, normalText(t.Description), normalDirectives(t.Directives))
	for _, i := range t.Interfaces {
		add("implements %s", i)
	}
	for _, m := range t.Types {
		add("member %s", m)
	}
	for _, v := range t.EnumValues {
		add("value %s %s%s", v.Name, normalText(v.Description), normalDirectives(v.Directives))
	}
	for _, f := range t.Fields {
		add("field %s: %s%s %s%s", f.Name, f.Type, normalDefault(f.DefaultValue), normalText(f.Description), normalDirectives(f.Directives))
		for _, a := range f.Arguments {
			add("argument %s.%s: %s%s %s%s", f.Name, a.Name, a.Type, normalDefault(a.DefaultValue), normalText(a.Description), normalDirectives(a.Directives))
		}
	}
	return lines
}

func normalText(text string) string {
	if text = strings.TrimSpace(text); text != "" {
		return fmt.Sprintf("%q", text)
	}
	return ""
}

func normalDefault(v *ast.Value) string {
	if v == nil {
		return ""
	}
	return " = " + printValue(v)
}

func normalDirectives(list ast.DirectiveList) string {
	var all []string
	for _, d := range list {
		all = append(all, normalDirective(d))
	}
	slices.Sort(all)
	if len(all) == 0 {
		return ""
	}
	return " " + strings.Join(all, " ")
}

func normalDirective(d *ast.Directive) string {
	var args []string
	for _, a := range d.Arguments {
		text := printValue(a.Value)
		switch a.Name {
		case "key", "requires", "provides", "selection":
			if set, err := federation.ParseFieldSet(a.Value.Raw); err == nil {
				text = set.Canonical()
			}
		case "scopes", "policies", "import", "contextArguments", "slicingArguments", "sizedFields":
			text = normalList(a.Value)
		}
		args = append(args, a.Name+": "+text)
	}
	slices.Sort(args)
	return "@" + d.Name + "(" + strings.Join(args, ", ") + ")"
}

func normalList(v *ast.Value) string {
	if v.Kind != ast.ListValue && v.Kind != ast.ObjectValue {
		return v.Raw
	}
	var parts []string
	for _, child := range v.Children {
		text := child.Name + normalList(child.Value)
		if child.Name == "selection" {
			text = strings.Join(strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(child.Value.Raw)), " ")
		}
		parts = append(parts, text)
	}
	slices.Sort(parts)
	return "[" + strings.Join(parts, " ") + "]"
}
