// Package yjs knows Yjs documents as a server needs them: it reads and writes
// the update format of Yjs (version 1), merges updates in any order with the
// same outcome as the original, tells what a replica lacks, and reads and
// replaces texts. The algorithm is YATA as Yjs 13 has it: each file says which
// part it follows. What it reads may come from anybody: nothing that is not an
// update is taken, and no input makes it fail later.
package yjs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxInteger is the largest integer that Yjs reads: JavaScript's safe ones.
const maxInteger = 1<<53 - 1

// ErrMalformed is wrapped by every error about bytes that are not what they
// should be.
var ErrMalformed = errors.New("not Yjs data")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// id names an element of a document: what a client wrote at one tick of its clock.
type id struct{ client, clock uint64 }

// StateVector says how far a replica has heard each client: up to, and without,
// a clock.
type StateVector map[uint64]uint64

// ReadStateVector reads what Y.encodeStateVector wrote.
func ReadStateVector(data []byte) (StateVector, error) {
	r := reader{data: data}
	n := r.count(2)
	v := make(StateVector, n)
	for range n {
		client := r.uint()
		v[client] = max(v[client], r.uint())
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("state vector: %w", err)
	}
	return v, nil
}

// Encode writes the vector as Y.encodeStateVector does.
func (v StateVector) Encode() []byte {
	w := writer{}
	w.uint(uint64(len(v)))
	for _, client := range descending(v) {
		w.uint(client)
		w.uint(v[client])
	}
	return w.data
}

// descending gives the clients in the order in which Yjs writes them.
func descending[V any](of map[uint64]V) []uint64 {
	clients := slices.Sorted(maps.Keys(of))
	slices.Reverse(clients)
	return clients
}
