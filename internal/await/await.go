// Package await waits, in tests, for what comes by itself and tells nobody: an
// event that travels, a job that is done by another process. Where there is a
// signal to wait for, wait for that.
package await

import (
	"testing"
	"time"
)

const (
	patience = 3 * time.Minute        // until what does not come fails the test
	first    = time.Millisecond       // pause before the second look
	longest  = 100 * time.Millisecond // pause between later ones
)

// Until looks again and again, less and less often, until it is so. The test
// fails when that takes longer than some minutes, or when looking fails.
func Until(t testing.TB, what string, is func() (bool, error)) {
	t.Helper()
	deadline := time.After(patience)
	for pause := first; ; pause = min(2*pause, longest) {
		yes, err := is()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if yes {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("it never became so: %s", what)
		case <-t.Context().Done():
			t.Fatalf("the test ended before it became so: %s", what)
		case <-time.After(pause):
		}
	}
}
