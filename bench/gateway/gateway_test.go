package main

import (
	"io"
	"os"
	"testing"
)

// TestMain is the subgraphs or the static server when the bench starts this
// binary again as such.
func TestMain(m *testing.M) {
	if address := os.Getenv(serveAddress); address != "" {
		if err := serve(address); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestGateway_smoke loads everything but the peers for a moment: every answer is
// held against the first.
func TestGateway_smoke(t *testing.T) {
	t.Parallel()
	if err := measure(t.Context(), smoke, io.Discard); err != nil {
		t.Fatal(err)
	}
}
