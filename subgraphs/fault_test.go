package subgraphs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
	"heddle/subgraphs"
)

// town is two routers over two copies of the domains of a conversation, each copy
// with its own connections to the stores.
type town struct {
	*subgraphtest.World
	t       *testing.T
	routers []*router.Router
	urls    []string // of the routers
	doors   []*desk  // before the routers
	desks   []*desk  // before the copies of messages
	ask     *subgraphtest.Service
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{World: subgraphtest.New(t), t: t}
	wanted := map[string]bool{"auth": true, "users": true, "rooms": true, "messages": true}
	at := map[string][]string{}
	var sources []compose.Subgraph
	for i := range 2 {
		if i > 0 {
			w.Process()
		}
		for _, domain := range subgraphs.All {
			if wanted[domain.Name] {
				at[domain.Name] = append(at[domain.Name], strings.TrimPrefix(w.Open(domain).URL, "http://"))
			}
			if wanted[domain.Name] && i == 0 {
				sources = append(sources, compose.Subgraph{Name: domain.Name, URL: "http://" + domain.Name, SDL: domain.SDL})
			}
		}
	}
	super, err := compose.Compose(sources)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		fetchers := map[string]fetch.Fetcher{}
		client := &http.Client{Transport: &http.Transport{}}
		t.Cleanup(client.CloseIdleConnections)
		for name, addresses := range at {
			d := newDesk(t, addresses[n], addresses[1-n])
			fetchers[name] = fetch.HTTP("http://"+d.listener.Addr().String(), client)
			if name == "messages" {
				w.desks = append(w.desks, d)
			}
		}
		r, err := router.New(super.Supergraph, fetchers, router.Options{Callers: w.Env.Callers})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(r)
		t.Cleanup(func() {
			if err := r.Drain(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
			server.Close()
		})
		door := newDesk(t, strings.TrimPrefix(server.URL, "http://"))
		w.routers, w.doors, w.urls = append(w.routers, r), append(w.doors, door), append(w.urls, "http://"+door.listener.Addr().String())
	}
	asked := w.routers[1]
	atRoot := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/graphql" // a world's services are asked at their root
		asked.ServeHTTP(rw, r)
	})
	w.AnswerWith(atRoot)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	w.ask = w.Open(subgraph.Domain{Name: "router", Open: func(context.Context, subgraph.Env) (*subgraph.Server, error) {
		return &subgraph.Server{GraphQL: atRoot, Service: nothing{}}, nil
	}})
	return w
}

// desk sends connections to the first of several copies of a domain that is
// there, as a balancer does.
type desk struct {
	listener net.Listener
	mu       sync.Mutex
	copies   []string
	stopped  map[string]bool
	open     map[net.Conn]string // to which copy
	running  sync.WaitGroup
}

func newDesk(t *testing.T, copies ...string) *desk {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{listener: listener, copies: copies, stopped: map[string]bool{}, open: map[net.Conn]string{}}
	d.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			d.forward(conn)
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		for _, address := range copies {
			d.stop(address)
		}
		d.running.Wait()
	})
	return d
}

func (d *desk) forward(from net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, address := range d.copies {
		if d.stopped[address] {
			continue
		}
		to, err := net.Dial("tcp", address)
		if err != nil {
			continue
		}
		d.open[from], d.open[to] = address, address
		copying := func(a, b net.Conn) {
			_, _ = io.Copy(a, b) // ends when either side does
			_, _ = a.Close(), b.Close()
		}
		d.running.Go(func() { copying(from, to) })
		d.running.Go(func() { copying(to, from) })
		return
	}
	_ = from.Close()
}

// stop ends a copy, with all connections to it, and tells how many there were.
func (d *desk) stop(address string) (broken int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped[address] = true
	for conn, to := range d.open {
		if to == address {
			_ = conn.Close()
			delete(d.open, conn)
			broken++
		}
	}
	return broken / 2 // each has two ends
}

func (d *desk) start(address string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.stopped, address)
}

// guest listens to a room, and goes to the next router with its cursor when it
// loses its connection, as the libraries of clients do.
type guest struct {
	town   *town
	person subgraphtest.Person
	room   string
	at     int // the router
	conn   *websocket.Conn
	cursor string
	heard  int // the last number
	gaps   int
	lost   int // numbers that were not heard, each after a gap was told
	told   bool
	last   atomic.Int64
	news   chan struct{} // last has changed
	leave  atomic.Bool
	done   chan struct{}
}

