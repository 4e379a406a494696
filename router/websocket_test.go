package router_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"heddle/router"
	"heddle/router/serve"
)

// socket is a raw WebSocket client.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// dial opens a socket with the sub-protocol and says nothing.
func (w *world) dial(t *testing.T, header http.Header, protocols ...string) socket {
	t.Helper()
	if protocols == nil {
		protocols = []string{"graphql-transport-ws"}
	}
	dialer := websocket.Dialer{Subprotocols: protocols}
	conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(w.url, "http")+"/graphql", header)
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, response)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return socket{t, conn}
}

// connect opens a socket and initialises it.
func (w *world) connect(t *testing.T) socket {
	t.Helper()
	s := w.dial(t, nil)
	s.send(`{"type":"connection_init"}`)
	s.expect(`{"type":"connection_ack"}`)
	return s
}

func (s socket) send(message string) {
	s.t.Helper()
	if err := s.conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		s.t.Fatalf("send %s: %v", message, err)
	}
}

func (s socket) read() ([]byte, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	_, data, err := s.conn.ReadMessage()
	return data, err
}

// expect compares the next message, as JSON.
func (s socket) expect(want string) {
	s.t.Helper()
	data, err := s.read()
	if err != nil {
		s.t.Fatalf("read: %v, want %s", err, want)
	}
	if diff := cmp.Diff(parsed(s.t, want), parsed(s.t, string(data))); diff != "" {
		s.t.Fatalf("message (-want +got):\n%s", diff)
	}
}

// expectError compares the id and the codes of an error message.
func (s socket) expectError(id string, codes ...string) {
	s.t.Helper()
	data, err := s.read()
	if err != nil {
		s.t.Fatalf("read: %v, want an error message", err)
	}
	var got struct {
		ID, Type string
		Payload  []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(data, &got); err != nil || got.ID != id || got.Type != "error" {
		s.t.Fatalf("message %s (%v), want an error of %s", data, err, id)
	}
	var gotCodes []string
	for _, e := range got.Payload {
		gotCodes = append(gotCodes, e.Extensions.Code)
	}
	if diff := cmp.Diff(codes, gotCodes); diff != "" {
		s.t.Fatalf("codes (-want +got):\n%s", diff)
	}
}

// expectClose reads until the server closes the socket, and compares why.
func (s socket) expectClose(code int, reason string) {
	s.t.Helper()
	for {
		data, err := s.read()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			if closed.Code != code || closed.Text != reason {
				s.t.Fatalf("closed with %d %q, want %d %q", closed.Code, closed.Text, code, reason)
			}
			return
		}
		if err != nil {
			s.t.Fatalf("read: %v, want close %d", err, code)
		}
		s.t.Logf("before close: %s", data)
	}
}

func parsed(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("not JSON: %s", text)
	}
	return value
}

func subscribeTo(id, query string) string {
	payload, _ := json.Marshal(map[string]string{"query": query}) // strings are always JSON
	return `{"type":"subscribe","id":"` + id + `","payload":` + string(payload) + `}`
}

