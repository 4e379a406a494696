package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
)

// binaries is a folder with a PostgreSQL server that works on this machine.
type binaries struct {
	dir   string
	major int
}

func (b binaries) initdb() string   { return filepath.Join(b.dir, "initdb") }
func (b binaries) postgres() string { return filepath.Join(b.dir, "postgres") }

// oldest is the first version with everything that we and FerretDB ask for.
const oldest = 14

// places are where systems put PostgreSQL's server binaries. PATH comes first.
var places = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // Red Hat and its kin
	"/opt/homebrew/opt/postgresql*/bin",                  // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",                     // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",     // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	"/Library/PostgreSQL/*/bin",                          // EDB's installer
}

// findBinaries looks for a server that the owner can run: of the given major
// version, or any that is not too old when major is 0, the newest first.
func findBinaries(ctx context.Context, major int, who owner) (binaries, bool) {
	var found []binaries
	for _, dir := range folders() {
		b, ok := try(ctx, dir, who)
		if !ok || b.major < oldest || (major != 0 && b.major != major) {
			continue
		}
		if len(found) == 0 && dir == onPath() {
			return b, true
		}
		found = append(found, b)
	}
	if len(found) == 0 {
		return binaries{}, false
	}
	return slices.MaxFunc(found, func(a, b binaries) int { return a.major - b.major }), true
}

func folders() []string {
	var dirs []string
	if dir := onPath(); dir != "" {
		dirs = append(dirs, dir)
	}
	for _, pattern := range places {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	return append(dirs, filepath.Join(downloads(), "bin"))
}

// onPath is the folder of the initdb in PATH, links followed.
func onPath() string {
	path, err := exec.LookPath("initdb")
	if err != nil {
		return ""
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// downloads is where a downloaded PostgreSQL is kept: a folder that other
// users can read when we are root, because the server will be one of them.
func downloads() string {
	base := "/var/cache"
	if os.Geteuid() != 0 {
		if dir, err := os.UserCacheDir(); err == nil {
			base = dir
		} else {
			base = os.TempDir()
		}
	}
	return filepath.Join(base, "heddle", "postgresql-"+runtime.GOARCH)
}

var version = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// try runs initdb and postgres from the folder as the owner.
func try(ctx context.Context, dir string, who owner) (binaries, bool) {
	b := binaries{dir: dir}
	for _, program := range []string{b.initdb(), b.postgres()} {
		if info, err := os.Stat(program); err != nil || info.IsDir() {
			return b, false
		}
		out, err := runChild(ctx, exec.Command(program, "--version"), who)
		match := version.FindStringSubmatch(string(out))
		if err != nil || match == nil {
			return b, false
		}
		b.major, _ = strconv.Atoi(match[1])
	}
	return b, true
}

// majorOf reads which version made the cluster in dir; 0 when there is none.
func majorOf(dir string) (int, error) {
	data, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var major int
	if _, err := fmt.Sscan(string(data), &major); err != nil {
		return 0, fmt.Errorf("read the PostgreSQL version of %s: %w", dir, err)
	}
	return major, nil
}
