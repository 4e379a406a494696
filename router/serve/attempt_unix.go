//go:build unix

package serve

import (
	"errors"
	"syscall"
)

// attempt writes to sockets without waiting. It is for one goroutine.
type attempt struct {
	data    []byte
	written int
	err     error
	once    func(fd uintptr) bool
}

func newAttempt() *attempt {
	a := &attempt{}
	a.once = a.run
	return a
}

// write gives the system what its buffer has room for.
func (a *attempt) write(to syscall.RawConn, data []byte) (int, error) {
	if to == nil {
		return 0, nil
	}
	a.data, a.written, a.err = data, 0, nil
	err := to.Write(a.once)
	if err == nil {
		err = a.err
	}
	a.data = nil
	return a.written, err
}

func (a *attempt) run(fd uintptr) (done bool) {
	for {
		n, err := syscall.Write(int(fd), a.data)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
		case err != nil:
			a.err = err
		default:
			a.written = n
		}
		return true
	}
}