// Every way to break the protocol, and the code that answers it.
func TestWebSocket_close(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Limits: serve.Limits{Message: 2000}})
	const init = `{"type":"connection_init"}`
	for _, c := range []struct {
		name   string
		send   []string
		code   int
		reason string
	}{
		{"not json", []string{`{`}, 4400, "Invalid message: it is not a JSON object of the protocol"},
		{"a list", []string{`[]`}, 4400, "Invalid message: it is not a JSON object of the protocol"},
		{"no type", []string{`{}`}, 4400, "Invalid message: it has no type"},
		{"unknown type", []string{`{"type":"start"}`}, 4400, `Invalid message: the type "start" is not of the protocol`},
		{"init payload is a list", []string{`{"type":"connection_init","payload":[]}`}, 4400, "Invalid message: the payload of connection_init is not an object"},
		{"second init", []string{init, init}, 4429, "Too many initialisation requests"},
		{"subscribe before init", []string{subscribeTo("1", "{ hello }")}, 4401, "Unauthorized"},
		{"subscribe without id", []string{init, `{"type":"subscribe","payload":{"query":"{ hello }"}}`}, 4400, "Invalid message: subscribe has no id"},
		{"subscribe with a number", []string{init, `{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}`}, 4400, "Invalid message: it is not a JSON object of the protocol"},
		{"subscribe without payload", []string{init, `{"type":"subscribe","id":"1"}`}, 4400, "Invalid message: the payload of subscribe is not an object"},
		{"subscribe without query", []string{init, `{"type":"subscribe","id":"1","payload":{}}`}, 4400, `Invalid message: The request has no "query".`},
		{"subscribe with bad variables", []string{init, `{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":1}}`}, 4400, `Invalid message: The member "variables" must be an object, not a number.`},
		{"complete without id", []string{init, `{"type":"complete"}`}, 4400, "Invalid message: complete has no id"},
		{"ping with text", []string{`{"type":"ping","payload":"a"}`}, 4400, "Invalid message: the payload of ping is not an object"},
		{"id twice", []string{init, subscribeTo("a", `subscription { said(room: "twice") { text } }`), subscribeTo("a", "{ hello }")}, 4409, "Subscriber for a already exists"},
		{"too long", []string{init, `{"type":"ping","payload":{"a":"` + strings.Repeat("a", 5000) + `"}}`}, 1009, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := w.dial(t, nil)
			for _, message := range c.send {
				s.send(message)
			}
			s.expectClose(c.code, c.reason)
		})
	}
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		s := w.dial(t, nil)
		if err := s.conn.WriteMessage(websocket.BinaryMessage, []byte(init)); err != nil {
			t.Fatal(err)
		}
		s.expectClose(4400, "Invalid message: it is not a text message")
	})
	for name, protocols := range map[string][]string{"unknown sub-protocol": {"graphql-tws"}, "no sub-protocol": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.dial(t, nil, protocols...).expectClose(4406, "Subprotocol not acceptable")
		})
	}
}

func TestWebSocket_close_init_timeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Timeouts: serve.Timeouts{Init: time.Millisecond}})
	w.dial(t, nil).expectClose(4408, "Connection initialisation timeout")
}

func TestWebSocket_ping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.dial(t, nil)
	s.send(`{"type":"ping"}`) // also before connection_init
	s.expect(`{"type":"pong"}`)
	s.send(`{"type":"connection_init","payload":null}`)
	s.expect(`{"type":"connection_ack"}`)
	s.send(`{"type":"ping","payload":{"at":1}}`)
	s.expect(`{"type":"pong","payload":{"at":1}}`)
	s.send(`{"type":"pong"}`)
	s.send(`{"type":"complete","id":"never"}`)
	s.send(`{"type":"ping"}`)
	s.expect(`{"type":"pong"}`)
}

func TestWebSocket_query(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.connect(t)
	for _, c := range []struct{ query, data string }{
		{"{ hello }", helloData},
		{`mutation { set(text: "b") }`, `{"set":"b"}`},
		{`{ hello }`, helloData}, // the id can be used again
	} {
		s.send(subscribeTo("q", c.query))
		s.expect(`{"id":"q","type":"next","payload":{"data":` + c.data + `}}`)
		s.expect(`{"id":"q","type":"complete"}`)
	}
	s.send(subscribeTo("bad", "{ helo }"))
	s.expectError("bad", "GRAPHQL_VALIDATION_FAILED")
	s.send(subscribeTo("bad", "{"))
	s.expectError("bad", "GRAPHQL_PARSE_FAILED")
}

func TestWebSocket_subscription(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.connect(t)
	const said = `subscription { said(room: "one") { text author { name } } }`
	s.send(subscribeTo("1", said))
	<-w.opened
	for _, words := range []string{"a", "b", "c"} {
		w.say("one", words)
		s.expect(`{"id":"1","type":"next","payload":{"data":{"said":{"text":"` + words + `","author":{"name":"Person 7"}}}}}`)
	}
	s.send(subscribeTo("1x", "{ hello }")) // beside it
	s.expect(`{"id":"1x","type":"next","payload":{"data":{"hello":"world"}}}`)
	s.expect(`{"id":"1x","type":"complete"}`)

	s.send(`{"type":"complete","id":"1"}`)
	<-w.closed // upstream too
	s.send(subscribeTo("1", said))
	<-w.opened
	w.hush("one") // the subgraph completes
	s.expect(`{"id":"1","type":"complete"}`)
	<-w.closed
}

