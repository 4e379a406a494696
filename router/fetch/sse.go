package fetch

import (
	"bufio"
	"bytes"
	"errors"
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
func readEvents(from io.Reader, deliver func(payload []byte) error) error {
	r := bufio.NewReaderSize(from, 16<<10)
	if start, _ := r.Peek(len(plainAnswer)); string(start) == plainAnswer {
		return readPlain(r, deliver)
	}
	var event string
	var data []byte
	for {
		line, err := readLine(r)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if len(line) == 0 {
			if done, err := dispatch(event, data, deliver); done || err != nil {
				return err
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
		if len(data) > MaxResponse {
			return errTooLarge
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

func readPlain(r *bufio.Reader, deliver func(payload []byte) error) error {
	if _, err := r.Discard(len(plainAnswer)); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r, MaxResponse))
	if err != nil {
		return err
	}
	return deliver(body)
}

// readLine reads a line of any length up to the limit, without its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxResponse {
			return nil, errTooLarge
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}
