package operations

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"heddle/internal/caller"
	"heddle/internal/events"
	"heddle/internal/fault"
	"heddle/internal/page"
)

// atOnce is how many letters one mutation replays or discards at most.
const atOnce = 1000

// DeadLetter is an event that a domain could not handle.
type DeadLetter struct {
	ID     string
	Domain string
	Type   string
	Event  *DomainEvent
	Body   *string
	Error  string
	Tries  int
	DiedAt time.Time

	number uint64
}

// DomainEvent is an event as the graph shows it.
type DomainEvent struct {
	ID      string
	Type    string
	Version int
	Time    time.Time
	Actor   string
	Entity  string
	Request string
	Trace   string
	Data    json.RawMessage
}

func deadLetter(l *events.Letter) *DeadLetter {
	d := &DeadLetter{
		ID: idOf(letters, l.Number), Domain: l.Domain, Type: l.Type, Error: l.Error, Tries: l.Tries, DiedAt: l.DiedAt,
		number: l.Number,
	}
	if l.Event != nil {
		e := DomainEvent(*l.Event)
		d.Event = &e
	} else {
		body := strings.ToValidUTF8(string(l.Body), "\ufffd")
		d.Body = &body
	}
	return d
}

func keyOfLetter(d *DeadLetter) page.Key { return page.Key{strconv.FormatUint(d.number, 10)} }

// place is a page of a list that is ordered by numbers.
func place(w page.Window) (after, before int64) {
	number := func(k page.Key) int64 {
		if k == nil {
			return 0
		}
		n, _ := strconv.ParseInt(k[0], 10, 64) // the window has checked it
		return n
	}
	return number(w.After), number(w.Before)
}

// DeadLetters answers the field of that name.
func (q query) DeadLetters(ctx context.Context, filter *DeadLetterFilter, first *int, after *string, last *int, before *string) (*DeadLetterConnection, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(number)
	if err != nil {
		return nil, err
	}
	f, err := filter.filter("filter")
	if err != nil {
		return nil, err
	}
	from, to := place(w)
	found, err := q.Letters.List(ctx, f, events.LetterPlace{After: uint64(from), Before: uint64(to), Backward: w.Backward, Limit: w.Limit + 1})
	if err != nil {
		return nil, unavailable(err)
	}
	rows := make([]*DeadLetter, len(found))
	for i, l := range found {
		rows[i] = deadLetter(l)
	}
	count := func(ctx context.Context) (int, error) {
		n, err := q.Letters.Count(ctx, f)
		return n, unavailable(err)
	}
	return &DeadLetterConnection{page.Of[DeadLetterEdge](w, rows, keyOfLetter, count)}, nil
}

// number is the kind of a cursor's value: a positive number.
func number(text string) bool { return page.Number(text) && text[0] != '-' && text[0] != '0' }

// filter checks what a client gave under the name.
func (f *DeadLetterFilter) filter(name string) (events.LetterFilter, error) {
	var out events.LetterFilter
	if f == nil {
		return out, nil
	}
	if f.Domain != nil {
		out.Domain = *f.Domain
		if !out.Valid() || out.Domain == "" {
			return out, fault.Field(name+".domain", "%q is no name of a domain.", *f.Domain)
		}
	}
	if f.Type != nil {
		out.Type = *f.Type
		if !out.Valid() || out.Type == "" {
			return out, fault.Field(name+".type", `%q is no type of event, such as "user.deleted".`, *f.Type)
		}
	}
	return out, nil
}

// DeadLetter answers the field of that name.
func (q query) DeadLetter(ctx context.Context, id string) (*DeadLetter, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	n, ok := numberOf(letters, id)
	if !ok {
		return nil, nil
	}
	l, err := q.Letters.Get(ctx, n)
	if errors.Is(err, events.ErrNoLetter) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return deadLetter(l), nil
}

// ReplayDeadLetter answers the field of that name.
func (m mutation) ReplayDeadLetter(ctx context.Context, input ReplayDeadLetterInput) (*ReplayDeadLetterPayload, error) {
	d, err := m.settle(ctx, input.ID, "replayed a dead letter", m.Letters.Replay)
	if err != nil {
		return nil, err
	}
	return &ReplayDeadLetterPayload{DeadLetter: d}, nil
}

// DiscardDeadLetter answers the field of that name.
func (m mutation) DiscardDeadLetter(ctx context.Context, input DiscardDeadLetterInput) (*DiscardDeadLetterPayload, error) {
	d, err := m.settle(ctx, input.ID, "discarded a dead letter", m.Letters.Discard)
	if err != nil {
		return nil, err
	}
	return &DiscardDeadLetterPayload{DeadLetter: d}, nil
}

type settling func(ctx context.Context, number uint64) (*events.Letter, error)

// settle replays or discards one letter.
func (m mutation) settle(ctx context.Context, id, did string, settle settling) (*DeadLetter, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return nil, err
	}
	n, ok := numberOf(letters, id)
	if !ok {
		return nil, errNoLetter(id)
	}
	l, err := settle(ctx, n)
	if errors.Is(err, events.ErrNoLetter) {
		return nil, errNoLetter(id)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	m.note(ctx, did, l)
	return deadLetter(l), nil
}

func (m mutation) note(ctx context.Context, did string, l *events.Letter) {
	event := ""
	if l.Event != nil {
		event = l.Event.ID
	}
	m.audit(ctx, did, "of", l.Domain, "type", l.Type, "event", event, "letter", l.Number, "reason", l.Error)
}

// ReplayDeadLetters answers the field of that name.
func (m mutation) ReplayDeadLetters(ctx context.Context, input ReplayDeadLettersInput) (*ReplayDeadLettersPayload, error) {
	n, err := m.settleAll(ctx, input.Filter, input.Limit, "replayed a dead letter", m.Letters.Replay)
	if err != nil {
		return nil, err
	}
	return &ReplayDeadLettersPayload{Count: n}, nil
}

// DiscardDeadLetters answers the field of that name.
func (m mutation) DiscardDeadLetters(ctx context.Context, input DiscardDeadLettersInput) (*DiscardDeadLettersPayload, error) {
	n, err := m.settleAll(ctx, input.Filter, input.Limit, "discarded a dead letter", m.Letters.Discard)
	if err != nil {
		return nil, err
	}
	return &DiscardDeadLettersPayload{Count: n}, nil
}

// settleAll replays or discards the letters of a filter that are there now.
func (m mutation) settleAll(ctx context.Context, filter *DeadLetterFilter, limit *int, did string, settle settling) (int, error) {
	if _, err := caller.RequireRole(ctx, admin); err != nil {
		return 0, err
	}
	f, err := filter.filter("input.filter")
	if err != nil {
		return 0, err
	}
	most := atOnce
	if limit != nil {
		if most = *limit; most < 1 || most > atOnce {
			return 0, fault.Field("input.limit", `"limit" must be between 1 and %d; it was %d.`, atOnce, most)
		}
	}
	found, err := m.Letters.List(ctx, f, events.LetterPlace{Limit: most})
	if err != nil {
		return 0, unavailable(err)
	}
	n := 0
	for _, l := range found {
		settled, err := settle(ctx, l.Number)
		if errors.Is(err, events.ErrNoLetter) {
			continue // another administrator was faster
		}
		if err != nil {
			return n, unavailable(err)
		}
		n++
		m.note(ctx, did, settled)
	}
	return n, nil
}

// unavailable words a failure of the bus.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "The event bus does not answer now. Try again.")
}
