package compose

import (
	"slices"
	"strings"

	"heddle/router/federation"
)

// mergedLink is a link of the supergraph to the specification of a custom
// directive.
type mergedLink struct {
	identity string
	version  string
	imports  []federation.Import
}

// mergeLinks carries the links whose directives are imported, at their highest
// version.
func (s *supergraph) mergeLinks() {
	byIdentity := map[string]*mergedLink{}
	var order []string
	for _, sub := range s.subs {
		for _, link := range sub.links {
			if link.Identity == federation.Identity || !slices.ContainsFunc(link.Imports, federation.Import.Directive) {
				continue
			}
			m := byIdentity[link.Identity]
			if m == nil {
				m = &mergedLink{identity: link.Identity, version: link.Version}
				byIdentity[link.Identity] = m
				order = append(order, link.Identity)
			}
			if newer(link.Version, m.version) {
				m.version = link.Version
			}
			for _, i := range link.Imports {
				known := slices.ContainsFunc(m.imports, func(o federation.Import) bool { return o.Name == i.Name })
				if i.Directive() && !known {
					m.imports = append(m.imports, i)
				}
			}
		}
	}
	for _, identity := range order {
		s.links = append(s.links, *byIdentity[identity])
	}
}

func newer(a, b string) bool {
	va, errA := federation.ParseVersion(a)
	vb, errB := federation.ParseVersion(b)
	return errA == nil && (errB != nil || va != vb && va.AtLeast(vb))
}

func (l mergedLink) String() string {
	url := l.identity
	if l.version != "" {
		url += "/" + l.version
	}
	imports := make([]string, len(l.imports))
	for i, one := range l.imports {
		imports[i] = quote(one.Name)
		if one.As != one.Name {
			imports[i] = "{name: " + quote(one.Name) + ", as: " + quote(one.As) + "}"
		}
	}
	return "@link(url: " + quote(url) + ", import: [" + strings.Join(imports, ", ") + "])"
}
