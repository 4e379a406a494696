package main

import (
	"io"
	"testing"
)

// TestPlan_smoke plans every hard operation once, without the peer.
func TestPlan_smoke(t *testing.T) {
	t.Parallel()
	results, err := measure(t.Context(), settings{times: 1}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.ours.Error != "" || r.ours.fetches == 0 {
			t.Errorf("%s: %d fetches, %s", r.name, r.ours.fetches, r.ours.Error)
		}
	}
}
