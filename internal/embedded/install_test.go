package embedded

import (
	"archive/zip"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDownload takes what a Maven repository offers, here a server on loopback
// with programs that only know their version.
func TestDownload(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("there is no xz on this machine to pack the archive with")
	}
	archive := packed(t)
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".jar") {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, archive)
	}))
	t.Cleanup(repository.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)

	dir := filepath.Join(t.TempDir(), "postgresql")
	if err := download(dir, repository.URL+"/"); err != nil {
		t.Fatal(err)
	}
	me := owner{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	got, ok := try(t.Context(), filepath.Join(dir, "bin"), me)
	if want := (binaries{dir: filepath.Join(dir, "bin"), major: 17}); !ok || got != want {
		t.Errorf("what was downloaded: %v, %v, want %v", got, ok, want)
	}
}

func TestDownload_not_there(t *testing.T) {
	t.Parallel()
	repository := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(repository.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	err := download(filepath.Join(t.TempDir(), "postgresql"), repository.URL)
	if err == nil || err.Error() != "no version found matching 17.5.0" {
		t.Errorf("download: %v", err)
	}
}

// packed is an archive as the repository has them: a zip with a tar.xz in it.
func packed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"initdb", "postgres", "pg_ctl"} {
		script := "#!/bin/sh\n[ \"$1\" = --version ] && echo '" + program + " (PostgreSQL) 17.5' || exit 1\n"
		if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tar := exec.Command("tar", "--create", "--xz", "--file=postgres.txz", "bin")
	tar.Dir = dir
	if out, err := tar.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, "postgres.txz"))
	if err != nil {
		t.Fatal(err)
	}
	jar, err := os.Create(filepath.Join(dir, "postgres.jar"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(jar)
	w, err := z.Create("postgres-linux.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := jar.Close(); err != nil {
		t.Fatal(err)
	}
	return jar.Name()
}
