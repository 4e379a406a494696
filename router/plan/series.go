package plan

// inSeries orders the steps of a mutation so that each root field is answered
// to the end before the next begins (specification, 6.2.2). The planner orders
// the root fields, but completes one while the next is running.
func inSeries(s *Step) *Step {
	if s == nil {
		return nil
	}
	var roots []*Fetch
	(&Plan{Steps: s}).Each(func(f *Fetch) {
		if len(f.At) == 0 {
			roots = append(roots, f)
		}
	})
	if len(roots) < 2 {
		return s
	}
	series := &Step{}
	for _, root := range roots {
		if part := only(s, func(f *Fetch) bool { return f == root || len(f.At) > 0 && below(root, f) }); part != nil {
			series.Steps = append(series.Steps, part)
		}
	}
	return series
}

// below tells whether a fetch completes what a root fetch began.
func below(root, f *Fetch) bool {
	for _, key := range root.Roots {
		if f.At[0].Field == key {
			return true
		}
	}
	return false
}

// only is the step with nothing but the fetches that keep keeps.
func only(s *Step, keep func(*Fetch) bool) *Step {
	if s.Fetch != nil {
		if keep(s.Fetch) {
			return s
		}
		return nil
	}
	out := &Step{Parallel: s.Parallel}
	for _, child := range s.Steps {
		if kept := only(child, keep); kept != nil {
			out.Steps = append(out.Steps, kept)
		}
	}
	switch len(out.Steps) {
	case 0:
		return nil
	case 1:
		return out.Steps[0]
	}
	return out
}
