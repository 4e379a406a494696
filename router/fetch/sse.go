package fetch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// plainAnswer goes before an answer that is no event stream but one response.
const plainAnswer = "\x00plain\n"

func isEventStream(h http.Header) bool {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && media == "text/event-stream"
}

// readEvents reads the graphql-sse protocol, distinct connections mode: each
// event "next" is delivered, "complete" or the end of the stream ends it.
// The first result tells whether it was completed.
func readEvents(from io.Reader, limit int64, deliver func(payload []byte) error) (completed bool, err error) {
	r := bufio.NewReaderSize(from, 16<<10)
	if start, _ := r.Peek(len(plainAnswer)); string(start) == plainAnswer {
		return true, readPlain(r, limit, deliver)
	}
	var event string
	var data []byte
	for {
		line, err := readLine(r, limit)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return false, nil
			}
			return false, err
		}
		if len(line) == 0 {
			if done, err := dispatch(event, data, deliver); done || err != nil {
				return done, err
			}
			event, data = "", nil
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "event":
			event = string(value)
		case "data":
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, value...)
		}
		if int64(len(data)) > limit {
			return false, TooLarge{limit}
		}
	}
}

// dispatch acts on an event that is complete.
func dispatch(event string, data []byte, deliver func(payload []byte) error) (done bool, err error) {
	switch event {
	case "complete":
		return true, nil
	case "next":
		return false, deliver(data)
	}
	return false, nil
}

// stream subscribes by a request of its own whose answer is a stream of events.
func (f *Remote) stream(ctx context.Context, r Request, deliver func(payload []byte) error) error {
	req, err := post(ctx, f.url, r, acceptEvents)
	if err != nil {
		return err
	}
	resp, err := f.live.Do(req)
	if err != nil {
		return fmt.Errorf("connect to subgraph: %w", err)
	}
	defer resp.Body.Close()
	if !isEventStream(resp.Header) { // one answer, such as a refusal
		body, err := readAll(resp, r.limit())
		if err != nil {
			return fmt.Errorf("read subgraph answer: %w", err)
		}
		if !json.Valid(body) {
			return fmt.Errorf("the subgraph answers a subscription with status %d, and neither by WebSocket nor with events", resp.StatusCode)
		}
		return deliver(body)
	}
	f.streams.Store(true)
	isOpen(ctx)
	completed, err := readEvents(resp.Body, r.limit(), deliver)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && !completed:
		return errClosed
	}
	return err
}

func readPlain(r *bufio.Reader, limit int64, deliver func(payload []byte) error) error {
	if _, err := r.Discard(len(plainAnswer)); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = TooLarge{limit}
	}
	if err != nil {
		return err
	}
	return deliver(body)
}

// lineOverhead is what a line has beside an answer: the name of its field.
const lineOverhead = 16

// readLine reads a line of any length up to the limit, without its end.
func readLine(r *bufio.Reader, limit int64) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if int64(len(line)) > limit+lineOverhead {
			return nil, TooLarge{limit}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}
