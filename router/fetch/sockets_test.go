package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"heddle/router/fetch"
)

// switchboard is a subgraph that speaks graphql-transport-ws and says what a
// test tells it to say.
type switchboard struct {
	t     *testing.T
	lines chan *line // connections, as they come
	calls chan call  // subscriptions, as they come
	over  chan call  // as they are left
	ack   chan struct{}
}

// line is one connection; gone is closed with it.
type line struct {
	conn *websocket.Conn
	who  string
	gone chan struct{}
	mu   sync.Mutex
}

// call is one subscription on a line.
type call struct {
	*line
	id, query string
}

// say sends an event.
func (c call) say(payload string) {
	c.write(`{"id":"` + c.id + `","type":"next","payload":` + payload + `}`)
}

func (l *line) write(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.conn.WriteMessage(websocket.TextMessage, []byte(text)) // the other end may be gone
}

func newSwitchboard(t *testing.T) (*switchboard, *fetch.Remote) {
	t.Helper()
	b := &switchboard{t: t, lines: make(chan *line, 300), calls: make(chan call, 300), over: make(chan call, 300), ack: make(chan struct{})}
	close(b.ack)
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return b, fetch.HTTP(server.URL, client)
}

func (b *switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"graphql-transport-ws"}}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		b.t.Error(err)
		return
	}
	defer conn.Close()
	l := &line{conn: conn, who: r.Header.Get("Authorization"), gone: make(chan struct{})}
	defer close(l.gone)
	b.lines <- l
	for {
		var m struct {
			ID, Type string
			Payload  struct{ Query string }
		}
		if conn.ReadJSON(&m) != nil {
			return
		}
		switch m.Type {
		case "connection_init":
			<-b.ack
			l.write(`{"type":"connection_ack"}`)
		case "subscribe":
			b.calls <- call{l, m.ID, m.Payload.Query}
		case "complete":
			b.over <- call{l, m.ID, ""}
		}
	}
}

// heard is a subscription and what it hears.
type heard struct {
	events chan string
	ended  chan error
	leave  context.CancelFunc
}

