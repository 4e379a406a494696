package drive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"syscall"
)

// Process is a command of heddle that runs as a child. It dies with us.
type Process struct {
	Name string
	Log  *Log // what it writes, both streams

	cmd    *exec.Cmd
	done   chan struct{} // closed when it has ended and its output is read
	ended  error         // how; read after done
	cancel context.CancelCauseFunc
	alive  context.Context // ends with the process
}

// Start starts a command of the program. Wrapper, if any, is a command that
// runs the one given to it, such as setpriv.
func (b Binary) Start(name string, env []string, args ...string) (*Process, error) {
	return b.StartAs(nil, name, env, args...)
}

// StartAs starts a command of the program through another one that runs it,
// such as setpriv with its options.
func (b Binary) StartAs(wrapper []string, name string, env []string, args ...string) (*Process, error) {
	line := append(append(append([]string{}, wrapper...), b.Path), args...)
	p := &Process{Name: name, Log: newLog(), cmd: exec.Command(line[0], line[1:]...), done: make(chan struct{})}
	p.alive, p.cancel = context.WithCancelCause(context.Background())
	p.cmd.Env = append(environment(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	dieWithParent(p.cmd)
	started := make(chan error)
	go func() {
		defer close(p.done)
		runtime.LockOSThread() // the thread must live as long as the child, and does nothing else
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.ended = p.cmd.Wait()
			p.Log.close()
			p.cancel(fmt.Errorf("%s has ended: %s", name, p.cmd.ProcessState))
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ready waits until the address answers /readyz with 200, and fails at once
// when the process has ended.
func (p *Process) Ready(ctx context.Context, address string) error {
	return p.ReadyAt(ctx, "http://"+address+"/readyz")
}

// ReadyAt is Ready for a process that says so elsewhere.
func (p *Process) ReadyAt(ctx context.Context, url string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.alive, func() { cancel(context.Cause(p.alive)) })()
	err := until(ctx, func(ctx context.Context) error { return answers(ctx, url) })
	if err != nil {
		return fmt.Errorf("wait for %s: %w\n%s", p.Name, err, p.Log.Tail(40))
	}
	return nil
}

func answers(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := plain.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// Signal sends a signal, unless the process has ended.
func (p *Process) Signal(s syscall.Signal) error {
	select {
	case <-p.done:
		return nil
	default:
		return p.cmd.Process.Signal(s)
	}
}

// Kill ends the process as a crash would, and returns when it is gone.
func (p *Process) Kill() error {
	err := p.Signal(syscall.SIGKILL)
	<-p.done
	return err
}

// Wait returns the exit status when the process has ended. When ctx ends first
// it is killed.
func (p *Process) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return -1, errors.Join(fmt.Errorf("%s does not end (%w); killed\n%s", p.Name, context.Cause(ctx), p.Log.Tail(40)), p.Kill())
	}
}

// Stop asks the process to end, and complains unless it ends with status 0.
func (p *Process) Stop(ctx context.Context, s syscall.Signal) error {
	if err := p.Signal(s); err != nil {
		return err
	}
	status, err := p.Wait(ctx)
	if err == nil && status != 0 {
		err = fmt.Errorf("%s ended with status %d (%w)\n%s", p.Name, status, p.ended, p.Log.Tail(40))
	}
	return err
}

// Running tells whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}
