package notifications_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"

	"heddle/internal/ask"
	"heddle/internal/caller"
	"heddle/internal/embedded/storetest"
	"heddle/internal/live"
	"heddle/internal/postgres"
	"heddle/internal/soak"
	"heddle/internal/subgraph"
)

// killable makes the test binary a process that serves the domain until it is
// killed: the variable holds what it needs, as JSON.
const killable = "HEDDLE_TEST_NOTIFICATIONS"

type killableConfig struct {
	Postgres, Prefix, Redis, NATS, Graph, Token string
	Issuer                                      caller.Issuer
	Settings                                    map[string]string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(killable); text != "" {
		slog.Error("the process to kill ended by itself", "error", untilKilled(context.Background(), text))
		os.Exit(1)
	}
	storetest.Main(m)
}

// oneToken is a service whose token is given.
type oneToken string

func (t oneToken) As(ctx context.Context, service string) (context.Context, error) {
	return caller.With(ctx, caller.Caller{ID: "service:" + service, Scopes: []string{caller.ServiceScope}, Token: string(t)}), nil
}

// untilKilled opens the domain and prints where it answers.
func untilKilled(ctx context.Context, text string) error {
	var c killableConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	options, err := redis.ParseURL(c.Redis)
	if err != nil {
		return err
	}
	bus, err := nats.Connect(c.NATS)
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	client := redis.NewClient(options)
	broker := live.NewBroker(client, log)
	if err := broker.Start(ctx); err != nil {
		return err
	}
	server, err := domain.Open(ctx, subgraph.Env{
		Postgres: postgres.Server{URL: c.Postgres, Prefix: c.Prefix}, Redis: client, NATS: bus, Live: broker, Graph: ask.At(c.Graph),
		Services: oneToken(c.Token), Callers: caller.NewVerifier([]caller.Issuer{c.Issuer}, nil), Public: "https://app.heddle.example",
		Log: log, Now: subgraph.Clock, NewID: subgraph.NewID, Getenv: func(name string) string { return c.Settings[name] },
	})
	if err != nil {
		return err
	}
	if err := server.Service.Start(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	return http.Serve(listener, server.GraphQL) //nolint:gosec // it lives for moments
}

// crash is a world whose domain is killed again and again.
type crash struct {
	*world
	config  string
	mail    *mailServer
	random  *rand.Rand
	pending []string        // titles that were asked for, without an answer
	asked   map[string]bool // title: whether the asking was answered

	mu      sync.Mutex
	process *os.Process
	at      string // the moment at which the process is killed
	count   int    // how many such moments are let pass before
}

// moments at which the process is killed.
var moments = []string{"answered", "asking the graph", "recipient", "taken, not answered", "answered by the server"}

// moment says that the process has come to a moment, and kills it if it is the one.
func (c *crash) moment(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.at != name {
		return
	}
	if c.count--; c.count < 0 {
		_ = c.process.Kill()
		c.process = nil
	}
}

// Whatever the moment at which the process is killed: what was acknowledged is
// told in the app once, sent at least once, and recorded once.
func TestKilled(t *testing.T) {
	t.Parallel()
	mail := newMailServer(t, "")
	c := &crash{world: prepare(t), mail: mail, random: rand.New(rand.NewPCG(1, 2)), asked: map[string]bool{}}
	ada := c.member("ada")
	c.watch()
	c.configure()
	for round := range soak.Times(t, "HEDDLE_NOTIFICATIONS_CRASHES", 2*len(moments)) {
		c.round(ada, round)
	}
	c.settle(ada)
	c.check(ada)
}

// watch has the graph and the mail server tell of the moments.
func (c *crash) watch() {
	c.AnswerWith(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.moment("asking the graph")
		c.people.ServeHTTP(w, r)
	}))
	c.mail.answers(func(string) error { c.moment("recipient"); return nil })
	c.mail.took = func() { c.moment("taken, not answered") }
	c.mail.left = func() { c.moment("answered by the server") }
}

