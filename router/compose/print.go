package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// printer writes the merged schema, as a supergraph or as clients see it.
type printer struct {
	strings.Builder
	super *supergraph
	api   bool // leave out what is inaccessible and every directive of federation
}

func (p *printer) hidden(m *marks) bool { return p.api && m.inaccessible }

// hiddenType says whether clients do not see the type of a field.
func (p *printer) hiddenType(t *ast.Type) bool {
	merged := p.super.byName[t.Name()]
	return p.api && merged != nil && merged.inaccessible
}

func (p *printer) typeDef(t *mergedType) {
	if p.hidden(&t.marks) {
		return
	}
	p.description(t.description, "")
	switch t.kind {
	case ast.Scalar:
		p.WriteString("scalar " + t.name)
		p.directives(&t.marks, t.joins, true)
		p.WriteString("\n\n")
	case ast.Object, ast.Interface:
		p.fieldsType(t)
	case ast.Union:
		p.union(t)
	case ast.Enum:
		p.enum(t)
	case ast.InputObject:
		p.inputObject(t)
	}
}

func (p *printer) fieldsType(t *mergedType) {
	keyword := "type "
	if t.kind == ast.Interface {
		keyword = "interface "
	}
	p.WriteString(keyword + t.name)
	separator := " implements "
	for _, name := range t.interfaces {
		if i := p.super.byName[name]; i != nil && !p.hidden(&i.marks) {
			p.WriteString(separator + name)
			separator = " & "
		}
	}
	p.directives(&t.marks, t.joins, true)
	p.open(p.api || len(t.joins) == 0)
	for _, f := range t.fields {
		if p.hidden(&f.marks) || p.hiddenType(f.typ) {
			continue
		}
		p.description(f.description, "  ")
		p.WriteString("  " + f.name)
		p.arguments(f.args)
		p.WriteString(": " + f.typ.String())
		p.directives(&f.marks, f.joins, false)
		p.WriteString("\n")
	}
	p.WriteString("}\n\n")
}

// open begins a body: on a line of its own below directives.
func (p *printer) open(inline bool) {
	if inline {
		p.WriteString(" {\n")
	} else {
		p.WriteString("\n{\n")
	}
}

func (p *printer) arguments(args []*mergedInput) {
	var shown []*mergedInput
	described := false
	for _, a := range args {
		if a.everywhere && !a.contextual && !p.hidden(&a.marks) {
			shown = append(shown, a)
			described = described || a.description != ""
		}
	}
	if len(shown) == 0 {
		return
	}
	p.WriteString("(")
	for i, a := range shown {
		switch {
		case described:
			p.WriteString("\n")
			p.description(a.description, "    ")
			p.WriteString("    ")
		case i > 0:
			p.WriteString(", ")
		}
		p.input(a)
	}
	if described {
		p.WriteString("\n  ")
	}
	p.WriteString(")")
}

func (p *printer) input(i *mergedInput) {
	p.WriteString(i.name + ": " + i.typ.String())
	if value := i.mergedDefault(); value != nil {
		p.WriteString(" = " + printValue(value))
	}
	p.directives(&i.marks, i.joins, false)
}

func (p *printer) union(t *mergedType) {
	p.WriteString("union " + t.name)
	p.directives(&t.marks, t.joins, true)
	separator := " = "
	if !p.api {
		separator = "\n  = "
	}
	for _, name := range t.members {
		if m := p.super.byName[name]; m != nil && p.hidden(&m.marks) {
			continue
		}
		p.WriteString(separator + name)
		separator = " | "
	}
	p.WriteString("\n\n")
}

func (p *printer) enum(t *mergedType) {
	p.WriteString("enum " + t.name)
	p.directives(&t.marks, t.joins, true)
	p.open(p.api || len(t.joins) == 0)
	for _, v := range t.keptValues() {
		if p.hidden(&v.marks) {
			continue
		}
		p.description(v.description, "  ")
		p.WriteString("  " + v.name)
		p.directives(&v.marks, v.joins, false)
		p.WriteString("\n")
	}
	p.WriteString("}\n\n")
}

