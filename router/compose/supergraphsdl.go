package compose

import (
	"slices"
	"strings"

	"heddle/router/federation"
)

// printSupergraph writes the supergraph: schema and links, the directives of the
// specifications, the list of subgraphs, and the types.
func printSupergraph(super *supergraph) string {
	p := &printer{super: super}
	p.WriteString("schema\n  " + strings.Join(super.specLinks(), "\n  ") + "\n{\n")
	for _, root := range [][2]string{{"query", "Query"}, {"mutation", "Mutation"}, {"subscription", "Subscription"}} {
		if super.byName[root[1]] != nil {
			p.WriteString("  " + root[0] + ": " + root[1] + "\n")
		}
	}
	p.WriteString("}\n\n")
	p.WriteString(super.specDefinitions())
	for _, d := range super.directives {
		p.directive(d)
	}
	p.WriteString("enum join__Graph {\n")
	for _, s := range super.subs {
		p.WriteString("  " + s.id + " @join__graph(name: " + quote(s.name) + ", url: " + quote(s.url) + ")\n")
	}
	p.WriteString("}\n\n")
	for _, t := range super.types {
		p.typeDef(t)
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

func (p *printer) directive(d *mergedDirective) {
	p.WriteString("directive @" + d.name)
	p.arguments(d.args)
	if d.repeatable {
		p.WriteString(" repeatable")
	}
	p.WriteString(" on " + strings.Join(d.locations, " | ") + "\n\n")
}

// joinVersion is the version of the join specification that the content needs.
func (s *supergraph) joinVersion() string {
	switch {
	case s.version.AtLeast(federation.V28):
		return "v0.5"
	case s.version.AtLeast(federation.V27):
		return "v0.4"
	}
	return "v0.3"
}

func (s *supergraph) specLinks() []string {
	spec := func(name, rest string) string {
		return `@link(url: "https://specs.apollo.dev/` + name + `"` + rest + `)`
	}
	links := []string{spec("link/v1.0", ""), spec("join/"+s.joinVersion(), ", for: EXECUTION")}
	add := func(used bool, name, rest string) {
		if used {
			links = append(links, spec(name, rest))
		}
	}
	add(s.uses.context, "context/v0.1", ", for: SECURITY")
	add(s.uses.tag, "tag/v0.3", "")
	add(s.uses.cost || s.uses.listSize, "cost/v0.1", s.costImports())
	add(s.uses.inaccessible, "inaccessible/v0.2", ", for: SECURITY")
	add(s.uses.policy, "policy/v0.1", ", for: SECURITY")
	add(s.uses.scopes, "requiresScopes/v0.1", ", for: SECURITY")
	add(s.uses.authenticated, "authenticated/v0.1", ", for: SECURITY")
	for _, link := range s.links {
		links = append(links, link.String())
	}
	return links
}

func (s *supergraph) costImports() string {
	var imports []string
	if s.uses.cost && s.uses.costName != "cost" {
		imports = append(imports, `{name: "@cost", as: "@`+s.uses.costName+`"}`)
	}
	if s.uses.listSize && s.uses.listSizeName != "listSize" {
		imports = append(imports, `{name: "@listSize", as: "@`+s.uses.listSizeName+`"}`)
	} else if s.uses.listSize {
		imports = append(imports, `"@listSize"`)
	}
	if len(imports) == 0 {
		return ""
	}
	return ", import: [" + strings.Join(imports, ", ") + "]"
}

const linkDefinitions = `directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA

scalar link__Import

enum link__Purpose {
  """
  ` + "`SECURITY`" + ` features provide metadata necessary to securely resolve fields.
  """
  SECURITY

  """
  ` + "`EXECUTION`" + ` features provide metadata necessary for operation execution.
  """
  EXECUTION
}

`

const joinDefinitions = `directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE

directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: BooleanOVERRIDE) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE

directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR

directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION

scalar join__FieldSet

`

const joinContextDefinitions = `input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}

scalar join__FieldValue

`

const tagLocations = "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"

const accessLocations = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"

// specDefinitions are the definitions of the specifications that are linked.
func (s *supergraph) specDefinitions() string {
	labels := ""
	if s.version.AtLeast(federation.V27) {
		labels = ", overrideLabel: String"
	}
	if s.version.AtLeast(federation.V28) {
		labels += ", contextArguments: [join__ContextArgument!]"
	}
	b := linkDefinitions + strings.Replace(joinDefinitions, "OVERRIDE", labels, 1)
	add := func(used bool, text string) {
		if used {
			b += text + "\n\n"
		}
	}
	if s.version.AtLeast(federation.V28) {
		b += joinContextDefinitions
	}
	add(s.uses.context, "directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION\n\nscalar context__ContextFieldValue")
	add(s.usesOneOf(), "directive @oneOf on INPUT_OBJECT")
	add(s.uses.tag, "directive @tag(name: String!) repeatable on "+tagLocations+" | SCHEMA")
	add(s.uses.cost, "directive @"+s.uses.costName+"(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR")
	add(s.uses.listSize, "directive @"+s.uses.listSizeName+"(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION")
	add(s.uses.inaccessible, "directive @inaccessible on "+tagLocations)
	add(s.uses.policy, "directive @policy(policies: [[policy__Policy!]!]!) on "+accessLocations+"\n\nscalar policy__Policy")
	add(s.uses.scopes, "directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on "+accessLocations+"\n\nscalar requiresScopes__Scope")
	add(s.uses.authenticated, "directive @authenticated on "+accessLocations)
	return b
}

// usesOneOf says whether an input type is a oneOf. Older readers know the
// directive only where it is defined.
func (s *supergraph) usesOneOf() bool {
	return slices.ContainsFunc(s.types, func(t *mergedType) bool { return t.oneOf })
}
