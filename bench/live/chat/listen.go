package chat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
)

// stream is a subscription over server-sent events (graphql-sse, distinct
// connections).
func (m *room) stream(w http.ResponseWriter, r *http.Request, op *ast.OperationDefinition) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	if out.Flush() != nil {
		return
	}
	l := &events{op: op, w: w, out: out}
	m.join(l)
	defer m.leave(l)
	<-r.Context().Done()
}

type events struct {
	op  *ast.OperationDefinition
	w   http.ResponseWriter
	out *http.ResponseController
}

func (e *events) operation() *ast.OperationDefinition { return e.op }

func (e *events) tell(payload []byte) {
	fmt.Fprintf(e.w, "event: next\ndata: %s\n\n", payload)
	_ = e.out.Flush() // a listener that has gone leaves by itself
}

var upgrader = websocket.Upgrader{Subprotocols: []string{"graphql-transport-ws"}, WriteBufferPool: &sync.Pool{}, ReadBufferSize: 1024}

// socket is a connection with any number of subscriptions
// (graphql-transport-ws).
func (m *room) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	defer conn.Close()
	k := &socket{conn: conn, calls: map[string]*call{}}
	defer func() {
		for _, c := range k.calls {
			m.leave(c)
		}
	}()
	for {
		var got struct {
			ID, Type string
			Payload  request
		}
		if conn.ReadJSON(&got) != nil {
			return
		}
		switch got.Type {
		case "connection_init":
			k.write([]byte(`{"type":"connection_ack"}`))
		case "ping":
			k.write([]byte(`{"type":"pong"}`))
		case "subscribe":
			op, err := m.parse(got.Payload.Query)
			if err != nil {
				return
			}
			c := &call{socket: k, id: got.ID, op: op}
			k.calls[got.ID] = c
			if r.Header.Get("Heddle-Live") == "share" && op.SelectionSet[0].(*ast.Field).Name == "said" {
				c.tell([]byte(`{"data":null,"extensions":{"live":{"scope":"everybody"}}}`))
			}
			m.join(c)
		case "complete":
			if c := k.calls[got.ID]; c != nil {
				m.leave(c)
				delete(k.calls, got.ID)
			}
		}
	}
}

type socket struct {
	mu    sync.Mutex
	conn  *websocket.Conn
	calls map[string]*call
}

func (k *socket) write(message []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	_ = k.conn.WriteMessage(websocket.TextMessage, message) // what fails ends the reading
}

// call is one subscription on a socket.
type call struct {
	socket *socket
	id     string
	op     *ast.OperationDefinition
}

func (c *call) operation() *ast.OperationDefinition { return c.op }

func (c *call) tell(payload []byte) {
	name, _ := json.Marshal(c.id) // a string is always JSON
	c.socket.write(fmt.Appendf(nil, `{"id":%s,"type":"next","payload":%s}`, name, payload))
}
