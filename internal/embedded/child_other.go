//go:build !linux

package embedded

import (
	"errors"
	"os/exec"
	"syscall"
)

// attributes cannot tie the child's life to ours here: what a crash leaves
// behind is found and ended by the next start.
func attributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

func lock() {}

// reach gives the child a name for the folder.
func reach(_ *exec.Cmd, dir string, who owner) (name string, done func(), err error) {
	if who.drop {
		return "", nil, errors.New("PostgreSQL does not run as root: start heddle as an ordinary user")
	}
	return dir, func() {}, nil
}
