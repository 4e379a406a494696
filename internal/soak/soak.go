// Package soak knows how often a test does what it does: a few times in "make
// test", which has to be quick, and as often as it takes to be believed in
// "make soak".
package soak

import (
	"os"
	"strconv"
	"testing"
)

// Times is the number in the environment variable, or few if that is not set.
func Times(t testing.TB, variable string, few int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q; it has to be a number from 1 on", variable, text)
	}
	return n
}