func (p *printer) inputObject(t *mergedType) {
	p.WriteString("input " + t.name)
	p.directives(&t.marks, t.joins, true)
	p.open(p.api || len(t.joins) == 0)
	for _, i := range t.inputs {
		if !i.everywhere || p.hidden(&i.marks) {
			continue
		}
		p.description(i.description, "  ")
		p.WriteString("  ")
		p.input(i)
		p.WriteString("\n")
	}
	p.WriteString("}\n\n")
}

// directives writes the directives of an element; those of a type of a
// supergraph stand on lines of their own.
func (p *printer) directives(m *marks, joins []string, ofType bool) {
	list := apiDirectives(m)
	separator := " "
	if !p.api {
		list = append(append(append([]string{}, joins...), p.supergraphDirectives(m)...), list...)
		if ofType {
			separator = "\n  "
		}
	}
	for _, d := range list {
		p.WriteString(separator + d)
	}
}

func apiDirectives(m *marks) []string {
	var list []string
	if m.deprecated != nil && m.deprecated.given {
		list = append(list, "@deprecated(reason: "+quote(m.deprecated.reason)+")")
	} else if m.deprecated != nil {
		list = append(list, "@deprecated")
	}
	if m.specifiedBy != "" {
		list = append(list, "@specifiedBy(url: "+quote(m.specifiedBy)+")")
	}
	if m.oneOf {
		list = append(list, "@oneOf")
	}
	return list
}

func (p *printer) supergraphDirectives(m *marks) []string {
	list := append([]string{}, m.custom...)
	for _, name := range m.contexts {
		list = append(list, "@context(name: "+quote(name)+")")
	}
	for _, name := range m.tags {
		list = append(list, "@tag(name: "+quote(name)+")")
	}
	if m.inaccessible {
		list = append(list, "@inaccessible")
	}
	if m.authenticated {
		list = append(list, "@authenticated")
	}
	if len(m.scopes) > 0 {
		list = append(list, "@requiresScopes(scopes: "+printGroups(m.scopes)+")")
	}
	if len(m.policies) > 0 {
		list = append(list, "@policy(policies: "+printGroups(m.policies)+")")
	}
	if m.cost != "" {
		list = append(list, "@"+p.super.uses.costName+"(weight: "+m.cost+")")
	}
	if m.listSize != nil {
		list = append(list, m.listSize.print(p.super.uses.listSizeName))
	}
	return list
}

func (l *listSize) print(name string) string {
	var args []string
	if l.assumed != "" {
		args = append(args, "assumedSize: "+l.assumed)
	}
	if l.hasSlicing {
		args = append(args, "slicingArguments: "+printStrings(l.slicing))
	}
	if l.hasSized {
		args = append(args, "sizedFields: "+printStrings(l.sized))
	}
	if !l.requireOne {
		args = append(args, "requireOneSlicingArgument: false")
	}
	if len(args) == 0 {
		return "@" + name
	}
	return "@" + name + "(" + strings.Join(args, ", ") + ")"
}

func printStrings(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func printGroups(groups [][]string) string {
	parts := make([]string, len(groups))
	for i, group := range groups {
		parts[i] = printStrings(group)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (p *printer) description(text, indent string) {
	if text == "" {
		return
	}
	if !blockable(text) {
		p.WriteString(indent + quote(text) + "\n")
		return
	}
	p.WriteString(indent + `"""` + "\n")
	for line := range strings.SplitSeq(strings.ReplaceAll(text, `"""`, `\"""`), "\n") {
		if line != "" {
			p.WriteString(indent + line)
		}
		p.WriteString("\n")
	}
	p.WriteString(indent + `"""` + "\n")
}

// blockable says whether a text reads back the same from a block string, which
// drops blank lines at the ends and indentation that all lines have, and has no
// escapes.
func blockable(text string) bool {
	lines := strings.Split(text, "\n")
	indented := true
	for i, line := range lines {
		blank := strings.TrimLeft(line, " \t") == ""
		if blank && (i == 0 || i == len(lines)-1) {
			return false
		}
		indented = indented && (blank || line[0] == ' ' || line[0] == '\t')
	}
	return !indented && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0xfffd })
}
