// Package storetest gives tests real stores: a PostgreSQL database, a
// redis-server and a NATS server of their own, gone when the test ends.
//
// A package whose tests use Postgres says
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
package storetest

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"heddle/internal/embedded"
)

// Main runs the tests, ends what they shared, fails when they have left
// goroutines behind, and exits.
func Main(m *testing.M, options ...goleak.Option) {
	managed = true
	if err := os.Setenv("TMPDIR", embedded.ScratchPlace()); err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "storetest: %v\n", err)
		code = max(code, 1)
	}
	if code == 0 {
		if err := goleak.Find(append(options, leftByNATS...)...); err != nil {
			fmt.Fprintf(os.Stderr, "storetest: the tests have left goroutines behind: %v\n", err)
			code = 1
		}
	}
	os.Exit(code)
}

// leftByNATS is what a NATS server leaves running that was stopped while it made
// a stream.
var leftByNATS = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
	goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
	goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*consumerFileStore).flushLoop"),
}

// managed says that Main will end what tests share.
var managed bool