func (w *town) enter(p subgraphtest.Person, room string, at int) *guest {
	w.t.Helper()
	g := &guest{town: w, person: p, room: room, at: at, heard: -1, news: make(chan struct{}, 1), done: make(chan struct{})}
	if err := g.connect(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { g.leave.Store(true); _ = g.conn.Close(); <-g.done })
	go g.run()
	return g
}

func (g *guest) connect() error {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(g.town.urls[g.at], "http")+"/graphql", nil)
	if err != nil {
		return err
	}
	live := map[string]any{}
	if g.cursor != "" {
		live["after"] = g.cursor
	}
	var ack struct{ Type string }
	err = errors.Join(
		conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]string{"Authorization": "Bearer " + g.person.Token}}),
		conn.ReadJSON(&ack),
		conn.WriteJSON(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{
			"query":      `subscription($room: ID!) { messageCreated(roomId: $room) { text } }`,
			"variables":  map[string]any{"room": g.room},
			"extensions": map[string]any{"live": live},
		}}))
	if err == nil && ack.Type != "connection_ack" {
		err = fmt.Errorf("the router said %q", ack.Type)
	}
	g.conn = conn
	return err
}

// run reads to the end. Nothing may come twice or out of order, and where
// something is missing a gap must have been told.
func (g *guest) run() {
	defer close(g.done)
	for !g.leave.Load() {
		_, data, err := g.conn.ReadMessage()
		if err != nil && !g.leave.Load() {
			_ = g.conn.Close()
			g.at = (g.at + 1) % len(g.town.urls)
			if err := g.connect(); err != nil {
				g.town.t.Errorf("a guest could not come back: %v", err)
				return
			}
			continue
		}
		if err == nil && !g.take(data) {
			return
		}
	}
}

func (g *guest) take(data []byte) bool {
	var m struct {
		Type    string
		Payload struct {
			Data       struct{ MessageCreated *struct{ Text string } }
			Extensions struct {
				Live struct {
					Cursor string
					Gap    *struct{ Reason string }
				}
			}
		}
	}
	if json.Unmarshal(data, &m) != nil || m.Type != "next" {
		g.town.t.Errorf("after %d a guest got %s", g.heard, data)
		return false
	}
	live := m.Payload.Extensions.Live
	g.cursor = live.Cursor
	if live.Gap != nil {
		g.told = true
		g.gaps++
	}
	if m.Payload.Data.MessageCreated == nil {
		return true
	}
	n, err := strconv.Atoi(m.Payload.Data.MessageCreated.Text)
	switch {
	case err != nil:
		g.town.t.Errorf("a guest got %s", data)
	case g.heard >= 0 && n <= g.heard:
		g.town.t.Errorf("%d came after %d", n, g.heard)
	case g.heard >= 0 && n > g.heard+1 && !g.told:
		g.town.t.Errorf("%d came after %d, and no gap was told", n, g.heard)
	case g.heard >= 0:
		g.lost += n - g.heard - 1
	}
	g.heard, g.told = n, false
	g.last.Store(int64(n))
	select {
	case g.news <- struct{}{}:
	default:
	}
	return true
}

// say says a number until it is acknowledged; the idempotency key makes it one
// message, however often it is sent.
func (w *town) say(p subgraphtest.Person, room string, n int) {
	key := fmt.Sprintf("%s-%d", room, n)
	for {
		a := w.ask.Do(p, `mutation($input: CreateMessageInput!) { createMessage(input: $input) { message { id } } }`,
			subgraphtest.Variables{"input": map[string]any{"roomId": room, "text": strconv.Itoa(n), "idempotencyKey": key}})
		if len(a.Errors) == 0 {
			return
		}
		if code := a.Errors[0].Code; code != "SUBGRAPH_UNAVAILABLE" && code != "UNAVAILABLE" {
			w.t.Fatalf("message %d: %+v", n, a.Errors)
		}
	}
}

// gathering is people in a room who listen, half of them at each router, and one
// who talks.
type gathering struct {
	*town
	talker subgraphtest.Person
	room   string
	guests []*guest
	next   int
}

func (w *town) gather(people int) *gathering {
	w.t.Helper()
	person := func(name string) subgraphtest.Person {
		p := w.Person()
		w.ask.Get(w.Service("auth"), `mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }`, subgraphtest.Variables{
			"input": map[string]any{"id": p.ID, "username": name, "email": name + "@heddle.example", "firstName": "F", "lastName": "L"},
		}, &struct{}{})
		return p
	}
	g := &gathering{town: w, talker: person("talker")}
	var made struct {
		CreateRoom struct{ Room struct{ ID string } }
	}
	w.ask.Get(g.talker, `mutation { createRoom(input: {title: "Loom"}) { room { id } } }`, nil, &made)
	g.room = made.CreateRoom.Room.ID
	for n := range people {
		p := person(fmt.Sprint("guest-", n))
		w.ask.Get(p, `mutation($room: ID!) { joinRoom(input: {roomId: $room}) { room { id } } }`, subgraphtest.Variables{"room": g.room}, &struct{}{})
		for device := range 2 {
			g.guests = append(g.guests, w.enter(p, g.room, (n+device)%2))
		}
	}
	g.settle()
	return g
}

