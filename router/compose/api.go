package compose

import "strings"

// printAPI writes the schema that clients see.
func printAPI(super *supergraph) string {
	p := &printer{super: super, api: true}
	for _, d := range super.directives {
		if d.executable {
			p.directive(d)
		}
	}
	for _, t := range super.types {
		p.typeDef(t)
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}
