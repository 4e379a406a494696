package storetest

import (
	"context"
	"errors"
	"testing"

	"heddle/internal/embedded"
)

// NATS gives the URL of a NATS server with JetStream for this test alone.
func NATS(t testing.TB) string {
	t.Helper()
	return NATSServer(t).URL()
}

// NATSServer starts a NATS server with JetStream that the test may stop and
// start again; its streams and its URL stay.
func NATSServer(t testing.TB) *embedded.NATS {
	t.Helper()
	folder, err := embedded.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	server := embedded.NewNATS(folder)
	if err := server.Start(t.Context()); err != nil {
		t.Fatalf("storetest: start NATS: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(server.Stop(context.Background()), folder.Close()); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return server
}
