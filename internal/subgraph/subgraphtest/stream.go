package subgraphtest

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// Stream is a subscription under way, over server-sent events.
type Stream struct {
	t     testing.TB
	body  io.ReadCloser
	lines *bufio.Scanner
}

// Subscribe begins a subscription on behalf of somebody. It returns when the
// request is under way, which may be before the domain listens.
func (s *Service) Subscribe(p Person, operation string, variables Variables) *Stream {
	s.t.Helper()
	response := s.send(p, operation, variables, "text/event-stream") //nolint:bodyclose // Close does
	stream := &Stream{t: s.t, body: response.Body, lines: bufio.NewScanner(response.Body)}
	stream.lines.Buffer(nil, 1<<20)
	s.t.Cleanup(stream.Close)
	return stream
}

// Next waits for the next answer; false means that the subscription is complete.
func (s *Stream) Next() (Answer, bool) {
	s.t.Helper()
	event := ""
	for s.lines.Scan() {
		line := s.lines.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if event == "complete" {
			return Answer{}, false
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var a Answer
			if err := json.Unmarshal([]byte(data), &a); err != nil {
				s.t.Fatalf("read the event %q: %v", data, err)
			}
			return a, true
		}
	}
	s.t.Fatalf("the stream broke off before it was complete: %v", s.lines.Err())
	return Answer{}, false
}

// Get waits for the next answer, which must be one without errors, and decodes
// its data into out.
func (s *Stream) Get(out any) {
	s.t.Helper()
	a, ok := s.Next()
	if !ok || len(a.Errors) > 0 {
		s.t.Fatalf("the subscription gave %+v (there: %t), want data", a.Errors, ok)
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		s.t.Fatalf("decode %s: %v", a.Data, err)
	}
}

// Ended waits for the subscription's end, which must come next.
func (s *Stream) Ended() {
	s.t.Helper()
	if a, ok := s.Next(); ok {
		s.t.Fatalf("the subscription gave %s %+v, want its end", a.Data, a.Errors)
	}
}

// Close goes away, as a client does that loses interest.
func (s *Stream) Close() { _ = s.body.Close() }
