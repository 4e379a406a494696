//go:build linux

package main

import (
	"context"
	"os"
	"testing"
)

// TestMain is one of the measured processes when the bench starts this binary
// again as such.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(context.Background(), role); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestLive_smoke measures a few subscribers: each hears every message, once and
// in order, or the bench fails.
func TestLive_smoke(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), smoke); err != nil {
		t.Fatal(err)
	}
}
