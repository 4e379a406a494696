package main

import (
	"context"
	"os"
	"testing"
)

// TestMain is the limit when the bench starts this binary again as such.
func TestMain(m *testing.M) {
	if address := os.Getenv(limitAddress); address != "" {
		if err := serveLimit(context.Background(), address); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestHouse_smoke does a little of every bench.
func TestHouse_smoke(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), smoke, ""); err != nil {
		t.Fatal(err)
	}
}