// from subscribes with a token; handle is called with each event.
func from(t *testing.T, f *fetch.Remote, token, query string, handle func(string)) *heard {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h := &heard{events: make(chan string, 1<<13), ended: make(chan error, 1), leave: cancel}
	r := fetch.Request{
		Body:   fmt.Appendf(nil, `{"query":%q}`, query),
		Header: http.Header{"Authorization": {token}, "X-Request-Id": {query}},
		Limit:  64 << 10,
	}
	var running sync.WaitGroup
	running.Go(func() {
		h.ended <- f.Subscribe(ctx, r, func(payload []byte) error {
			if handle != nil {
				handle(string(payload))
			}
			h.events <- string(payload)
			return nil
		})
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return h
}

// asked is the next subscription that the subgraph gets, which must be the query.
func (b *switchboard) asked(query string) call {
	b.t.Helper()
	c := <-b.calls
	if c.query != query {
		b.t.Fatalf("the subgraph was asked %q, want %q", c.query, query)
	}
	return c
}

func TestSockets_share_a_connection(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	const most = 100
	calls, all := make([]call, most+1), make([]*heard, most+1)
	connections := map[*line]int{}
	for i := range all {
		query := fmt.Sprint("q", i)
		all[i] = from(t, f, "a", query, nil)
		calls[i] = b.asked(query)
		connections[calls[i].line]++
	}
	if len(connections) != 2 || connections[calls[0].line] != most {
		t.Errorf("%d subscriptions have %d connections, %d on the first; want 2 and %d", len(all), len(connections), connections[calls[0].line], most)
	}
	for i := len(calls) - 1; i >= 0; i-- { // to each its own
		calls[i].say(fmt.Sprint(i))
	}
	for i, h := range all {
		if got := <-h.events; got != fmt.Sprint(i) {
			t.Errorf("subscription %d heard %s", i, got)
		}
	}
	for i, h := range all[:most-1] {
		h.leave()
		if err := <-h.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("subscription %d ended with %v", i, err)
		}
		if got := <-b.over; got.id != calls[i].id || got.line != calls[i].line {
			t.Errorf("the subgraph was told that %q was left, want %q", got.id, calls[i].id)
		}
	}
	calls[most-1].say(`"still"`)
	if got := <-all[most-1].events; got != `"still"` {
		t.Errorf("the last on the connection heard %s", got)
	}
	calls[most-1].write(`{"id":"` + calls[most-1].id + `","type":"complete"}`)
	if err := <-all[most-1].ended; err != nil {
		t.Errorf("a completed subscription ended with %v", err)
	}
	<-calls[0].gone // nothing runs on it any more
}

// What one may hear goes over no connection of another: the subgraph checks the
// token of the connection.
func TestSockets_of_different_tokens(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	who := map[string]string{"q1": "a", "q2": "b", "q3": "a"}
	lines := map[string]*line{}
	for _, query := range []string{"q1", "q2", "q3"} {
		from(t, f, who[query], query, nil)
		c := b.asked(query)
		if c.who != who[query] {
			t.Errorf("%s was asked on the connection of %q, want %q", query, c.who, who[query])
		}
		lines[query] = c.line
	}
	if lines["q1"] == lines["q2"] || lines["q1"] != lines["q3"] {
		t.Error("connections are not shared by those, and only those, who have the same token")
	}
}

// Whoever does not handle what comes costs the others on the connection nothing,
// and gets all that came before it had to end.
func TestSockets_one_is_slow_among_others(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	free := make(chan struct{})
	slow := from(t, f, "a", "slow", func(string) { <-free })
	to := b.asked("slow")
	quick := from(t, f, "a", "quick", nil)
	other := b.asked("quick")
	if to.line != other.line {
		t.Fatal("they do not share a connection")
	}
	const flood = 3000
	for i := range flood {
		to.say(fmt.Sprint(i))
		other.say(fmt.Sprint(i))
		if got := <-quick.events; got != fmt.Sprint(i) {
			t.Fatalf("the quick one heard %s, want %d", got, i)
		}
	}
	close(free)
	err := <-slow.ended // the router asks again after this, and tells of a gap
	if err == nil || !strings.Contains(err.Error(), "faster than they were handled") {
		t.Errorf("the slow one ended with %v", err)
	}
	if got := <-b.over; got.id != to.id {
		t.Errorf("the subgraph was told that %s was left, want %s", got.id, to.id)
	}
	close(slow.events)
	n := 0
	for got := range slow.events {
		if got != fmt.Sprint(n) {
			t.Fatalf("the slow one heard %s, want %d", got, n)
		}
		n++
	}
	if n == 0 || n >= flood {
		t.Errorf("the slow one heard %d", n)
	}
	other.say(`"on"`)
	if got := <-quick.events; got != `"on"` {
		t.Errorf("the quick one heard %s", got)
	}
}

// A connection's only subscription loses nothing: the subgraph waits for it.
func TestSockets_one_is_slow_alone(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	free := make(chan struct{})
	slow := from(t, f, "a", "slow", func(string) { <-free })
	to := b.asked("slow")
	const flood = 5000
	said := make(chan struct{})
	go func() {
		defer close(said)
		for i := range flood {
			to.say(fmt.Sprintf(`"%d%s"`, i, strings.Repeat(" ", 4000)))
		}
	}()
	for fetch.Waiting(f) == 0 {
		runtime.Gosched()
	}
	second := from(t, f, "a", "second", nil)
	if c := b.asked("second"); c.line == to.line {
		t.Error("another was put on a connection that waits")
	}
	close(free)
	for i := range flood {
		if got := strings.TrimRight(strings.Trim(<-slow.events, `"`), " "); got != fmt.Sprint(i) {
			t.Fatalf("heard %s, want %d", got, i)
		}
	}
	<-said
	second.leave()
	from(t, f, "a", "third", nil)
	if c := b.asked("third"); c.line != to.line {
		t.Error("a connection that waits no more is not shared")
	}
}

// With its connection every subscription ends, after what came before; what is
// asked for next gets a new one.
func TestSockets_broken(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	all, calls := make([]*heard, 5), make([]call, 5)
	for i := range all {
		query := fmt.Sprint("q", i)
		all[i] = from(t, f, "a", query, nil)
		calls[i] = b.asked(query)
		calls[i].say(`"before"`)
	}
	_ = calls[0].conn.Close()
	for i, h := range all {
		if err := <-h.ended; err == nil || !strings.Contains(err.Error(), "closed the stream") {
			t.Errorf("subscription %d ended with %v", i, err)
		}
		if got := <-h.events; got != `"before"` {
			t.Errorf("subscription %d heard %s", i, got)
		}
	}
	again := from(t, f, "a", "again", nil)
	b.asked("again").say(`"after"`)
	if got := <-again.events; got != `"after"` {
		t.Errorf("heard %s", got)
	}
}

func TestSockets_event_too_large(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	large := from(t, f, "a", "large", nil)
	to := b.asked("large")
	other := from(t, f, "a", "other", nil)
	beside := b.asked("other")
	to.say(`"` + strings.Repeat("x", 70<<10) + `"`)
	if err := <-large.ended; !errors.As(err, new(fetch.TooLarge)) {
		t.Errorf("the subscription with the large event ended with %v", err)
	}
	beside.say(`"fine"`)
	if got := <-other.events; got != `"fine"` {
		t.Errorf("the other heard %s", got)
	}
}

// The connection is for all who wait for it, also when the first of them has
// left.
func TestSockets_first_leaves_while_connecting(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	b.ack = make(chan struct{})
	first := from(t, f, "a", "first", nil)
	<-b.lines
	second := from(t, f, "a", "second", nil)
	for fetch.Places(f) < 2 {
		runtime.Gosched()
	}
	first.leave()
	if err := <-first.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first ended with %v", err)
	}
	close(b.ack)
	b.asked("second").say(`1`)
	if got := <-second.events; got != "1" {
		t.Errorf("the second heard %s", got)
	}
	if len(b.lines) > 0 {
		t.Error("there is another connection")
	}
}

// Nobody waits any more: the connection is not made.
func TestSockets_all_leave_while_connecting(t *testing.T) {
	t.Parallel()
	b, f := newSwitchboard(t)
	b.ack = make(chan struct{})
	only := from(t, f, "a", "only", nil)
	l := <-b.lines
	only.leave()
	if err := <-only.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	close(b.ack)
	<-l.gone
}

// Streams of events share a connection where the protocol lets them.
func TestSubscribe_events_over_HTTP2(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	connections := map[string]bool{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		mu.Lock()
		connections[r.RemoteAddr] = true
		mu.Unlock()
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprintf(w, "event: next\ndata: %q\n\n", r.Header.Get("Authorization"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true) // with which a WebSocket would begin
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	f := fetch.HTTP("h2c"+strings.TrimPrefix(server.URL, "http"), client)
	t.Cleanup(func() { _ = f.Close() })
	all := make([]*heard, 20)
	for i := range all {
		token := fmt.Sprint("token ", i)
		all[i] = from(t, f, token, "q", nil)
		if got := <-all[i].events; got != strconv.Quote(token) {
			t.Errorf("heard %s with %q", got, token)
		}
	}
	if len(connections) != 1 {
		t.Errorf("%d streams have %d connections", len(all), len(connections))
	}
	for _, h := range all {
		h.leave()
		<-h.ended
	}
}
