package router_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"heddle/internal/soak"
	"heddle/router"
	"heddle/router/fetch"
	"heddle/router/serve"
)

// listeners is how many clients listen while something goes wrong.
func listeners(t *testing.T, few int) int {
	t.Helper()
	return soak.Times(t, "HEDDLE_TEST_LISTENERS", few)
}

// ear is a client that notes what it hears: numbers, in the order in which they
// come.
type ear struct {
	t      *testing.T
	conn   *websocket.Conn
	heard  int           // the last number
	first  bool          // no number was heard yet
	gaps   int           // that it was told of
	cursor string        // of the last message
	code   int           // with which the connection was closed
	until  int           // the number after which it has heard enough
	missed []int         // the numbers before which some are missing
	joined chan struct{} // closed with the first message
	at     atomic.Int64  // heard, for who paces what is said
	moved  chan struct{} // at has changed
	done   chan struct{} // closed when it listens no more
}

type heardMessage struct {
	Type    string
	Payload struct {
		Data       struct{ Said *struct{ Text string } }
		Extensions struct {
			Live struct {
				Cursor string
				Gap    *struct{ Reason string }
			}
		}
	}
}

// listen subscribes to a room and listens until a number is heard, or the
// connection ends.
func listen(t *testing.T, url string, until int) *ear {
	t.Helper()
	return listenIn(t, "all", url, until, nil)
}

// goOn is a client that goes on at another router, after all that it heard.
func (e *ear) goOn(t *testing.T, url string, until int) *ear {
	t.Helper()
	return listenIn(t, "all", url, until, e)
}

// listenIn listens to a room, after what was heard before, if anything was.
func listenIn(t *testing.T, room, url string, until int, before *ear) *ear {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, ReadBufferSize: 512, WriteBufferSize: 512}
	conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http")+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{t: t, conn: conn, first: true, until: until, joined: make(chan struct{}), moved: make(chan struct{}, 1), done: make(chan struct{})}
	t.Cleanup(func() { _ = conn.Close(); <-e.done })
	s := socket{t, conn}
	s.send(`{"type":"connection_init"}`)
	s.expect(`{"type":"connection_ack"}`)
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	live := `{}`
	if before != nil {
		e.heard, e.first, e.cursor = before.heard, false, before.cursor
		live = `{"after":"` + before.cursor + `"}`
	}
	s.send(`{"type":"subscribe","id":"1","payload":{"query":"subscription { said(room: \"` + room + `\") { text } }","extensions":{"live":` + live + `}}}`)
	go e.run()
	return e
}

// run reads to the end. Nothing may come twice or out of order, and where
// something is missing a gap must have been told.
func (e *ear) run() {
	defer close(e.done)
	told := false
	for {
		_, data, err := e.conn.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			e.code = closed.Code
		}
		if err != nil {
			return
		}
		var m heardMessage
		if json.Unmarshal(data, &m) != nil || m.Type != "next" {
			e.t.Errorf("got %s after %d from %s", data, e.heard, e.conn.RemoteAddr())
			return
		}
		live := m.Payload.Extensions.Live
		e.cursor = live.Cursor
		if live.Gap != nil {
			told = true
			e.gaps++
		}
		if m.Payload.Data.Said == nil {
			continue
		}
		n, err := strconv.Atoi(m.Payload.Data.Said.Text)
		switch {
		case err != nil:
			e.t.Errorf("got %s", data)
		case e.first:
			close(e.joined)
		case n <= e.heard:
			e.t.Errorf("%d came after %d", n, e.heard)
		case n > e.heard+1 && !told:
			e.t.Errorf("%d came after %d, and no gap was told", n, e.heard)
		case n > e.heard+1:
			e.missed = append(e.missed, n)
		}
		e.first, e.heard, told = false, n, false
		e.at.Store(int64(n))
		select {
		case e.moved <- struct{}{}:
		default:
		}
		if n >= e.until {
			return
		}
	}
}

