package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func attributes(onDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath}
}

// lock ties the calling goroutine to its thread until it ends: "death of the
// parent" is the death of the thread that started the child.
func lock() { runtime.LockOSThread() }

// reach gives the child a name for the folder. A child that runs as another
// user may not be able to walk there, for instance under /root; so it gets
// the folder as an open file, which root may open, and a name for that.
func reach(cmd *exec.Cmd, dir string, who owner) (name string, done func(), err error) {
	if !who.drop {
		return dir, func() {}, nil
	}
	open, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, open)
	return fmt.Sprintf("/proc/self/fd/%d", 2+len(cmd.ExtraFiles)), func() { _ = open.Close() }, nil
}