func (c *crash) configure() {
	c.t.Helper()
	text, err := json.Marshal(killableConfig{
		Postgres: c.Env.Postgres.URL, Prefix: c.Env.Postgres.Prefix, Redis: c.Redis.URL, NATS: c.Env.NATS.ConnectedUrl(), Graph: c.GraphURL(),
		Token: c.Issuer.ServiceToken("notifications"), Issuer: c.Issuer.Issuer(),
		Settings: map[string]string{"HEDDLE_SMTP_URL": "smtp://" + c.mail.addr + "?tls=none", "HEDDLE_NOTIFICATION_RATES": "EMAIL=10000/s"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.config = string(text)
}

// start runs the process, and returns where it answers and what waits for its end.
func (c *crash) start() (url string, wait func()) {
	c.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killable+"="+c.config)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		_ = cmd.Wait()
		c.t.Fatalf("the process did not open: %s", said.String())
	}
	c.mu.Lock()
	c.process = cmd.Process
	c.mu.Unlock()
	return lines.Text(), func() { _ = cmd.Wait() } // it was killed
}

// round runs the process until it is killed at a moment, meanwhile asking it for
// things; those that it has not answered are asked for again in the next round.
func (c *crash) round(ada person, round int) {
	c.t.Helper()
	if round > 0 {
		c.rescue()
	}
	url, wait := c.start()
	c.mu.Lock()
	c.at, c.count = moments[round%len(moments)], c.random.IntN(3)
	process := c.process
	c.mu.Unlock()
	if round%10 == 0 {
		c.asked[c.enrol(fmt.Sprintf("Student %d", round), ada)] = true // acknowledged by its own domain
	}
	giveUp := time.AfterFunc(20*time.Second, func() { _ = process.Kill() }) // should the moment not come
	defer giveUp.Stop()
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	todo := c.pending
	for n := range 3 {
		todo = append(todo, fmt.Sprintf("r%d-%d", round, n))
	}
	c.pending = nil
	for _, title := range todo {
		if !c.ask(client, url, ada, title) {
			c.asked[title] = false
			c.pending = append(c.pending, title)
			continue
		}
		c.asked[title] = true
		c.moment("answered")
	}
	wait()
}

// ask has ada told something, and tells whether that was acknowledged.
func (c *crash) ask(client *http.Client, url string, ada person, title string) bool {
	body, err := json.Marshal(map[string]any{"query": sendNotification, "variables": variables{"input": variables{
		"userId": ada.ID, "template": "message", "variables": variables{"title": title, "text": title}, "idempotencyKey": title,
	}}})
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.sender.Token)
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var answer struct {
		Data   struct{ SendNotification *struct{ RequestID string } }
		Errors []any
	}
	return json.NewDecoder(response.Body).Decode(&answer) == nil && len(answer.Errors) == 0 && answer.Data.SendNotification != nil
}

// rescue does now what the queue does by itself after a while: the jobs of a
// process that is gone are done by another.
func (c *crash) rescue() {
	c.t.Helper()
	c.exec(`UPDATE jobs.river_job SET state = 'available', scheduled_at = now() WHERE state IN ('running', 'retryable') AND kind <> 'sweep_notifications'`)
}

// settle lets a process live until nothing is left to do.
func (c *crash) settle(ada person) {
	c.t.Helper()
	c.rescue()
	c.at = ""
	w := c.world
	w.settings["HEDDLE_SMTP_URL"] = "smtp://" + c.mail.addr + "?tls=none"
	w.settings["HEDDLE_NOTIFICATION_RATES"] = "EMAIL=10000/s"
	w.domain = w.Open(domain)
	for _, title := range c.pending {
		w.note(ada, title, variables{"variables": variables{"title": title, "text": title}, "idempotencyKey": title})
		c.asked[title] = true
	}
	w.until("every event had its effect, and all is done", func() bool {
		var left, students, enrolled int
		w.row(`SELECT (SELECT count(*) FROM requests WHERE planned_at IS NULL) + (SELECT count(*) FROM deliveries WHERE state = 'WAITING')`, &left)
		w.row(`SELECT count(*) FROM requests WHERE source IS NOT NULL`, &students)
		for title := range c.asked {
			if !strings.HasPrefix(title, "r") {
				enrolled++
			}
		}
		return left == 0 && students == enrolled
	})
}

// check compares what was acknowledged with what came of it.
func (c *crash) check(ada person) {
	c.t.Helper()
	told, sent, recorded := map[string]int{}, map[string]map[string]bool{}, map[string]int{}
	for after := any(nil); ; {
		page := c.notes(ada, variables{"first": 100, "after": after})
		for _, e := range page.Edges {
			about := e.Node.Title
			if e.Node.Template == "student.created" {
				about = strings.TrimPrefix(*e.Node.Link, "/students/")
			}
			told[about]++
			recorded[about] += c.recordedAs(e.Node.ID, "SENT")
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		after = page.PageInfo.EndCursor
	}
	twice := 0
	for _, letter := range c.mail.letters() {
		title := letter.Header.Get("Subject")
		if sent[title] == nil {
			sent[title] = map[string]bool{}
		} else {
			twice++
		}
		sent[title][letter.Header.Get("Message-Id")] = true
	}
	for title := range c.asked {
		if told[title] != 1 || recorded[title] != 1 {
			c.t.Errorf("%s was told %d times in the app and recorded as sent %d times, want once each", title, told[title], recorded[title])
		}
		if ids := sent[title]; strings.HasPrefix(title, "r") && len(ids) != 1 {
			c.t.Errorf("%s was sent as the messages %v, want one, sent at least once", title, ids)
		}
	}
	var unknown int
	c.row(`SELECT count(*) FROM attempts WHERE outcome = 'UNKNOWN'`, &unknown)
	c.t.Logf("%d things were asked for; %d mails came again, %d tries were cut off", len(c.asked), twice, unknown)
}

// recordedAs counts the deliveries of a request in a state.
func (c *crash) recordedAs(request, state string) (n int) {
	c.row(`SELECT count(*) FROM deliveries WHERE request_id = '`+request+`' AND state = '`+state+`'`, &n)
	return n
}
