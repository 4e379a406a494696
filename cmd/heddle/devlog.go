package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// humanLog writes for a person who watches: the sentence alone, then what is
// known beside it. Debug is shown only when verbose.
func humanLog(out io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(&human{out: out, level: level, mu: new(sync.Mutex)})
}

// human is a slog handler. Groups are written into the names of attributes.
type human struct {
	out   io.Writer
	level slog.Level
	mu    *sync.Mutex
	attrs string
	group string
}

func (h *human) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *human) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	switch {
	case r.Level >= slog.LevelError:
		line.WriteString("error: ")
	case r.Level >= slog.LevelWarn:
		line.WriteString("warning: ")
	}
	line.WriteString(r.Message)
	line.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(h.text(a))
		return true
	})
	line.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.out, line.String())
	return err
}

func (h *human) text(a slog.Attr) string {
	if a.Equal(slog.Attr{}) {
		return ""
	}
	value := a.Value.Resolve().String()
	if strings.ContainsAny(value, " \n\t") {
		value = fmt.Sprintf("%q", value)
	}
	return " " + h.group + a.Key + "=" + value
}

func (h *human) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	for _, a := range attrs {
		next.attrs += h.text(a)
	}
	return &next
}

func (h *human) WithGroup(name string) slog.Handler {
	next := *h
	next.group += name + "."
	return &next
}
