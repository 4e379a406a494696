package storetest

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"heddle/internal/embedded"
)

// Mongo gives the URL of a server that speaks the MongoDB protocol, for this
// test alone: FerretDB over a fresh PostgreSQL database.
func Mongo(t testing.TB) string {
	t.Helper()
	return MongoOver(t, Postgres(t))
}

// MongoOver is Mongo over a database of the test's own, whose server the test
// may stop and start again at the same place.
func MongoOver(t testing.TB, postgres string) string {
	t.Helper()
	over, err := url.Parse(postgres)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	folder, err := embedded.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	server := embedded.NewFerret(folder, slog.New(slog.DiscardHandler), over.String, strings.TrimPrefix(over.Path, "/"))
	if err := server.Start(t.Context()); err != nil {
		t.Fatalf("storetest: start FerretDB: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(server.Stop(context.Background()), folder.Close()); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return server.URL()
}