// crowd is many ears, all of which hear what is said from now on.
func (w *world) crowd(t *testing.T, url string, size, until int, next *int) []*ear {
	t.Helper()
	ears := make([]*ear, size)
	for i := range ears {
		ears[i] = listen(t, url, until)
	}
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for _, e := range ears {
		for joined := false; !joined; {
			select {
			case <-e.joined:
				joined = true
			case <-e.done:
				t.Fatal("a client has ended before it heard anything")
			case <-ticker.C:
				if behind := func(e *ear) bool { return e.at.Load() > 0 && e.at.Load() < int64(*next-pace) }; slices.ContainsFunc(ears, behind) {
					continue // not faster than they are heard
				}
				w.say("all", strconv.Itoa(*next))
				*next++
			}
		}
	}
	return ears
}

// pace is how many numbers are said before all have heard them.
const pace = 32

// count says numbers up to the last, not faster than they are heard.
func (w *world) count(next *int, last int, ears []*ear) {
	for ; *next <= last; *next++ {
		w.say("all", strconv.Itoa(*next))
		if *next%pace == 0 {
			hearing(ears, *next)
		}
	}
}

// hearing returns when all have heard the number, or have ended.
func hearing(ears []*ear, n int) {
	for _, e := range ears {
		for over := false; !over && e.at.Load() < int64(n); {
			select {
			case <-e.moved:
			case <-e.done:
				over = true
			}
		}
	}
}

// narrow serves the router on connections that hold little for their readers.
func (w *world) narrow(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(w.router)
	server.Listener = narrowListener{server.Listener}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

type narrowListener struct{ net.Listener }

func (l narrowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = errors.Join(err, tcp.SetWriteBuffer(4<<10))
	}
	return conn, err
}

// One client among many keeps its socket open and reads nothing: it costs the
// others nothing, and in the end it is told.
func TestFault_one_of_many_does_not_read(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 64, Timeouts: serve.Timeouts{Write: time.Hour}})
	url := w.narrow(t)
	// The buffer is set before the connection is made: what the client offered to
	// take at first, it can't take back, and would take much more.
	small := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		return errors.Join(raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10) }), err)
	}}
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, NetDialContext: small.DialContext}
	conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http")+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	stuck := socket{t, conn}
	stuck.send(`{"type":"connection_init"}`)
	stuck.expect(`{"type":"connection_ack"}`)
	stuck.send(subscribeTo("1", `subscription { said(room: "all") { text author { name } } }`))
	stuck.send(subscribeTo("2", `subscription { said(room: "all") { text } }`)) // the stream that all share
	<-w.opened
	<-w.opened

	next := 0
	ears := w.crowd(t, url, listeners(t, 1000), 1<<30, &next)
	last := next + 400 // more than its queue and the buffers on the way hold
	w.count(&next, last, ears)
	hearing(ears, last)
	for _, e := range ears {
		_ = e.conn.Close()
		<-e.done
		if e.heard != last || e.gaps > 0 {
			t.Fatalf("a client heard up to %d, with %d gaps", e.heard, e.gaps)
		}
	}
	heard := map[string]int{}
	var ended string
	for ended == "" {
		m := stuck.hear()
		if m.Type == "error" {
			if !strings.Contains(string(m.Payload), "RATE_LIMITED") {
				t.Errorf("the client that did not read was told %s", m.Payload)
			}
			ended = m.ID
			continue
		}
		heard[m.ID]++
	}
	if heard[ended] >= last {
		t.Errorf("the subscription that was not read heard %d of %d", heard[ended], last)
	}
	t.Logf("the subscription that was not read heard %d of %d", heard[ended], last)
}

// gate is what stands between the router and a subgraph, and can be shut.
type gate struct {
	t       *testing.T
	address string
	to      string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]struct{}
	passed   int // connections that were let through
	running  sync.WaitGroup
}

