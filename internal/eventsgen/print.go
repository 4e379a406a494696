package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check puts the catalogue in order, and finds the event that two domains publish.
func (c *catalogue) check() error {
	var errs []error
	slices.SortStableFunc(c.kinds, func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(b.version, a.version))
	})
	published := map[string]string{}
	for _, k := range c.kinds {
		if of, ok := published[k.name]; ok && of != k.domain {
			errs = append(errs, fmt.Errorf("both %s and %s declare the event %q", of, k.domain, k.name))
		}
		published[k.name] = k.domain
	}
	return errors.Join(errs...)
}

// unpublished are the types of events that somebody listens to and nobody
// publishes, in order.
func (c *catalogue) unpublished() []string {
	var names []string
	for _, h := range c.handlers {
		if !slices.ContainsFunc(c.kinds, func(k kind) bool { return k.name == h.name }) {
			names = append(names, h.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// listeners are the domains that listen to the type of event, in order.
func (c *catalogue) listeners(name string) []string {
	var domains []string
	for _, h := range c.handlers {
		if h.name == name {
			domains = append(domains, h.domain)
		}
	}
	slices.Sort(domains)
	return slices.Compact(domains)
}

// print is the catalogue in Markdown.
func (c *catalogue) print() string {
	var b strings.Builder
	b.WriteString("\n| event | version | published by | heard by |\n|---|---|---|---|\n")
	for _, k := range c.kinds {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %d | %s | %s |\n", k.name, strings.ReplaceAll(k.name, ".", ""), k.version, k.domain, nobody(c.listeners(k.name)))
	}
	for _, name := range c.unpublished() {
		fmt.Fprintf(&b, "| `%s` | | nobody | %s |\n", name, nobody(c.listeners(name)))
	}
	for _, k := range c.kinds {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\nVersion %d; published by %s; heard by %s.\n", k.name, k.about, k.version, k.domain, nobody(c.listeners(k.name)))
		if len(k.fields) == 0 {
			b.WriteString("It has no data.\n")
			continue
		}
		b.WriteString("\n| field | type | |\n|---|---|---|\n")
		for _, f := range k.fields {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", f.name, f.of, strings.ReplaceAll(f.about, "|", `\|`))
		}
	}
	return b.String()
}

func nobody(domains []string) string {
	if len(domains) == 0 {
		return "nobody yet"
	}
	return strings.Join(domains, ", ")
}
