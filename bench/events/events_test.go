package main

import (
	"os"
	"testing"

	"heddle/internal/embedded"
)

func TestMain(m *testing.M) {
	if err := os.Setenv("TMPDIR", embedded.ScratchPlace()); err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	os.Exit(m.Run())
}

// The bench works, with little and with some in the stream.
func TestMeasure(t *testing.T) {
	t.Parallel()
	s := settings{events: 64, singles: 5, writers: 8, things: 16, held: 300}
	for _, stored := range []int{0, 100} {
		if err := measure(t.Context(), s, stored); err != nil {
			t.Errorf("with %d events stored: %v", stored, err)
		}
	}
}
