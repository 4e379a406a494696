package drive

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// Log is what a process has written, line by line, for those who wait for a
// line and for those who must know why a test failed.
type Log struct {
	mu      sync.Mutex
	lines   []string
	partial string
	changed chan struct{} // closed and replaced with each write
	closed  bool
}

func newLog() *Log { return &Log{changed: make(chan struct{})} }

// Write takes what the process has written.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(l.partial+string(p), "\n")
	l.lines = append(l.lines, lines[:len(lines)-1]...)
	l.partial = lines[len(lines)-1]
	l.wake()
	return len(p), nil
}

func (l *Log) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.partial != "" {
		l.lines, l.partial = append(l.lines, l.partial), ""
	}
	l.closed = true
	l.wake()
}

func (l *Log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// Mark is the number of lines so far; see Since.
func (l *Log) Mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// Since is what has been written from the mark on.
func (l *Log) Since(mark int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.lines[mark:]...)
}

// Tail is the end of the log.
func (l *Log) Tail(lines int) string {
	all := l.Since(0)
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Await waits for a line, from the mark on, that the function takes.
func (l *Log) Await(ctx context.Context, mark int, take func(line string) bool) (string, error) {
	for {
		l.mu.Lock()
		for ; mark < len(l.lines); mark++ {
			if take(l.lines[mark]) {
				defer l.mu.Unlock()
				return l.lines[mark], nil
			}
		}
		changed, closed := l.changed, l.closed
		l.mu.Unlock()
		if closed {
			return "", errors.New("the process has ended and never wrote such a line:\n" + l.Tail(40))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", errors.New("the process has not written such a line:\n" + l.Tail(40))
		}
	}
}
