package drive

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// dieWithParent has the process killed when the thread that starts it ends.
// It is in a process group of its own, so that a Ctrl-C meant for the tests
// does not reach it.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// Leftovers lists the processes that have the folder in their command line or
// as their working folder.
func Leftovers(folder string) ([]string, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline") // gone meanwhile: not left over
		if err != nil {
			continue
		}
		at, _ := os.Readlink("/proc/" + e.Name() + "/cwd")
		if bytes.Contains(line, []byte(folder)) || bytes.HasPrefix([]byte(at), []byte(folder)) {
			found = append(found, fmt.Sprintf("%d: %s", pid, bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found, nil
}
