package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"

	"github.com/gorilla/websocket"
)

// limit is what no router can be faster than: it keeps raw connections, and
// writes the bytes of a frame that is made once to each of them, on all cores.
// It looks like a router to whoever subscribes, and understands nothing.
type limit struct {
	http.ServeMux

	mu    sync.Mutex
	said  int
	parts [][]seat // one for each core
	next  int
}

// seat is one subscription.
type seat struct {
	conn net.Conn
	id   string
}

func newLimit() *limit {
	l := &limit{parts: make([][]seat, runtime.GOMAXPROCS(0))}
	l.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	l.HandleFunc("POST /graphql", l.say)
	l.HandleFunc("GET /graphql", l.join)
	return l
}

// join takes a WebSocket and says what the protocol wants said.
func (l *limit) join(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"graphql-transport-ws"}}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	for {
		var got struct{ ID, Type string }
		if conn.ReadJSON(&got) != nil {
			_ = conn.Close()
			return
		}
		switch got.Type {
		case "connection_init":
			_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_ack"}`))
		case "subscribe":
			l.mu.Lock()
			l.parts[l.next] = append(l.parts[l.next], seat{conn.NetConn(), got.ID})
			l.next = (l.next + 1) % len(l.parts)
			l.mu.Unlock()
		}
	}
}

func (l *limit) say(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Variables struct{ Text string } }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said++
	frames := map[string][]byte{}
	for _, id := range []string{"1", "2"} {
		frames[id] = textFrame(fmt.Appendf(nil, `{"id":%q,"type":"next","payload":{"data":{"said":{"number":%d,"text":%q,"author":{"name":"Person 7"}}}}}`, id, l.said, asked.Variables.Text))
	}
	var parts sync.WaitGroup
	for _, part := range l.parts {
		parts.Go(func() {
			for _, s := range part {
				_, _ = s.conn.Write(frames[s.id]) // who has gone hears nothing
			}
		})
	}
	parts.Wait()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"data":{"say":{"number":%d}}}`, l.said)
}

// textFrame is a message of a server in one frame (RFC 6455, section 5.2).
func textFrame(text []byte) []byte {
	var out bytes.Buffer
	out.WriteByte(0x81)
	if len(text) < 126 {
		out.WriteByte(byte(len(text)))
	} else {
		out.Write([]byte{126, byte(len(text) >> 8), byte(len(text))})
	}
	out.Write(text)
	return out.Bytes()
}
