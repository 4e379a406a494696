package embedded

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// What FerretDB finds wrong is told, but not what PostgreSQL refused, which has
// documents in it.
func TestQuiet(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := quiet(slog.New(slog.NewTextHandler(&out, nil))).With("name", "ferret")
	log.Info("Listening")
	log.Error("Query", "args", `{"fullName":"Ada"}`, "err", "duplicate key")
	log.Error("Lost")
	if got := out.String(); !strings.Contains(got, "Lost") || strings.Contains(got, "Ada") || strings.Contains(got, "Listening") {
		t.Errorf("told: %s", got)
	}
}
