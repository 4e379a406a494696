//go:build !linux

package storetest

import "os/exec"

// dieWithParent is not to be had on this system.
func dieWithParent(*exec.Cmd) {}
