// Package lacking knows what becomes of a test that needs something which is not
// on this machine.
package lacking

import (
	"os"
	"testing"
)

// Skip skips the test and says why. In continuous integration (CI=true), where
// everything has to be there, the test fails.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
