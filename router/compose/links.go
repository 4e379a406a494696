package compose

import (
	"fmt"
	"slices"
	"strings"

	"heddle/router/federation"
)

// readLinks reads the @link directives of the schema and finds out which
// version of Federation it speaks: one without a link to it speaks version 1.
func (s *subgraph) readLinks() Errors {
	var errs Errors
	refuse := func(code string, link federation.Link, format string, args ...any) {
		errs = append(errs, Error{Code: code, Message: fmt.Sprintf("[%s] ", s.name) + fmt.Sprintf(format, args...), Locations: []Location{s.at(link.Position)}})
	}
	s.version = federation.V1
	seen := map[string]bool{}
	for _, d := range s.schemaDirectives() {
		if d.Name != "link" {
			continue
		}
		link, ok, err := federation.ReadLink(d)
		if !ok {
			continue
		}
		if err != nil {
			refuse("INVALID_LINK_DIRECTIVE_USAGE", link, "The link to %s is malformed: %s.", link.Identity, err)
			continue
		}
		if seen[link.Identity] {
			refuse("INVALID_LINK_DIRECTIVE_USAGE", link, "The feature %s is linked twice.", link.Identity)
			continue
		}
		seen[link.Identity] = true
		s.readLink(link, refuse)
	}
	s.canonicalNames()
	return errs
}

// specVersions are the versions that exist of the specifications that are no
// part of Federation itself.
var specVersions = map[string][]string{
	"link":         {"v1.0"},
	"tag":          {"v0.1", "v0.2"},
	"kotlin_labs":  {"v0.1", "v0.2"},
	"join":         {"v0.1", "v0.2", "v0.3", "v0.4", "v0.5"},
	"inaccessible": {"v0.1", "v0.2"},
	"core":         {"v0.1", "v0.2"},
}

const apolloSpecs = "https://specs.apollo.dev"

func (s *subgraph) readLink(link federation.Link, refuse func(code string, link federation.Link, format string, args ...any)) {
	version, err := federation.ParseVersion(link.Version)
	if link.Version != "" && err != nil {
		refuse("INVALID_LINK_IDENTIFIER", link, "The link to %s has the version %q; a version has the form v1.2.", link.Identity, link.Version)
		return
	}
	if link.Identity == apolloSpecs || strings.HasPrefix(link.Identity, apolloSpecs+"/") {
		if link.Version == "" {
			refuse("INVALID_LINK_IDENTIFIER", link, "The link to %s names no version; it should end like /federation/%s.", link.Identity, federation.Latest)
			return
		}
		if known := specVersions[link.Name]; known != nil && !slices.Contains(known, link.Version) {
			refuse("UNKNOWN_LINK_VERSION", link, "The specification %q has no version %s; known are %s.", link.Name, link.Version, strings.Join(known, ", "))
			return
		}
	}
	if unsupported(link) {
		refuse("UNSUPPORTED_LINKED_FEATURE", link, "The link to %s is for: %s, but this composer does not know the specification, so a router would not honour it.", link.URL(), link.For)
		return
	}
	if link.Identity == federation.Identity {
		if !version.Known() {
			refuse("UNKNOWN_FEDERATION_LINK_VERSION", link, "There is no Federation %s; the newest that is known is %s.", link.Version, federation.Latest)
			return
		}
		if unknown := unknownImports(link, version); len(unknown) > 0 {
			for _, name := range unknown {
				refuse("INVALID_LINK_DIRECTIVE_USAGE", link, "Cannot import %q: Federation %s has no such element.", name, version)
			}
			return
		}
		s.version, s.federation = version, link
	}
	s.links = append(s.links, link)
}

// unsupported: Link, "for": what is needed to resolve fields, or to do so safely,
// cannot be passed over by who does not know it.
func unsupported(link federation.Link) bool {
	if link.For != "SECURITY" && link.For != "EXECUTION" || link.Identity == federation.Identity {
		return false
	}
	name, known := strings.CutPrefix(link.Identity, apolloSpecs+"/")
	return !known || specVersions[name] == nil && federation.Directive(name) == nil
}

func unknownImports(link federation.Link, version federation.Version) []string {
	var unknown []string
	for _, i := range link.Imports {
		if d := federation.Directive(strings.TrimPrefix(i.Name, "@")); i.Directive() && d != nil && d.In(version) {
			continue
		}
		if !slices.ContainsFunc(federation.Types, func(t federation.Type) bool { return t.Name == i.Name && version.AtLeast(t.Since) }) {
			unknown = append(unknown, i.Name)
		}
	}
	return unknown
}
