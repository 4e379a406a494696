package embedded

import (
	"os"
	"path/filepath"
	"strconv"
)

// processesIn finds the processes whose working folder is dir, as is every
// PostgreSQL server's and backend's.
func processesIn(dir string) ([]int, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, process := range all {
		if cwd, err := os.Readlink(process + "/cwd"); err == nil && cwd == dir {
			if pid, err := strconv.Atoi(filepath.Base(process)); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
}
