package upload

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Incoming is the stream of a client's files. Whoever reads it may be slower to
// let go than the request lives: after Close nothing more is read.
type Incoming struct {
	body   io.Reader
	parts  *multipart.Reader
	limits Limits
	closed atomic.Bool

	mu      sync.Mutex
	missing map[string]bool // keys of files that have not come
	err     error           // the first, and io.EOF after the last file
	current io.Reader
}

var errClosed = errors.New("the files are no longer wanted")

// epilogue is how much is read of what may follow the last part.
const epilogue = 64 << 10

func newIncoming(body io.Reader, parts *multipart.Reader, places map[string][]string, limits Limits) *Incoming {
	in := &Incoming{body: body, parts: parts, limits: limits, missing: map[string]bool{}}
	for key := range places {
		in.missing[key] = true
	}
	return in
}

// Next reads on to the next file.
func (in *Incoming) Next() (*File, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed.Load() {
		return nil, errClosed
	}
	if in.err == nil {
		var part *multipart.Part
		if part, in.err = in.next(); in.err == nil {
			content := &limited{in: in, from: part, key: part.FormName(), left: in.limits.FileSize}
			in.current = content
			return &File{Key: content.key, Name: part.FileName(), ContentType: part.Header.Get("Content-Type"), Content: content}, nil
		}
	}
	return nil, in.err
}

func (in *Incoming) next() (*multipart.Part, error) {
	if in.current != nil { // what its reader left is held to the limits too
		if _, err := io.Copy(io.Discard, unlocked{in.current.(*limited)}); err != nil {
			return nil, err
		}
	}
	part, err := in.parts.NextPart()
	switch {
	case errors.Is(err, io.EOF) && len(in.missing) > 0:
		keys := slices.Sorted(maps.Keys(in.missing))
		return nil, problem("The map names files that the request does not have: %s.", quoted(keys))
	case errors.Is(err, io.EOF):
		_, _ = io.CopyN(io.Discard, in.body, epilogue) // so that the server sees the body's end
		return nil, io.EOF
	case err != nil:
		return nil, cutShort(err)
	case !in.missing[part.FormName()]:
		return nil, problem("The map does not name the part %q, or it came before.", part.FormName())
	}
	delete(in.missing, part.FormName())
	return part, nil
}

func quoted(keys []string) string {
	for i, key := range keys {
		keys[i] = fmt.Sprintf("%q", key)
	}
	return strings.Join(keys, ", ")
}

// Problem is what was wrong with the files so far, or nil. It is the reason why
// whoever read them failed.
func (in *Incoming) Problem() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if errors.Is(in.err, io.EOF) {
		return nil
	}
	return in.err
}

// Close ends the reading, if need be by hurry, which makes a read that waits
// return soon, and tells whether all had been read.
func (in *Incoming) Close(hurry func()) (whole bool) {
	in.closed.Store(true)
	if !in.mu.TryLock() {
		hurry()
		in.mu.Lock()
	}
	defer in.mu.Unlock()
	return errors.Is(in.err, io.EOF)
}

// limited reads one file up to the limit.
type limited struct {
	in   *Incoming
	from io.Reader
	key  string
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	l.in.mu.Lock()
	defer l.in.mu.Unlock()
	if l.in.closed.Load() {
		return 0, errClosed
	}
	return l.read(p)
}

// read reads while the lock is held.
func (l *limited) read(p []byte) (int, error) {
	if l.in.err != nil {
		return 0, l.in.err
	}
	n, err := l.from.Read(p)
	l.left -= int64(n)
	switch {
	case l.left < 0:
		l.in.err = &Problem{TooLarge: true, Message: fmt.Sprintf("The file %q is larger than %d bytes.", l.key, l.in.limits.FileSize)}
		return 0, l.in.err
	case err != nil && !errors.Is(err, io.EOF):
		l.in.err = cutShort(err)
		return 0, l.in.err
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	return n, nil
}

// unlocked reads for who holds the lock already.
type unlocked struct{ l *limited }

func (u unlocked) Read(p []byte) (int, error) { return u.l.read(p) }
