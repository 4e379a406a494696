package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is a WebSocket to a subgraph and the subscriptions that share it.
type socket struct {
	pool   *sockets
	key    string
	limit  int64 // of an event, in bytes
	cancel context.CancelFunc

	ready  chan struct{} // closed when it can be subscribed on, or failed is set
	failed error
	conn   *websocket.Conn
	done   chan struct{} // closed when nothing is read any more

	writing sync.Mutex

	mu       sync.Mutex
	serial   int
	channels map[string]*channel // by id
	over     bool                // no others may join
	alone    bool                // no others may join now: the one that is there makes the subgraph wait
	heart    *time.Timer
}

// connect connects, and leaves the connection to follow: on a stack of its own,
// for dialling needs a large one.
func (s *socket) connect(ctx context.Context, f *Remote, r Request) {
	conn, err := f.dial(ctx, r)
	if err != nil {
		defer close(s.done)
		s.failed = err
		s.lost(err)
		close(s.ready)
		return
	}
	s.conn = conn
	conn.SetPongHandler(func(string) error { s.expect(); return nil })
	s.mu.Lock()
	s.heart = time.AfterFunc(alive, s.beat)
	s.mu.Unlock()
	close(s.ready)
	go s.follow()
}

// follow hands on what the subgraph says, until either side ends it.
func (s *socket) follow() {
	defer close(s.done)
	defer s.conn.Close()
	s.lost(s.read())
	s.heart.Stop()
}

// read hands on what comes, until no more does.
func (s *socket) read() error {
	for {
		s.expect()
		m, err := s.next()
		if err != nil {
			return err
		}
		switch m.Type {
		case "next", "error", "complete", tooLarge:
			if c := s.channel(m.ID); c != nil { // else it was left meanwhile
				c.hear(m)
			}
		case "ping":
			if err := s.say(message{Type: "pong", Payload: m.Payload}); err != nil {
				return err
			}
		}
	}
}

// next reads a message. Of one that is too large for an event, only whose it is.
func (s *socket) next() (m message, err error) {
	_, from, err := s.conn.NextReader()
	if err != nil {
		return m, err
	}
	var data bytes.Buffer
	n, err := data.ReadFrom(io.LimitReader(from, s.limit+envelope+1))
	if err != nil {
		return m, err
	}
	if n > s.limit+envelope {
		_, err := io.Copy(io.Discard, from)
		return message{ID: whose(data.Bytes()), Type: tooLarge}, err
	}
	if err := json.Unmarshal(data.Bytes(), &m); err != nil {
		return m, errors.New("the subgraph sent a message that is not JSON")
	}
	return m, nil
}

// tooLarge stands for a message that was not read.
const tooLarge = "too large"

// envelope is what a message may have around an event.
const envelope = 1 << 10

// whose is the id of a message of which only the beginning is there: it stands
// before the payload, as everybody writes it; empty if not.
func whose(beginning []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(beginning))
	for at := 0; ; at++ {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		if at%2 == 1 && token == "id" {
			id, _ := decoder.Token()
			text, _ := id.(string)
			return text
		}
		if _, nested := token.(json.Delim); nested && at > 0 {
			return ""
		}
	}
}

// expect gives the subgraph time until its next sign of life.
func (s *socket) expect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		_ = s.conn.SetReadDeadline(time.Now().Add(2*alive + patience))
	}
}

// beat asks for a sign of life.
func (s *socket) beat() {
	if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience)) != nil {
		return // closing, or gone: the read deadline ends it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.heart.Reset(alive)
	}
}

// say sends a message.
func (s *socket) say(m message) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return write(s.conn, m)
}

// complete tells the subgraph that nobody listens to a subscription any more, if
// it can still be told.
func (s *socket) complete(id string) {
	select {
	case <-s.done:
		return
	default:
	}
	select {
	case <-s.ready:
		if s.failed == nil {
			_ = s.say(message{ID: id, Type: "complete"}) // a connection that broke is found out by its reader
		}
	default: // nothing was asked for yet
	}
}

// place is a place for one more subscription; nil if there is none. The pool's
// lock is held.
func (s *socket) place() *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.alone || len(s.channels) >= crowd {
		return nil
	}
	s.serial++
	c := &channel{socket: s, id: strconv.Itoa(s.serial), news: make(chan struct{}, 1), room: make(chan struct{}, 1), left: make(chan struct{})}
	s.channels[c.id] = c
	return c
}

func (s *socket) channel(id string) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[id]
}

// lost ends every subscription of a connection that broke.
func (s *socket) lost(cause error) {
	s.pool.mu.Lock()
	s.mu.Lock()
	s.over = true
	s.pool.drop(s)
	all := make([]*channel, 0, len(s.channels))
	for _, c := range s.channels {
		all = append(all, c)
	}
	s.mu.Unlock()
	s.pool.mu.Unlock()
	for _, c := range all {
		c.finish(fmt.Errorf("%w: %w", errClosed, cause))
	}
}

// release gives a place back; it tells whether nobody is left.
func (s *socket) release(c *channel) (empty bool) {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.channels, c.id)
	if len(s.channels) > 0 {
		return false
	}
	s.over = true
	s.pool.drop(s)
	return true
}

// close says goodbye, and waits a moment for the answer.
func (s *socket) close() {
	s.cancel()
	<-s.ready
	if s.failed != nil {
		return
	}
	deadline := time.Now().Add(parting)
	if s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline) != nil {
		_ = s.conn.Close()
	}
	_ = s.conn.SetReadDeadline(deadline)
	<-s.done
}

// apart tells whether a subscription has the connection to itself, and if so
// keeps others from joining it while it lags behind.
func (s *socket) apart() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alone = len(s.channels) == 1
	return s.alone
}

func (s *socket) together() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alone = false
}
