package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// A way is one way to get PostgreSQL onto this machine.
type way struct {
	name string
	can  func() bool
	get  func(ctx context.Context) error
}

// ways are tried in this order.
var ways = []way{
	{"apt-get", canApt, aptInstall},
	{"brew", canBrew, brewInstall},
	{"a download", func() bool { return true }, func(context.Context) error {
		return download(downloads(), os.Getenv("HEDDLE_POSTGRES_REPOSITORY"))
	}},
}

// getBinaries finds PostgreSQL or gets it, saying what it does.
func getBinaries(ctx context.Context, major int, who owner, log *slog.Logger) (binaries, error) {
	if b, ok := findBinaries(ctx, major, who); ok {
		return b, nil
	}
	var errs []error
	for _, w := range ways {
		if !w.can() {
			continue
		}
		log.Info("This machine has no PostgreSQL server" + ofMajor(major) + ": getting one by " + w.name + ".")
		if err := w.get(ctx); err != nil {
			errs = append(errs, fmt.Errorf("by %s: %w", w.name, err))
			continue
		}
		if b, ok := findBinaries(ctx, major, who); ok {
			return b, nil
		}
		errs = append(errs, fmt.Errorf("by %s: what it got does not work here", w.name))
	}
	return binaries{}, fmt.Errorf("no PostgreSQL server%s could be got: install one, or set HEDDLE_POSTGRES_URL to one that runs: %w", ofMajor(major), errors.Join(errs...))
}

func ofMajor(major int) string {
	if major == 0 {
		return ""
	}
	return fmt.Sprintf(" %d (the version that made the data folder)", major)
}

func canApt() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && runtime.GOOS == "linux" && os.Geteuid() == 0
}

// aptInstall installs Debian's PostgreSQL without the cluster and the service
// that the package would start by itself.
func aptInstall(ctx context.Context) error {
	const config = "/etc/postgresql-common/createcluster.conf"
	if _, err := os.Stat(config); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(config), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(config, []byte("create_main_cluster = false\n"), 0o644); err != nil {
			return err
		}
	}
	install := []string{"apt-get", "install", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "postgresql"}
	if err := tool(ctx, install...); err == nil {
		return nil
	}
	if err := tool(ctx, "apt-get", "update"); err != nil {
		return err
	}
	return tool(ctx, install...)
}

func canBrew() bool {
	_, err := exec.LookPath("brew")
	return err == nil && os.Geteuid() != 0
}

func brewInstall(ctx context.Context) error {
	return tool(ctx, "brew", "install", "postgresql@17")
}

func tool(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lastLine(out))
	}
	return nil
}

// download lets the embedded-postgres library fetch a server and unpack it into
// dir, from the Maven repository given, or Maven Central. The library has no
// call for that alone, so it is asked to start a cluster that looks made
// already but holds nothing; that fails, after the unpacking.
func download(dir, repository string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "heddle-postgres-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	data := filepath.Join(scratch, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("17"), 0o600); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	config := embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.V17).Port(uint32(port)).Logger(io.Discard).
		CachePath(scratch).RuntimePath(filepath.Join(scratch, "run")).DataPath(data).BinariesPath(dir)
	if repository != "" {
		config = config.BinaryRepositoryURL(strings.TrimSuffix(repository, "/"))
	}
	server := embeddedpostgres.NewDatabase(config)
	failed := server.Start()
	if failed == nil {
		return server.Stop()
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "postgres")); err != nil {
		return failed
	}
	return nil
}
