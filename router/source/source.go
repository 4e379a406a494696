// Package source knows where a supergraph comes from: a file or an http(s)
// address, read once and then watched.
package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// MaxSize is the largest supergraph that is read, in bytes.
const MaxSize = 32 << 20

// Options are what a source can be told. The zero value works.
type Options struct {
	// Every is how often an address is asked whether there is something new, and
	// how often a file is looked at although nothing was heard of it (network
	// file systems tell of no change); 0 means 10 s.
	Every time.Duration
	// Header is sent to an address, such as the key of a registry.
	Header http.Header
	// Client asks an address; nil means one of its own.
	Client *http.Client
	// Log gets what went wrong while watching.
	Log *slog.Logger
}

// Source is where a supergraph comes from. Its methods are called by one
// goroutine.
type Source interface {
	// Read gives the supergraph's SDL as it is now.
	Read(ctx context.Context) (string, error)
	// Watch calls deliver with each SDL that differs from the one before, until
	// ctx ends. What cannot be read is logged once and tried again.
	Watch(ctx context.Context, deliver func(sdl string))
}

// Of is the source that a file's name or an http(s) address stands for.
func Of(where string, opts Options) (Source, error) {
	if opts.Every == 0 {
		opts.Every = 10 * time.Second
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case where == "":
		return nil, errors.New("no supergraph is named: give a file or an http(s) address")
	case strings.HasPrefix(where, "http://"), strings.HasPrefix(where, "https://"):
		return newAddress(where, opts)
	case strings.Contains(where, "://"):
		return nil, fmt.Errorf("the supergraph's address %q is neither a file nor http(s)", where)
	}
	return &file{name: where, opts: opts}, nil
}

// complaints logs each reason once, until something else or nothing is wrong.
type complaints struct {
	log  *slog.Logger
	last string
}

func (c *complaints) note(ctx context.Context, where string, err error) {
	if err == nil {
		if c.last != "" {
			c.log.InfoContext(ctx, "the supergraph can be read again", "from", where)
		}
		c.last = ""
		return
	}
	if ctx.Err() == nil && err.Error() != c.last {
		c.last = err.Error()
		c.log.WarnContext(ctx, "the supergraph cannot be read; the one before stays", "from", where, "error", err)
	}
}
