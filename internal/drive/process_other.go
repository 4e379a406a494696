//go:build !linux

package drive

import (
	"os/exec"
	"strings"
	"syscall"
)

// dieWithParent is not to be had on this system; the process gets a group of
// its own, so that a Ctrl-C meant for the tests does not reach it.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Leftovers lists the processes that have the folder in their command line.
func Leftovers(folder string) ([]string, error) {
	out, err := exec.Command("ps", "-axww", "-o", "pid=,command=").Output()
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, folder) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found, nil
}
