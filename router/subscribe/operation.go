package subscribe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"net/http"

	"heddle/router/execute"
	"heddle/router/operation"
)

// Operation is a subscription that can be opened upstream.
type Operation interface {
	// Key tells apart what may not share an upstream.
	Key() Key
	// Source opens the stream of events; see execute.Graph.Source.
	Source(ctx context.Context, deliver func(event []byte) error) error
	// Event completes one event to the response that clients get.
	Event(ctx context.Context, event []byte) ([]byte, error)
}

// Key names everything that the bytes of a subscription depend on: the graph,
// the operation with its variables, and the scope of access.
type Key struct {
	graph *execute.Graph
	sum   [sha256.Size]byte
}

// Planned is an operation of a graph, asked with headers.
type Planned struct {
	Graph    *execute.Graph
	Prepared *execute.Prepared
	Request  operation.Request
	Header   http.Header // what travels to the subgraphs
	Scope    []string    // names of the headers on which the answer depends
}

// Key is made of the request's text, name and variables, and of the headers in
// Scope: two clients share an upstream only if the subgraphs could not tell
// them apart.
func (p Planned) Key() Key {
	sum := sha256.New()
	write := func(part []byte) {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write(part)
	}
	write([]byte(p.Request.Query))
	write([]byte(p.Request.OperationName))
	write(compact(p.Request.Variables))
	write(compact(p.Request.Extensions))
	for _, name := range p.Scope {
		values := p.Header.Values(name)
		write([]byte(name))
		write(binary.LittleEndian.AppendUint64(nil, uint64(len(values))))
		for _, value := range values {
			write([]byte(value))
		}
	}
	key := Key{graph: p.Graph}
	sum.Sum(key.sum[:0])
	return key
}

// compact drops the white space of JSON, so that it does not keep clients apart.
func compact(raw json.RawMessage) []byte {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return raw
	}
	return out.Bytes()
}

// Source opens the stream of the operation's subgraph.
func (p Planned) Source(ctx context.Context, deliver func(event []byte) error) error {
	return p.Graph.Source(ctx, p.Prepared, p.Header, deliver)
}

// Event fetches what the event lacks and shapes the response.
func (p Planned) Event(ctx context.Context, event []byte) ([]byte, error) {
	return p.Graph.Event(ctx, p.Prepared, p.Header, event)
}
