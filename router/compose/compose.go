// Package compose merges the schemas of subgraphs into one supergraph, as the
// Apollo Federation specification says, versions 1 and 2 through 2.9.
package compose

// Subgraph is one schema to compose.
type Subgraph struct {
	Name string // unique among the subgraphs of a run
	URL  string // where a router reaches it
	SDL  string
	File string // shown in error locations; the name of the subgraph when empty
}

// Result is what a composition without errors gives.
type Result struct {
	Supergraph string // what a router reads: SDL with the join directives
	API        string // what clients see: SDL without anything inaccessible
	Hints      []Hint
}

// Compose merges subgraphs into a supergraph. The same subgraphs, in whatever
// order, give the same bytes. A refusal is an Errors with everything that was
// found wrong in the last stage reached. Compose holds no state: calls may run
// at the same time.
func Compose(subgraphs []Subgraph) (Result, error) {
	read, errs := readSubgraphs(subgraphs)
	if len(errs) > 0 {
		return Result{}, errs.sorted()
	}
	if errs := checkSubgraphs(read); len(errs) > 0 {
		return Result{}, errs.sorted()
	}
	super := merge(read)
	if errs := checkSupergraph(super); len(errs) > 0 {
		return Result{}, errs.sorted()
	}
	if errs := checkSelections(super); len(errs) > 0 {
		return Result{}, errs.sorted()
	}
	join(super)
	return Result{Supergraph: printSupergraph(super), API: printAPI(super), Hints: hints(super)}, nil
}
