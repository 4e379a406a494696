package subscribe

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"heddle/internal/fault"
	"heddle/router/execute"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

// Operation is a subscription that can be opened upstream.
type Operation interface {
	// Key tells apart what may not share an upstream.
	Key() Key
	// Trigger is what the subgraph is asked: as long as it stays the same, there
	// is no need to ask again.
	Trigger() string
	// Shared tells apart what may not share an upstream even with the subgraph's
	// word that the callers may see the same; ok is false if its word is not enough.
	Shared() (key Key, ok bool)
	// Rule is how the events of its field are delivered.
	Rule() supergraph.Live
	// Source opens the stream of events, if it may be where an earlier one stood. It
	// calls opened once the subgraph was asked, and deliver with each event; see
	// execute.Graph.Source. An error that is an *Interruption is one after which it
	// may be opened again.
	Source(ctx context.Context, after Place, opened func(), deliver func(event []byte) error) error
	// Event completes one event to the response that clients get.
	Event(ctx context.Context, event []byte) ([]byte, error)
}

// Key names everything that the bytes of a subscription depend on: the
// operation with its variables, and the scope of access.
type Key [sha256.Size]byte

// Planned is an operation of a graph, asked with headers.
type Planned struct {
	Graph    *execute.Graph
	Prepared *execute.Prepared
	Request  operation.Request
	Header   http.Header // what travels to the subgraphs
	Scope    []string    // names of the headers on which the answer depends
}

// Key is made of the normalised operation with its values, and of the headers in
// Scope: two clients share an upstream only if the subgraphs could not tell
// them apart.
func (p Planned) Key() Key { return p.key(p.Scope) }

// Shared is the key without the token, if every field of the operation says that
// it is the same for everybody who can reach it.
func (p Planned) Shared() (key Key, ok bool) {
	if !p.Graph.Common(p.Prepared) {
		return key, false
	}
	return p.key(slices.DeleteFunc(slices.Clone(p.Scope), func(name string) bool { return name == "Authorization" })), true
}

func (p Planned) key(scope []string) Key {
	sum := sha256.New()
	write := func(part []byte) {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write(part)
	}
	write([]byte(p.Prepared.Identity()))
	for _, name := range scope {
		values := p.Header.Values(name)
		write([]byte(name))
		write(binary.LittleEndian.AppendUint64(nil, uint64(len(values))))
		for _, value := range values {
			write([]byte(value))
		}
	}
	var key Key
	sum.Sum(key[:0])
	return key
}

// Trigger is the request to the subgraph and the way to it.
func (p Planned) Trigger() string { return p.Graph.Trigger(p.Prepared) }

// Rule is what @live says of the field.
func (p Planned) Rule() supergraph.Live { return p.Graph.Live(p.Prepared) }

// shareHeader asks a subgraph to say with whom a stream can be shared.
const shareHeader = "Heddle-Live"

// Source opens the stream of the operation's subgraph.
func (p Planned) Source(ctx context.Context, after Place, opened func(), deliver func(event []byte) error) error {
	header := p.Header
	var extensions []byte
	if after.known() {
		extensions = fmt.Appendf(nil, `{"live":{"after":%d}}`, after.number())
	}
	if p.Graph.Common(p.Prepared) {
		header = header.Clone()
		header.Set(shareHeader, "share")
	}
	err := p.Graph.Source(ctx, p.Prepared, header, extensions, opened, deliver)
	var known *fault.Error
	if err == nil || errors.As(err, &known) || errors.As(err, new(operation.Errors)) {
		return err
	}
	return &Interruption{err}
}

// Event fetches what the event lacks and shapes the response.
func (p Planned) Event(ctx context.Context, event []byte) ([]byte, error) {
	return p.Graph.Event(ctx, p.Prepared, p.Header, event)
}

// On is the operation on another graph, for the caller in ctx.
func (p Planned) On(ctx context.Context, graph *execute.Graph) (Planned, error) {
	prepared, err := graph.Prepare(ctx, p.Request)
	if err != nil {
		return p, err
	}
	p.Graph, p.Prepared = graph, prepared
	return p, nil
}
