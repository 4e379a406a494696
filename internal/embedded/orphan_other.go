//go:build !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
)

// processesIn finds the server that names dir on its command line; its
// backends end with it.
func processesIn(dir string) ([]int, error) {
	lines, err := pidFile(dir)
	if err != nil {
		return nil, err
	}
	pid, err := strconv.Atoi(lines[0])
	if err != nil {
		return nil, nil
	}
	out, err := exec.Command("ps", "-o", "command=", "-p", lines[0]).Output()
	if err != nil || !strings.Contains(string(out), "postgres") || !strings.Contains(string(out), dir) {
		return nil, nil
	}
	return []int{pid}, nil
}
