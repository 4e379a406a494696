//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// crowd are subscribers who cost little: all their sockets are read by one
// thread that asks the system which have something (epoll).
type crowd struct {
	*ledger

	poll    int
	mu      sync.Mutex
	members map[int32]*member
	open    bool
	done    chan struct{} // closed when nobody reads any more
}

// member is one connection with one or more subscriptions.
type member struct {
	fd   int
	rest []byte // the beginning of a frame
	last []int  // the number that each subscription heard last
}

// gather connects as many subscribers, and returns when all are listening.
// Connections are as many as this process may have; the subscribers left over
// are second subscriptions on some of them.
func gather(ctx context.Context, s *server, subscribers int, a audience) (*crowd, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	c := &crowd{ledger: &ledger{subscribers: subscribers}, poll: poll, members: map[int32]*member{}, open: true, done: make(chan struct{})}
	err = c.connect(ctx, s.address, subscribers, a)
	go c.read()
	if err == nil {
		err = c.begin(ctx, s)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// connect opens the connections, several at a time.
func (c *crowd) connect(ctx context.Context, address string, subscribers int, a audience) error {
	sockets := min(subscribers, maxSockets())
	work := make(chan int)
	var workers sync.WaitGroup
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range 8 {
		workers.Go(func() {
			for i := range work {
				subscriptions := subscribers / sockets
				if i < subscribers%sockets {
					subscriptions++
				}
				if err := c.add(address, a.token(i), a.query(), subscriptions); err != nil {
					cancel(fmt.Errorf("subscriber %d: %w", i+1, err))
				}
			}
		})
	}
	for i := range sockets {
		select {
		case work <- i:
		case <-ctx.Done():
		}
	}
	close(work)
	workers.Wait()
	return context.Cause(ctx)
}

// maxSockets leaves some of the files that a process may open for other things.
func maxSockets() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 1000
	}
	return int(min(files.Cur, 1<<20)) - 200
}

func (c *crowd) add(address, token, query string, subscriptions int) error {
	fd, rest, err := subscribe(address, token, query, subscriptions)
	if err != nil {
		return err
	}
	m := &member{fd: fd, rest: rest, last: make([]int, subscriptions)}
	c.mu.Lock()
	c.members[int32(fd)] = m
	c.mu.Unlock()
	return errors.Join(syscall.SetNonblock(fd, true), syscall.EpollCtl(c.poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}))
}

// begin has something said until all hear it, since nothing else tells when a
// subscription has begun.
func (c *crowd) begin(ctx context.Context, s *server) error {
	var err error
	for try := 0; try < 30 && ctx.Err() == nil; try++ {
		name, all := c.send()
		if err = s.say(ctx, text(name)); err != nil {
			return err
		}
		moment, cancel := context.WithTimeout(ctx, time.Second+time.Duration(c.subscribers)*200*time.Microsecond)
		err = c.await(moment, name, all)
		cancel()
		if err == nil {
			_, _, err = c.since()
			return err
		}
	}
	return errors.Join(fmt.Errorf("not every subscription begins: %w", err), ctx.Err())
}

// read reads until the crowd is closed.
func (c *crowd) read() {
	defer close(c.done)
	events, buffer := make([]syscall.EpollEvent, 256), make([]byte, 64<<10)
	for {
		n, err := syscall.EpollWait(c.poll, events, 200)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
		c.mu.Lock()
		open := c.open
		c.ledger.mu.Lock()
		for _, event := range events[:max(n, 0)] {
			if err := c.take(c.members[event.Fd], buffer); err != nil && open {
				c.complain(err)
				_ = syscall.EpollCtl(c.poll, syscall.EPOLL_CTL_DEL, int(event.Fd), nil)
			}
		}
		c.ledger.mu.Unlock()
		c.mu.Unlock()
		if !open {
			return
		}
	}
}

// take reads what a socket has, once.
func (c *crowd) take(m *member, buffer []byte) error {
	if m == nil {
		return nil // not yet noted; the system will tell again
	}
	kept := copy(buffer, m.rest)
	n, err := syscall.Read(m.fd, buffer[kept:])
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return nil
	}
	if err != nil || n == 0 {
		return fmt.Errorf("a subscriber's connection ends: %w", errors.Join(err, errors.New("closed by the server")))
	}
	now, data := time.Now(), buffer[:kept+n]
	for {
		f, size := readFrame(data)
		if size == 0 {
			break
		}
		data = data[size:]
		if err := c.handle(m, f, now); err != nil {
			return err
		}
	}
	m.rest = append(m.rest[:0], data...)
	return nil
}

func (c *crowd) handle(m *member, f frame, now time.Time) error {
	switch {
	case f.opcode == opcodePing:
		_, err := syscall.Write(m.fd, clientFrame(opcodePong, f.payload))
		return err
	case f.opcode == opcodeClose:
		return fmt.Errorf("a subscriber is turned away: %q", f.payload)
	case f.opcode != opcodeText:
		return nil
	case bytes.Contains(f.payload[:min(len(f.payload), 40)], []byte(`"type":"ping"`)):
		_, err := syscall.Write(m.fd, clientFrame(opcodeText, []byte(`{"type":"pong"}`)))
		return err
	}
	which, number, name := after(f.payload, `"id":"`)-1, after(f.payload, `"number":`), after(f.payload, `"text":"#`)
	if which < 0 || which >= len(m.last) || number < 0 || name < 0 {
		return fmt.Errorf("a subscriber hears %.300q", f.payload)
	}
	if last := m.last[which]; last != 0 && number != last+1 {
		c.complain(fmt.Errorf("a subscriber hears number %d after %d", number, last))
	}
	m.last[which] = number
	c.heard(name, now)
	return nil
}

// after is the number that follows a mark, or -1.
func after(data []byte, mark string) int {
	at := bytes.Index(data, []byte(mark))
	if at < 0 {
		return -1
	}
	digits := data[at+len(mark):]
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(digits[:end]))
	if err != nil {
		return -1
	}
	return n
}

// close lets go of all connections, at once.
func (c *crowd) close() {
	c.mu.Lock()
	c.open = false
	c.mu.Unlock()
	<-c.done
	for _, m := range c.members {
		_ = syscall.SetsockoptLinger(m.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}) // leave no port waiting
		_ = syscall.Close(m.fd)
	}
	_ = syscall.Close(c.poll)
}