// taken is how many connections were let through since it was asked last.
func (g *gate) taken() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.passed
	g.passed = 0
	return n
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	g := &gate{t: t, address: "127.0.0.1:0", to: to, open: map[net.Conn]struct{}{}}
	g.restore()
	t.Cleanup(func() { g.cut(); g.running.Wait() })
	return g
}

// restore lets connections through.
func (g *gate) restore() {
	g.t.Helper()
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listener, g.address = listener, listener.Addr().String()
	g.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			g.through(conn)
		}
	})
}

func (g *gate) through(from net.Conn) {
	to, err := net.Dial("tcp", g.to)
	if err != nil {
		_ = from.Close()
		return
	}
	g.mu.Lock()
	g.passed++
	g.open[from], g.open[to] = struct{}{}, struct{}{}
	g.mu.Unlock()
	copying := func(a, b net.Conn) {
		_, _ = io.Copy(a, b) // ends when either side does
		_, _ = a.Close(), b.Close()
	}
	g.running.Go(func() { copying(from, to) })
	g.running.Go(func() { copying(to, from) })
}

// cut ends all connections and lets no others through.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.listener.Close()
	for conn := range g.open {
		_ = conn.Close()
	}
	clear(g.open)
}

// A subgraph goes away and comes back: the clients stay, hear on, and are told of
// the gap.
func TestFault_subgraph_restarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 1 << 12, Log: slog.New(slog.DiscardHandler)})
	g := newGate(t, strings.TrimSuffix(strings.TrimPrefix(w.subgraphs[0].URL, "http://"), "/graphql"))
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	w.swapped(t, w.subgraphs, map[string]fetch.Fetcher{"chat": fetch.HTTP("http://"+g.address+"/graphql", client), "people": w.fetchers["people"]})
	const last = 1000
	next, size := 0, listeners(t, 200)
	ears := w.crowd(t, w.url, size, last, &next)
	for range 3 {
		w.count(&next, next+50, ears)
		for len(w.opened) > 0 {
			<-w.opened
		}
		g.cut()
		w.count(&next, next+20, nil) // nobody hears this
		g.restore()
		<-w.opened
	}
	w.count(&next, last, ears)
	for _, e := range ears {
		<-e.done
		if e.heard != last || e.gaps != 3 {
			t.Errorf("a client heard up to %d, with %d gaps told, want %d and 3", e.heard, e.gaps, last)
		}
	}
}

// Different subscriptions share one connection to the subgraph. When it breaks
// each of them is asked for again, and told of its gap.
func TestFault_shared_connection_broken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Log: slog.New(slog.DiscardHandler)})
	g := newGate(t, strings.TrimSuffix(strings.TrimPrefix(w.subgraphs[0].URL, "http://"), "/graphql"))
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	w.swapped(t, w.subgraphs, map[string]fetch.Fetcher{"chat": fetch.HTTP("http://"+g.address+"/graphql", client), "people": w.fetchers["people"]})
	const rooms, last = 30, 5
	ears := make([]*ear, rooms)
	said := func(n int) {
		for i := range ears {
			w.say("room "+strconv.Itoa(i), strconv.Itoa(n))
		}
		hearing(ears, n)
	}
	for i := range ears {
		ears[i] = listenIn(t, "room "+strconv.Itoa(i), w.url, last, nil)
		<-w.opened
	}
	said(1)
	if n := g.taken(); n != 1 {
		t.Errorf("%d subscriptions have %d connections", rooms, n)
	}
	for round := range 2 {
		g.cut()
		for range ears {
			<-w.closed
		}
		for i := range ears { // nobody hears this
			w.say("room "+strconv.Itoa(i), strconv.Itoa(2+2*round))
		}
		g.restore()
		for range ears {
			<-w.opened
		}
		said(3 + 2*round)
		if n := g.taken(); n != 1 {
			t.Errorf("%d subscriptions that were asked for again have %d connections", rooms, n)
		}
	}
	for i, e := range ears {
		if <-e.done; e.heard != last || e.gaps != 2 {
			t.Errorf("client %d heard up to %d, with %d gaps told, want %d and 2", i, e.heard, e.gaps, last)
		}
	}
}

