package plan

import "slices"

// schedule orders groups: each comes after those that it needs, and what does
// not need each other runs at once. fetches are the groups' fetches.
func schedule(groups []*group, fetches map[*group]*Fetch) *Step {
	if len(groups) == 0 {
		return nil
	}
	parts := connected(groups)
	if len(parts) > 1 {
		s := &Step{Parallel: true}
		for _, part := range parts {
			s.add(schedule(part, fetches))
		}
		return s
	}
	var sources, rest []*group
	for _, g := range groups {
		if !slices.ContainsFunc(g.after, func(before *group) bool { return slices.Contains(groups, before) }) {
			sources = append(sources, g)
		} else {
			rest = append(rest, g)
		}
	}
	if len(sources) == 1 {
		s := &Step{Steps: []*Step{{Fetch: fetches[sources[0]]}}}
		s.add(schedule(rest, fetches))
		return s.short()
	}
	// What comes after several sources waits for all that come after one alone.
	var early, late []*group
	for _, g := range groups {
		n := 0
		for _, s := range sources {
			if g.follows(s) {
				n++
			}
		}
		if n > 1 {
			late = append(late, g)
		} else {
			early = append(early, g)
		}
	}
	s := &Step{}
	s.add(schedule(early, fetches))
	s.add(schedule(late, fetches))
	return s
}

// add adds a step at the end; the steps of one of the same kind are added one
// by one.
func (s *Step) add(child *Step) {
	switch {
	case child == nil:
	case child.Fetch == nil && child.Parallel == s.Parallel:
		s.Steps = append(s.Steps, child.Steps...)
	default:
		s.Steps = append(s.Steps, child)
	}
}

// short is the step itself, or its only one; nil when it has none.
func (s *Step) short() *Step {
	if s.Fetch == nil && len(s.Steps) == 0 {
		return nil
	}
	if len(s.Steps) == 1 {
		return s.Steps[0]
	}
	return s
}

// connected sorts groups into parts of which none needs another.
func connected(groups []*group) [][]*group {
	part := map[*group]int{}
	for n, g := range groups {
		part[g] = n
	}
	for changed := true; changed; {
		changed = false
		for _, g := range groups {
			for _, before := range g.after {
				if n, in := part[before]; in && n != part[g] {
					low := min(n, part[g])
					part[before], part[g], changed = low, low, true
				}
			}
		}
	}
	var parts [][]*group
	at := map[int]int{}
	for _, g := range groups {
		n, met := at[part[g]]
		if !met {
			n = len(parts)
			at[part[g]] = n
			parts = append(parts, nil)
		}
		parts[n] = append(parts[n], g)
	}
	return parts
}
