package compose

import (
	"fmt"
	"slices"

	"heddle/router/federation"
)

// sameImportNames: @cost and @listSize keep their names in the supergraph, so
// every subgraph calls them the same.
func sameImportNames(super *supergraph) Errors {
	var errs Errors
	for _, name := range []string{"@cost", "@listSize"} {
		var g groups
		for _, s := range super.subs {
			for _, i := range s.federation.Imports {
				if i.Name == name {
					g.add(`"`+i.As+`"`, s, s.federation.Position)
				}
			}
		}
		if len(g.keys) > 1 {
			errs = append(errs, Error{Code: "LINK_IMPORT_NAME_MISMATCH", Locations: g.where,
				Message: fmt.Sprintf("The import %q has different names in different subgraphs: it is imported %s.", name, g.describe("as"))})
		}
	}
	return errs
}

// sameComposedDirectives: a carried directive is of one specification, at one
// major version, and has one name.
func sameComposedDirectives(super *supergraph) Errors {
	c := composedCheck{names: map[string]*groups{}, identities: map[string]*groups{}, majors: map[string]*groups{}}
	for _, s := range super.subs {
		for _, link := range s.links {
			if link.Identity != federation.Identity && slices.ContainsFunc(link.Imports, federation.Import.Directive) {
				c.link(s, link)
			}
		}
	}
	for _, name := range sortedKeys(c.names) {
		if g := c.names[name]; len(g.keys) > 1 {
			c.errs = append(c.errs, Error{Code: "DIRECTIVE_COMPOSITION_ERROR", Locations: g.where,
				Message: fmt.Sprintf("Composed directive %q has different names in different subgraphs: it has %s. It must have the same name in all of them.", name, g.describe("name"))})
		}
	}
	for _, name := range sortedKeys(c.identities) {
		if g := c.identities[name]; len(g.keys) > 1 {
			c.errs = append(c.errs, Error{Code: "DIRECTIVE_COMPOSITION_ERROR", Locations: g.where,
				Message: fmt.Sprintf("Composed directive %q is not linked by the same core feature in every subgraph: it is linked by %s.", name, g.describe("feature"))})
		}
	}
	for _, identity := range sortedKeys(c.majors) {
		if g := c.majors[identity]; len(g.keys) > 1 {
			c.errs = append(c.errs, Error{Code: "DIRECTIVE_COMPOSITION_ERROR", Locations: g.where,
				Message: fmt.Sprintf("Core feature %q has different major versions in different subgraphs: it has %s.", identity, g.describe("version"))})
		}
	}
	return c.errs
}

type composedCheck struct {
	errs       Errors
	names      map[string]*groups // by the name in the specification
	identities map[string]*groups // by the name in the schema
	majors     map[string]*groups // by the identity of the specification
}

func (c *composedCheck) link(s *subgraph, link federation.Link) {
	add := func(to map[string]*groups, name, key string) {
		if to[name] == nil {
			to[name] = &groups{}
		}
		to[name].add(key, s, link.Position)
	}
	if v, err := federation.ParseVersion(link.Version); err == nil {
		add(c.majors, link.Identity, fmt.Sprintf("v%d", v.Major))
	}
	for _, i := range link.Imports {
		if i.Directive() {
			add(c.names, i.Name, `"`+i.As+`"`)
			add(c.identities, i.As, link.Identity)
		}
	}
}
