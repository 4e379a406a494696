package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Letter is a dead letter: an event that a domain could not handle.
type Letter struct {
	Number uint64 // its place among the dead letters
	Domain string // that could not handle it
	Type   string
	Event  *Event // nil if what was sent is no event
	Body   []byte // what was sent
	Error  string // why the last try failed
	Tries  int    // that were made
	DiedAt time.Time
}

// LetterFilter says which dead letters are meant; what is empty means any.
type LetterFilter struct {
	Domain string
	Type   string
}

func (f LetterFilter) subject() string {
	domain, kind := f.Domain, f.Type
	if domain == "" {
		domain = "*"
	}
	if kind == "" {
		kind = ">"
	}
	return "dead." + domain + "." + kind
}

// Valid tells whether the filter can be of a letter at all: names of domains
// and types are letters, digits, dashes and, between them, dots.
func (f LetterFilter) Valid() bool {
	plain := func(s string) bool {
		return strings.IndexFunc(s, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
		}) < 0 && !strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..")
	}
	return plain(f.Domain) && !strings.Contains(f.Domain, ".") && plain(f.Type)
}

// LetterPlace is a place in the list of dead letters: at most Limit of those
// between After and Before, from the first on, or Backward from the last.
type LetterPlace struct {
	After, Before uint64 // 0: no bound
	Backward      bool
	Limit         int
}

// Letters are the dead letters of all domains, in the order in which they died.
type Letters struct{ nats *nats.Conn }

// NewLetters reads them over the connection.
func NewLetters(conn *nats.Conn) Letters { return Letters{conn} }

// ErrNoLetter says that there is no dead letter with the number: nobody died
// under it, or it was replayed or discarded.
var ErrNoLetter = errors.New("there is no such dead letter")

// List gives letters, in reading order: from the last on if it reads backward.
func (l Letters) List(ctx context.Context, f LetterFilter, p LetterPlace) ([]*Letter, error) {
	_, stream, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	info := stream.CachedInfo()
	first, last := max(info.State.FirstSeq, p.After+1), info.State.LastSeq
	if p.Before != 0 {
		last = min(last, p.Before-1)
	}
	if !p.Backward {
		return between(ctx, stream, f, first, last, p.Limit)
	}
	var letters []*Letter
	for span := uint64(2 * max(p.Limit, 1)); last >= first && len(letters) < p.Limit; span *= 2 {
		begin := first
		if last-first >= span {
			begin = last - span + 1
		}
		some, err := between(ctx, stream, f, begin, last, int(span))
		if err != nil {
			return nil, err
		}
		slices.Reverse(some)
		letters = append(letters, some...)
		last = begin - 1
	}
	return letters[:min(len(letters), p.Limit)], nil
}

// between gives the letters whose numbers lie between two, both included.
func between(ctx context.Context, stream jetstream.Stream, f LetterFilter, first, last uint64, limit int) ([]*Letter, error) {
	var letters []*Letter
	for next := first; next <= last && len(letters) < limit; {
		raw, err := stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(f.subject()))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the dead letters: %w", err)
		}
		if raw.Sequence > last {
			break
		}
		letters = append(letters, letterOf(raw))
		next = raw.Sequence + 1
	}
	return letters, nil
}

// Count counts letters.
func (l Letters) Count(ctx context.Context, f LetterFilter) (int, error) {
	_, stream, err := l.open(ctx)
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(f.subject()))
	if err != nil {
		return 0, fmt.Errorf("count the dead letters: %w", err)
	}
	n := 0
	for _, of := range info.State.Subjects {
		n += int(of)
	}
	return n, nil
}

// Get gives one letter, or ErrNoLetter.
func (l Letters) Get(ctx context.Context, number uint64) (*Letter, error) {
	_, stream, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	return get(ctx, stream, number)
}

func get(ctx context.Context, stream jetstream.Stream, number uint64) (*Letter, error) {
	if number == 0 {
		return nil, ErrNoLetter
	}
	raw, err := stream.GetMsg(ctx, number)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, ErrNoLetter
	}
	if err != nil {
		return nil, fmt.Errorf("read dead letter %d: %w", number, err)
	}
	return letterOf(raw), nil
}

// Replay sends the event again, to the domain that could not handle it alone,
// with all its tries before it, and takes it out of the dead letters.
func (l Letters) Replay(ctx context.Context, number uint64) (*Letter, error) {
	js, stream, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := get(ctx, stream, number)
	if err != nil {
		return nil, err
	}
	again := "replay." + letter.Domain + "." + letter.Type
	// Should we die before it is taken out, it may be replayed again: under the
	// same name, so that the stream drops the second, or else the domain does.
	if _, err := js.Publish(ctx, again, letter.Body, jetstream.WithMsgID(fmt.Sprintf("replay:%d", number))); err != nil {
		return nil, fmt.Errorf("replay dead letter %d: %w", number, err)
	}
	return letter, drop(ctx, stream, number)
}

// Discard takes a letter out: its event will have no effect on the domain.
func (l Letters) Discard(ctx context.Context, number uint64) (*Letter, error) {
	_, stream, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := get(ctx, stream, number)
	if err != nil {
		return nil, err
	}
	return letter, drop(ctx, stream, number)
}

func drop(ctx context.Context, stream jetstream.Stream, number uint64) error {
	err := stream.DeleteMsg(ctx, number)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return ErrNoLetter
	}
	if err != nil {
		return fmt.Errorf("take out dead letter %d: %w", number, err)
	}
	return nil
}

func (l Letters) open(ctx context.Context) (jetstream.JetStream, jetstream.Stream, error) {
	js, err := bus(ctx, l.nats)
	if err != nil {
		return nil, nil, err
	}
	stream, err := js.Stream(ctx, DeadLetters)
	if err != nil {
		return nil, nil, fmt.Errorf("open the dead letters: %w", err)
	}
	return js, stream, nil
}

func letterOf(raw *jetstream.RawStreamMsg) *Letter {
	rest := strings.TrimPrefix(raw.Subject, "dead.")
	domain, kind, _ := strings.Cut(rest, ".")
	tries, _ := strconv.Atoi(raw.Header.Get(HeaderTries)) // 0 of what could not be read at all
	letter := &Letter{
		Number: raw.Sequence, Domain: domain, Type: kind, Body: raw.Data,
		Error: raw.Header.Get(HeaderError), Tries: tries, DiedAt: raw.Time,
	}
	var e Event
	if json.Unmarshal(raw.Data, &e) == nil && e.ID != "" {
		letter.Event = &e
	}
	return letter
}
