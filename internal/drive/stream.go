package drive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// streaming is a client without a time limit: streams last.
var streaming = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Stream subscribes over server-sent events (graphql-sse, distinct
// connections). It returns when the server has begun to answer.
func (c Client) Stream(ctx context.Context, query string, variables any) (*Listening, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	request, err := c.Request(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	if err != nil {
		cancel()
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	response, err := streaming.Do(request) //nolint:bodyclose // the stream closes it when it is stopped
	if err != nil {
		cancel()
		return nil, err
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		text, _ := io.ReadAll(response.Body)
		cancel()
		return nil, errors.Join(fmt.Errorf("the server answers %s with %s: %s", response.Status, kind, text), response.Body.Close())
	}
	l := newListening(cancel)
	go func() {
		defer cancel()
		err := readEvents(response.Body, l)
		_ = response.Body.Close()
		if errors.Is(err, context.Canceled) {
			err = nil // by Stop
		}
		l.finish(err)
	}()
	return l, nil
}

// readEvents reads the stream to its complete event.
func readEvents(body io.Reader, l *Listening) error {
	lines := bufio.NewReader(body)
	var event, data string
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimPrefix(value, " "); {
		case line == "" && event == "complete":
			return nil
		case line == "" && event == "next":
			var a Answer
			if err := decode([]byte(data), &a); err != nil {
				return err
			}
			l.events <- a
			event, data = "", ""
		case line == "":
			event, data = "", ""
		case name == "event":
			event = value
		case name == "data":
			data += value
		}
	}
}
