package compose

import "slices"

// overriddenIn are the subgraphs that another one took the field over from.
func (s *supergraph) overriddenIn(f *mergedField) map[*subgraph]bool {
	var found map[*subgraph]bool
	for _, p := range f.parts {
		if from := s.bySub[p.override]; p.override != "" && from != nil {
			if found == nil {
				found = map[*subgraph]bool{}
			}
			found[from] = true
		}
	}
	return found
}

// usedOverridden says whether a subgraph still needs a field that was taken over
// from it: as a key, or because an interface there has it.
func (s *supergraph) usedOverridden(f *mergedField, p *field, ofInterfaces interfaceParts) bool {
	if !s.overriddenIn(f)[p.owner.sub] {
		return false
	}
	return p.usedAsKey && !p.external || ofInterfaces.has(f.name, p.owner.sub)
}

// overrideLabels are the labels of progressive overrides, on both their ends.
func (s *supergraph) overrideLabels(f *mergedField) map[*subgraph]string {
	labels := map[*subgraph]string{}
	for _, p := range f.parts {
		if from := s.bySub[p.override]; from != nil && p.overrideLabel != "" {
			labels[from], labels[p.owner.sub] = p.overrideLabel, p.overrideLabel
		}
	}
	return labels
}

// joinOverridden is joinsOf for a field that some subgraph takes over.
func (s *supergraph) joinOverridden(f *mergedField, overridden map[*subgraph]bool, ofInterfaces interfaceParts) []joinField {
	labels := s.overrideLabels(f)
	var joins []joinField
	for _, p := range f.parts {
		sub := p.owner.sub
		j := s.joinFieldOf(f, p)
		j.contextArguments = contextArguments(f, p)
		j.overrideLabel = labels[sub]
		if f.owner.name == "Query" {
			j.overrideLabel = p.overrideLabel
			if p.override != "" || labels[sub] != "" || p.shareable && !overridden[sub] {
				joins = append(joins, j)
			}
			continue
		}
		j.external = p.externalInJoin()
		j.usedOverridden = s.usedOverridden(f, p, ofInterfaces) || overridden[sub] && p.effectivelyRequired() && !j.external
		if j.external && p.effectivelyRequired() || j.overrideLabel != "" || j.usedOverridden || !overridden[sub] {
			joins = append(joins, j)
		}
	}
	if len(joins) == 1 && len(f.parts) == len(f.owner.parts) && f.owner.onlyIn != nil && f.owner.onlyIn.id == joins[0].graph {
		return nil
	}
	return joins
}

// markRequires tells the requirements of fields that still are resolved here
// from those of fields that another subgraph took over.
func (s *supergraph) markRequires() {
	for _, t := range s.types {
		for _, f := range t.fields {
			overridden := s.overriddenIn(f)
			for _, p := range f.parts {
				if p.requires == nil {
					continue
				}
				gone := overridden[p.owner.sub]
				p.owner.sub.walk(p.owner, p.requires.set, func(_ *typeDef, needed *field) {
					needed.requiredByGone = needed.requiredByGone || gone
					needed.requiredByKept = needed.requiredByKept || !gone
				})
			}
		}
	}
}

func (f *field) effectivelyRequired() bool {
	return f.requiredByKept || !f.requiredByGone && f.required
}

func (f *field) onlyOverriddenRequires() bool { return f.requiredByGone && !f.requiredByKept }

// printedRequires is the field set of @requires without what every key of the
// type brings along anyway.
func (s *supergraph) printedRequires(f *field) string {
	if f.requires == nil {
		return ""
	}
	return f.requires.set.Without(commonLeaves(f.owner.keys)).String()
}

// printedProvides is the field set of @provides; without the keys where the type
// it selects on is an extension.
func (s *supergraph) printedProvides(f *field) string {
	if f.provides == nil {
		return ""
	}
	target := f.owner.sub.byName[f.typ.Name()]
	if target == nil || !target.extended {
		return f.provides.set.String()
	}
	return f.provides.set.Without(commonLeaves(target.keys)).String()
}

// commonLeaves are the paths of the leaves that all keys have.
func commonLeaves(keys []key) map[string]bool {
	var common []string
	for i, k := range keys {
		leaves := k.set.Leaves()
		if i == 0 {
			common = leaves
			continue
		}
		common = slices.DeleteFunc(common, func(leaf string) bool { return !slices.Contains(leaves, leaf) })
	}
	found := map[string]bool{}
	for _, leaf := range common {
		found[leaf] = true
	}
	return found
}
