package plan

import (
	"maps"
	"slices"
	"strings"

	"heddle/router/operation"
	"heddle/router/supergraph"
)

// putOff takes the plan of an operation with so many groups of deferred
// fragments apart: what the first answer needs stays in its steps, and what
// deferred fragments alone need goes to their groups. A fetch that has fields of
// both is made two, where its subgraph can find the objects again. root is what a
// client gets.
func putOff(super *supergraph.Supergraph, p *Plan, root *Node, groups int) error {
	d := &deferral{super: super, wanted: map[string]bool{}, later: make([]Later, groups), needs: map[*Fetch]map[int]bool{}, sources: map[*Fetch][]*Fetch{}}
	d.readNode(root, "", 0)
	p.Later = d.later
	if p.Steps == nil {
		d.order()
		return nil
	}
	steps, err := d.split(p.Steps)
	if err != nil {
		return err
	}
	(&Plan{Steps: steps}).Each(func(f *Fetch) { d.fetches = append(d.fetches, f) })
	d.assign()
	p.Steps = keep(steps, func(f *Fetch) bool { return f.Group == 0 })
	for i := range d.later {
		d.later[i].Steps = d.arrange(i + 1)
	}
	d.order()
	return nil
}

// deferral is the taking apart of one plan. Places in the data are paths of its
// keys, joined by dots.
type deferral struct {
	super   *supergraph.Supergraph
	wanted  map[string]bool // places that the client's answer is made of
	later   []Later
	fetches []*Fetch
	needs   map[*Fetch]map[int]bool // the groups that a fetch is for
	sources map[*Fetch][]*Fetch     // the fetches that a fetch depends on
}

// readNode notes the places of a shape, and which group stands in which.
func (d *deferral) readNode(n *Node, path string, around int) {
	switch n.Kind {
	case List:
		d.readNode(n.Item, path, around)
	case Object:
		if (len(n.Cases) != 1 || !slices.Contains(n.Cases[0].On, n.Type)) && d.nameless(n.Type) { // its type decides
			d.wanted[under(path, "__typename")] = true
		}
		for _, c := range n.Cases {
			d.readFields(c.Fields, path, around)
			d.readParts(c.Deferred, path, around)
		}
	}
}

// nameless tells whether there are subgraphs that know objects of the type by
// the interface's name alone. Then it takes another to tell what they are.
func (d *deferral) nameless(typeName string) bool {
	for _, g := range d.super.Subgraphs {
		for _, t := range g.Types {
			if t.InterfaceObject && (t.Name == typeName || d.possible(typeName, t.Name)) {
				return true
			}
		}
	}
	return false
}

// possible tells whether objects behind an interface can be of a type.
func (d *deferral) possible(typeName, interfaceName string) bool {
	def := d.super.Schema.Types[typeName]
	if def == nil {
		return false
	}
	for _, p := range d.super.Schema.GetPossibleTypes(def) {
		if slices.Contains(p.Interfaces, interfaceName) {
			return true
		}
	}
	return false
}

func (d *deferral) readFields(fields []Field, path string, around int) {
	for _, f := range fields {
		if f.Value.Kind != Marker && f.Value.Kind != TypeName {
			d.wanted[under(path, f.From)] = true
			d.readNode(f.Value, under(path, f.From), around)
		}
	}
}

func (d *deferral) readParts(parts []Part, path string, around int) {
	for _, part := range parts {
		d.later[part.Group-1].Around = around
		d.readFields(part.Fields, path, part.Group)
		d.readParts(part.Deferred, path, part.Group)
	}
}

func under(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// groupOf is the group of the fragment in which a place is: the innermost.
func groupOf(path string) int {
	steps := strings.Split(path, ".")
	for _, key := range slices.Backward(steps) {
		if group, _, _, ok := operation.Deferred(key); ok {
			return group
		}
	}
	return 0
}

// assign gives each fetch its group. One that is for several comes with the
// first of them.
func (d *deferral) assign() {
	d.link()
	for changed := true; changed; { // what a fetch depends on is for what the fetch is for
		changed = false
		for _, f := range d.fetches {
			for _, source := range d.sources[f] {
				before := len(d.needs[source])
				maps.Copy(d.needs[source], d.needs[f])
				changed = changed || len(d.needs[source]) > before
			}
		}
	}
	for _, f := range d.fetches {
		if groups := slices.Sorted(maps.Keys(d.needs[f])); len(groups) > 0 {
			f.Group = groups[0]
		}
	}
}

// link notes what each fetch is for by itself, and which others it depends on.
func (d *deferral) link() {
	gives, told := map[*Fetch]map[string]bool{}, map[string]bool{}
	for _, f := range d.fetches {
		gives[f], d.needs[f] = d.given(f), map[int]bool{}
		for place, always := range gives[f] {
			if strings.HasSuffix(place, "__typename") && told[place] { // who tells a type first has told it
				delete(gives[f], place)
				continue
			}
			told[place] = told[place] || always
			if d.wanted[place] {
				d.needs[f][groupOf(place)] = true
			}
		}
	}
	for _, f := range d.fetches {
		reads := readBy(f)
		for _, source := range d.fetches {
			if source != f && intersect(reads, gives[source]) {
				d.sources[f] = append(d.sources[f], source)
			}
		}
	}
}

func intersect(a, b map[string]bool) bool {
	for key := range a {
		if _, both := b[key]; both {
			return true
		}
	}
	return false
}

// arrange makes the steps of a group: fetches that have nothing to do with each
// other side by side, the others in stages.
func (d *deferral) arrange(group int) *Step {
	var chains [][]*Fetch
	for _, f := range d.fetches { // in an order that is right
		if f.Group != group {
			continue
		}
		chain, apart := []*Fetch{}, [][]*Fetch{}
		for _, other := range chains {
			if slices.ContainsFunc(other, func(source *Fetch) bool { return slices.Contains(d.sources[f], source) }) {
				chain = append(chain, other...)
			} else {
				apart = append(apart, other)
			}
		}
		chains = append(apart, append(chain, f))
	}
	all := &Step{Parallel: true}
	for _, chain := range chains {
		all.Steps = append(all.Steps, d.stages(chain))
	}
	return keep(all, func(*Fetch) bool { return true })
}

// stages puts fetches after those that they depend on.
func (d *deferral) stages(chain []*Fetch) *Step {
	var stages []*Step
	at := map[*Fetch]int{}
	for _, f := range chain {
		stage := 0
		for _, source := range d.sources[f] {
			if n, here := at[source]; here {
				stage = max(stage, n+1)
			}
		}
		at[f] = stage
		if stage == len(stages) {
			stages = append(stages, &Step{Parallel: true})
		}
		stages[stage].Steps = append(stages[stage].Steps, &Step{Fetch: f})
	}
	return &Step{Steps: stages}
}

// order notes which groups wait for the fetches of others.
func (d *deferral) order() {
	for i := range d.later {
		group, first := i+1, map[int]bool{}
		if around := d.later[i].Around; around > 0 {
			first[around] = true
		}
		for _, f := range d.fetches {
			if f.Group != 0 && f.Group != group && d.needs[f][group] {
				first[f.Group] = true
			}
		}
		d.later[i].After = slices.Sorted(maps.Keys(first))
	}
}

// keep is the step with nothing but the fetches that are wanted; nil when it
// has none.
func keep(s *Step, wanted func(*Fetch) bool) *Step {
	if s.Fetch != nil {
		if wanted(s.Fetch) {
			return s
		}
		return nil
	}
	out := &Step{Parallel: s.Parallel}
	for _, child := range s.Steps {
		out.add(keep(child, wanted))
	}
	return out.short()
}
