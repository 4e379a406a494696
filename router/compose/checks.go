package compose

// subgraphRules look at one subgraph, each at one kind of mistake.
var subgraphRules = []func(*subgraph) Errors{}

// supergraphRules look at what the subgraphs have together.
var supergraphRules = []func(*supergraph) Errors{}

func checkSubgraphs(subs []*subgraph) Errors {
	var errs Errors
	for _, s := range subs {
		for _, rule := range subgraphRules {
			errs = append(errs, rule(s)...)
		}
	}
	return errs
}

func checkSupergraph(super *supergraph) Errors {
	var errs Errors
	for _, rule := range supergraphRules {
		errs = append(errs, rule(super)...)
	}
	return errs
}
