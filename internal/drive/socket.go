package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// Socket is a WebSocket that speaks graphql-transport-ws.
type Socket struct {
	conn *websocket.Conn

	mu    sync.Mutex // held while writing, and for calls
	calls map[string]*Listening
	next  int
	done  chan struct{}
	err   error // why it closed; read after done
}

type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Socket connects, and returns when the server has acknowledged it. The token
// travels in the payload of connection_init, where a browser puts it.
func (c Client) Socket(ctx context.Context) (*Socket, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	conn, response, err := dialer.DialContext(ctx, strings.Replace(c.Origin, "http", "ws", 1)+"/graphql", http.Header{}) //nolint:bodyclose // an upgraded connection has none
	if err != nil {
		if response != nil {
			err = fmt.Errorf("%w: %s", err, response.Status)
		}
		return nil, err
	}
	payload := map[string]string{}
	if c.Token != "" {
		payload["Authorization"] = "Bearer " + c.Token
	}
	for name := range c.Header {
		payload[name] = c.Header.Get(name)
	}
	s := &Socket{conn: conn, calls: map[string]*Listening{}, done: make(chan struct{})}
	if err := s.greet(payload); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go s.read()
	return s, nil
}

func (s *Socket) greet(payload map[string]string) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	if err := s.conn.WriteJSON(frame{Type: "connection_init", Payload: text}); err != nil {
		return err
	}
	var ack frame
	if err := s.conn.ReadJSON(&ack); err != nil {
		return err
	}
	if ack.Type != "connection_ack" {
		return fmt.Errorf("the server answers connection_init with %q", ack.Type)
	}
	return nil
}

// Listen subscribes, or sends another operation whose one answer is its event.
func (s *Socket) Listen(query string, variables any) (*Listening, error) {
	payload, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id := strconv.Itoa(s.next)
	l := newListening(func() { s.complete(id) })
	s.calls[id] = l
	return l, s.conn.WriteJSON(frame{ID: id, Type: "subscribe", Payload: payload})
}

// complete ends a call from our side.
func (s *Socket) complete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.calls[id]; l != nil {
		delete(s.calls, id)
		_ = s.conn.WriteJSON(frame{ID: id, Type: "complete"}) // a closed socket has completed everything
		l.finish(nil)
	}
}

func (s *Socket) read() {
	var err error
	for err == nil {
		var f frame
		if err = s.conn.ReadJSON(&f); err == nil {
			err = s.handle(f)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.calls {
		l.finish(err)
	}
	clear(s.calls)
	s.err = err
	close(s.done)
}

func (s *Socket) handle(f frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.calls[f.ID]
	switch {
	case f.Type == "ping":
		return s.conn.WriteJSON(frame{Type: "pong"})
	case l == nil: // of a call that we have completed
		return nil
	case f.Type == "next":
		var a Answer
		if err := decode(f.Payload, &a); err != nil {
			return err
		}
		l.events <- a
	case f.Type == "error":
		a := Answer{Body: f.Payload}
		if err := json.Unmarshal(f.Payload, &a.Errors); err != nil {
			return err
		}
		l.events <- a
		delete(s.calls, f.ID)
		l.finish(nil)
	case f.Type == "complete":
		delete(s.calls, f.ID)
		l.finish(nil)
	}
	return nil
}

// Closed waits until the server has closed the socket, and returns the error
// that says how.
func (s *Socket) Closed(ctx context.Context) error {
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return errors.New("the socket is still open")
	}
}

// Close closes the socket and returns when nothing of it runs any more.
func (s *Socket) Close() {
	_ = s.conn.Close()
	<-s.done
}