// talk says so many numbers.
func (g *gathering) talk(numbers int) {
	for range numbers {
		g.say(g.talker, g.room, g.next)
		g.next++
	}
}

// settle talks until every guest has heard something that is said from now on,
// and then all of it.
func (g *gathering) settle() {
	from := int64(g.next)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	g.talk(1)
	for _, one := range g.guests {
		for one.last.Load() < from || one.last.Load() == 0 {
			select {
			case <-one.news:
			case <-one.done:
				return
			case <-ticker.C:
				g.talk(1)
			}
		}
	}
	for _, one := range g.guests {
		for one.last.Load() < int64(g.next-1) {
			select {
			case <-one.news:
			case <-one.done:
				return
			}
		}
	}
}

// part lets all guests go, and tells what they were told.
func (g *gathering) part() (gaps, lost int) {
	for _, one := range g.guests {
		one.leave.Store(true)
		_ = one.conn.Close()
		<-one.done
		gaps += one.gaps
		lost += one.lost
	}
	return gaps, lost
}

// Redis goes away and comes back under the fan-out, again and again: what was
// said meanwhile is read from the store, so that nobody misses anything.
func TestFault_Redis_restarted(t *testing.T) {
	t.Parallel()
	g := newTown(t).gather(10)
	for range 3 {
		g.talk(5)
		g.Redis.Stop()
		g.talk(3)
		g.Redis.Start()
		g.talk(5)
		g.settle()
	}
	gaps, lost := g.part()
	t.Logf("%d guests heard %d messages; %d gaps were told, %d messages were in them", len(g.guests), g.next, gaps, lost)
	if lost > 0 {
		t.Errorf("%d messages were lost that are in the store", lost)
	}
}

// A copy of a domain stops while others run: its listeners move on to another
// copy, which knows from the store what they missed.
func TestFault_copy_stopped(t *testing.T) {
	t.Parallel()
	g := newTown(t).gather(10)
	copies, broken := g.desks[0].copies, 0
	for n := range 4 {
		talked := make(chan struct{})
		go func() { defer close(talked); g.talk(20) }()
		for _, d := range g.desks {
			broken += d.stop(copies[n%2])
		}
		<-talked
		g.settle()
		for _, d := range g.desks {
			d.start(copies[n%2])
		}
	}
	gaps, lost := g.part()
	t.Logf("%d guests heard %d messages while %d connections broke", len(g.guests), g.next, broken)
	if gaps > 0 || lost > 0 {
		t.Errorf("%d gaps were told, %d messages were in them", gaps, lost)
	}
	if broken == 0 {
		t.Error("no connection broke: no copy was stopped")
	}
}

// One of two routers is killed while people talk: its guests go to the other one,
// which knows from their cursors where they were.
func TestFault_router_of_two_killed(t *testing.T) {
	t.Parallel()
	g := newTown(t).gather(10)
	talked := make(chan struct{})
	go func() { defer close(talked); g.talk(30) }()
	broken := g.doors[0].stop(g.doors[0].copies[0])
	<-talked
	g.settle()
	gaps, lost := g.part()
	t.Logf("%d guests heard %d messages while %d connections broke", len(g.guests), g.next, broken)
	if gaps > 0 || lost > 0 {
		t.Errorf("%d gaps were told, %d messages were in them", gaps, lost)
	}
	for _, one := range g.guests {
		if one.at != 1 {
			t.Error("a guest has stayed at the router that was killed")
		}
	}
}

// One of two routers is drained while people talk: its guests go to the other one
// with their cursors.
func TestFault_router_of_two_drained(t *testing.T) {
	t.Parallel()
	g := newTown(t).gather(10)
	talked := make(chan struct{})
	go func() { defer close(talked); g.talk(30) }()
	if err := g.routers[0].Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-talked
	g.settle()
	gaps, lost := g.part()
	if gaps > 0 || lost > 0 {
		t.Errorf("%d gaps were told, %d messages were in them", gaps, lost)
	}
	for _, one := range g.guests {
		if one.at != 1 {
			t.Error("a guest has stayed at the router that was drained")
		}
	}
}
