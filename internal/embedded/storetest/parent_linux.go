package storetest

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the process killed when the thread that starts it ends.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