// The supergraph is loaded anew again and again while people talk. Where the
// subgraph is asked the same nobody notices, and where not all are told.
func TestFault_supergraph_reloaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 1 << 16})
	next := 0
	ears := w.crowd(t, w.url, listeners(t, 200), 1<<30, &next)
	stop, talked := make(chan struct{}), make(chan struct{})
	goOn := make(chan struct{})
	go func() {
		defer close(talked)
		for {
			w.say("all", strconv.Itoa(next))
			next++
			select {
			case <-stop:
				return
			case goOn <- struct{}{}:
			default:
			}
		}
	}()
	moved, fetchers := 0, w.fetchers
	for n := range swaps(t) {
		<-goOn
		subgraphs := append(w.subgraphs[:0:0], w.subgraphs...)
		subgraphs[0].SDL += "\nextend type Query { version" + strconv.Itoa(n) + ": Int }"
		if n%3 == 2 { // the subgraph is reached in another way
			client := &http.Client{Transport: &http.Transport{}}
			t.Cleanup(client.CloseIdleConnections)
			fetchers = map[string]fetch.Fetcher{"chat": fetch.HTTP(w.subgraphs[0].URL, client), "people": w.fetchers["people"]}
			moved++
		}
		w.swapped(t, subgraphs, fetchers)
	}
	close(stop)
	<-talked
	last := next
	w.until(ears, &next)
	for _, e := range ears {
		_ = e.conn.Close()
		<-e.done
		if e.heard < last || len(e.missed) > moved || e.gaps > moved {
			t.Errorf("a client heard up to %d, with %d gaps told and %d there, want %d and at most %d", e.heard, e.gaps, len(e.missed), last, moved)
		}
	}
	if moved > 0 && ears[0].gaps == 0 {
		t.Error("nobody was told of a gap, though the subgraph was asked anew")
	}
}

// until says numbers until all have heard the one that is next.
func (w *world) until(ears []*ear, next *int) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	last := int64(*next)
	for _, e := range ears {
		for over := false; !over && e.at.Load() < last; {
			select {
			case <-e.done:
				over = true
			case <-e.moved:
			case <-ticker.C:
				w.say("all", strconv.Itoa(*next))
				*next++
			}
		}
	}
}

// A router is drained while people talk, in more than one wave: each client heard
// everything up to then, those of the last wave more than those of the first; each
// goes to another router, and is told that something may be missing.
func TestFault_router_drained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Queue: 1 << 12})
	other, err := router.New(composed(t, w.subgraphs), w.fetchers, router.Options{Queue: 1 << 12})
	if err != nil {
		t.Fatal(err)
	}
	second := httptest.NewServer(other)
	t.Cleanup(func() {
		if err := other.Drain(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		second.Close()
	})
	const last = 1 << 30
	next, size := 0, listeners(t, 600) // a wave is 500
	ears := w.crowd(t, w.url, size, last, &next)
	stop, talked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(talked)
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for ; ; next++ {
			select {
			case <-stop:
				return
			case <-ticker.C:
				w.say("all", strconv.Itoa(next))
			}
		}
	}()
	if err := w.router.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	moved := make([]*ear, size)
	least, most := last, 0
	for i, e := range ears {
		<-e.done
		least, most = min(least, e.heard), max(most, e.heard)
		if e.code != 1001 || e.gaps > 0 {
			t.Errorf("a client was closed with %d after %d gaps", e.code, e.gaps)
		}
		moved[i] = e.goOn(t, second.URL, e.heard+1)
	}
	if least == most {
		t.Errorf("all heard up to %d: they left in one wave", most)
	}
	for _, e := range moved {
		<-e.done
		if e.gaps != 1 {
			t.Errorf("a client that went to another router was told of %d gaps", e.gaps)
		}
	}
	close(stop)
	<-talked
}
