package source

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// askTime bounds one question to an address, backOff the pause after several
// that failed.
const (
	askTime = 30 * time.Second
	backOff = time.Minute
)

// address is a supergraph behind an http(s) address, such as heddle compose
// --poll --listen serves it, or a registry.
type address struct {
	url  string
	opts Options
	tag  string // the ETag of what was read last
	last string
}

func newAddress(where string, opts Options) (*address, error) {
	if u, err := url.Parse(where); err != nil || u.Host == "" {
		return nil, fmt.Errorf("the supergraph's address %q is not a URL", where)
	}
	if opts.Client == nil {
		opts.Client = &http.Client{Timeout: askTime}
	}
	return &address{url: where, opts: opts}, nil
}

// Read asks until there is an answer, with growing pauses, or ctx ends; then the
// error says what stood in the way.
func (a *address) Read(ctx context.Context) (string, error) {
	told := complaints{log: a.opts.Log}
	for failures := 1; ; failures++ {
		sdl, err := a.ask(ctx)
		if err == nil {
			return sdl, nil
		}
		told.note(ctx, a.url, err)
		if !sleep(ctx, min(time.Second, a.opts.Every)/4<<min(failures, 5)) {
			return "", err
		}
	}
}

// Watch asks again and again; what the address has not changed it need not send.
func (a *address) Watch(ctx context.Context, deliver func(sdl string)) {
	told := complaints{log: a.opts.Log}
	for failures := 0; sleep(ctx, pause(a.opts.Every, failures)); {
		before := a.last
		sdl, err := a.ask(ctx)
		told.note(ctx, a.url, err)
		if err != nil {
			failures++
			continue
		}
		failures = 0
		if sdl != before {
			deliver(sdl)
		}
	}
}

// pause grows with each failure. Chance keeps many routers apart.
func pause(every time.Duration, failures int) time.Duration {
	d := every
	for range failures {
		if d = 2 * d; d >= backOff {
			d = max(every, backOff)
			break
		}
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}

// ask gives what the address has, or what it had when it has not changed.
func (a *address) ask(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, nil)
	if err != nil {
		return "", fmt.Errorf("read supergraph: %w", err)
	}
	for name, values := range a.opts.Header {
		request.Header[name] = values
	}
	if a.tag != "" {
		request.Header.Set("If-None-Match", a.tag)
	}
	response, err := a.opts.Client.Do(request)
	if err != nil {
		return "", fmt.Errorf("read supergraph: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified && a.tag != "" {
		return a.last, nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, MaxSize+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read supergraph from %s: %w", a.url, err)
	case response.StatusCode != http.StatusOK:
		return "", fmt.Errorf("read supergraph: %s answers %s: %s", a.url, response.Status, firstLine(text))
	case len(text) > MaxSize:
		return "", fmt.Errorf("read supergraph: %s gives more than %d bytes", a.url, MaxSize)
	}
	a.tag, a.last = response.Header.Get("ETag"), string(text)
	return a.last, nil
}

// firstLine is what an answer says, as far as a log should have it.
func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line[:min(len(line), 200)]
}

// sleep tells whether the time has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