func TestWebSocket_subscription_fails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.connect(t)
	s.send(subscribeTo("1", `subscription { broken { text } }`))
	s.expect(`{"id":"1","type":"next","payload":{"data":null,"errors":[{"message":"Internal error.","path":["broken"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}}`)
	s.expect(`{"id":"1","type":"complete"}`)
}

func TestWebSocket_limit_of_operations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Limits: serve.Limits{Operations: 1}})
	s := w.connect(t)
	s.send(subscribeTo("1", `{ wait(name: "one") }`))
	<-w.waits
	s.send(subscribeTo("2", "{ hello }"))
	s.expectError("2", "TOO_MANY_OPERATIONS")
	close(w.goOn)
	s.expect(`{"id":"1","type":"next","payload":{"data":{"wait":"went on"}}}`)
	s.expect(`{"id":"1","type":"complete"}`)
	s.send(subscribeTo("2", "{ hello }"))
	s.expect(`{"id":"2","type":"next","payload":{"data":{"hello":"world"}}}`)
}

func TestWebSocket_complete_cancels_a_query(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.connect(t)
	s.send(subscribeTo("1", `{ wait(name: "one") }`))
	<-w.waits
	s.send(`{"type":"complete","id":"1"}`)
	s.send(subscribeTo("1", "{ hello }")) // and its result does not come
	s.expect(`{"id":"1","type":"next","payload":{"data":{"hello":"world"}}}`)
	s.expect(`{"id":"1","type":"complete"}`)
}

func TestWebSocket_headers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{ForwardHeaders: []string{"X-Tenant"}})
	for _, c := range []struct {
		name, init, header, want string
		upgrade                  http.Header
	}{
		{"payload", `{"authorization":"Bearer a"}`, "Authorization", "Bearer a", nil},
		{"upgrade", `null`, "Authorization", "Bearer u", http.Header{"Authorization": {"Bearer u"}}},
		{"payload before upgrade", `{"Authorization":"Bearer a"}`, "Authorization", "Bearer a", http.Header{"Authorization": {"Bearer u"}}},
		{"configured", `{"x-tenant":"north"}`, "X-Tenant", "north", nil},
		{"not configured", `{"x-secret":"s"}`, "X-Secret", "", http.Header{"X-Secret": {"s"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := w.dial(t, c.upgrade)
			s.send(`{"type":"connection_init","payload":` + c.init + `}`)
			s.expect(`{"type":"connection_ack"}`)
			s.send(subscribeTo("h", `{ header(name: "`+c.header+`") }`))
			s.expect(`{"id":"h","type":"next","payload":{"data":{"header":"` + c.want + `"}}}`)
		})
	}
}

func TestWebSocket_origin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Origins: []string{"https://friend.example"}})
	for origin, status := range map[string]int{
		w.url: 101, "https://friend.example": 101, "https://evil.example": 403, "null": 403,
	} {
		t.Run(origin, func(t *testing.T) {
			t.Parallel()
			dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
			conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(w.url, "http")+"/graphql", http.Header{"Origin": {origin}})
			if conn != nil {
				defer conn.Close()
			}
			if response == nil || response.StatusCode != status {
				t.Errorf("%v, %v; want status %d", response, err, status)
			}
		})
	}
}

// A client that takes no bytes is cut off when one message has waited too long.
func TestWebSocket_write_deadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 1 << 20, Timeouts: serve.Timeouts{Write: 100 * time.Millisecond}})
	s := w.dialSmall(t)
	s.send(`{"type":"connection_init"}`)
	s.expect(`{"type":"connection_ack"}`)
	s.send(subscribeTo("1", `subscription { said(room: "all") { text } }`))
	<-w.opened
	w.shout("all")
}

// shout says long things until the stream of the room is closed.
func (w *world) shout(room string) {
	long := strings.Repeat("x", 1<<20)
	for {
		select {
		case <-w.closed:
			return
		default:
			w.say(room, long)
		}
	}
}

// A client that asks without end and reads no answer is cut off.
func TestWebSocket_flood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Timeouts: serve.Timeouts{Write: 100 * time.Millisecond}})
	s := w.dialSmall(t)
	ping := []byte(`{"type":"ping","payload":{"a":"` + strings.Repeat("a", 64<<10) + `"}}`)
	for s.conn.WriteMessage(websocket.TextMessage, ping) == nil {
		continue
	}
}
