package subgraphtest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"

	"heddle/internal/trace"
)

// Command is a command that a MongoDB server has answered.
type Command struct {
	Name       string // such as "find"
	Collection string
	Request    string // id of the request that it was part of
}

// String is such as "find students".
func (c Command) String() string { return c.Name + " " + c.Collection }

// Commands sees the MongoDB commands of a world, in the order in which they
// ended; those that only keep a connection are left out.
type Commands struct {
	t       testing.TB
	mu      sync.Mutex
	started map[int64]Command
	ended   []Command
	grown   chan struct{} // closed when ended grows
}

func newCommands(t testing.TB) *Commands {
	return &Commands{t: t, started: map[int64]Command{}, grown: make(chan struct{})}
}

// Monitor is what the driver calls.
func (c *Commands) Monitor() *event.CommandMonitor {
	return &event.CommandMonitor{
		Started: func(ctx context.Context, e *event.CommandStartedEvent) {
			collection, named := e.Command.Lookup(e.CommandName).StringValueOK()
			if !named {
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.started[e.RequestID] = Command{e.CommandName, collection, trace.RequestID(ctx)}
		},
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) { c.end(e.RequestID) },
		Failed:    func(_ context.Context, e *event.CommandFailedEvent) { c.end(e.RequestID) },
	}
}

func (c *Commands) end(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	command, known := c.started[id]
	if !known {
		return
	}
	delete(c.started, id)
	c.ended = append(c.ended, command)
	close(c.grown)
	c.grown = make(chan struct{})
}

// Mark is the number of commands so far.
func (c *Commands) Mark() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ended)
}

// Since gives the commands after the mark.
func (c *Commands) Since(mark int) []Command {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Command(nil), c.ended[mark:]...)
}

// Await waits until so many commands after the mark are the one given, such as
// "delete words", or begin with it.
func (c *Commands) Await(mark int, command string, times int) {
	c.t.Helper()
	for {
		c.mu.Lock()
		n := 0
		for _, ended := range c.ended[mark:] {
			if strings.HasPrefix(ended.String(), command) {
				n++
			}
		}
		grown := c.grown
		c.mu.Unlock()
		if n >= times {
			return
		}
		select {
		case <-grown:
		case <-time.After(patience):
			c.t.Fatalf("commands %q: %d came, want %d", command, n, times)
		}
	}
}
