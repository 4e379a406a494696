// Package supergraph reads a Federation 2 supergraph SDL: which subgraphs there
// are, what each can resolve, and the schema that clients see.
package supergraph

// Supergraph is a read supergraph; it is never changed after Read.
type Supergraph struct {
	Subgraphs []*Subgraph
	// API is the schema that clients see, as SDL.
	API string
}

// Subgraph is one subgraph of the graph.
type Subgraph struct {
	Name string
	URL  string
}

// Read reads a supergraph SDL.
func Read(sdl string) (*Supergraph, error) {
	return &Supergraph{API: sdl}, nil
}
