package notifications_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"heddle/internal/await"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/notifications"
	notificationsgraph "heddle/subgraphs/notifications/graph"
)

var domain = subgraph.Of("notifications", "", notifications.SDL, notifications.Open, notificationsgraph.Bind)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
)

type world struct {
	*subgraphtest.World
	t        *testing.T
	domain   *subgraphtest.Service
	people   *people
	clock    *clock
	settings map[string]string
	database func() *pgxpool.Pool // the domain's own
	sender   person               // a service
	admin    person
}

// newWorld makes a world with the domain in it, and a graph that knows people,
// rooms and students.
func newWorld(t *testing.T, settings ...string) *world {
	t.Helper()
	t.Parallel()
	w := prepare(t, settings...)
	w.domain = w.Open(domain)
	return w
}

// prepare makes a world whose domain is still to be opened. The settings are
// names and values.
func prepare(t *testing.T, settings ...string) *world {
	t.Helper()
	w := &world{World: subgraphtest.New(t), t: t, clock: &clock{}, settings: map[string]string{}, people: &people{known: map[string]map[string]any{}, students: map[string]string{}, rooms: map[string]string{}}}
	for i := 0; i < len(settings); i += 2 {
		w.settings[settings[i]] = settings[i+1]
	}
	w.database = sync.OnceValue(w.openDatabase)
	w.Env.Getenv = func(name string) string { return w.settings[name] }
	w.Env.Now = w.clock.now
	w.Env.Public = "https://app.heddle.example"
	w.AnswerWith(w.people)
	w.sender = w.Service("looms")
	w.admin = w.Person()
	w.admin.Token = w.Issuer.Token(w.admin.ID, map[string]any{"roles": []string{"ADMIN"}})
	return w
}

// clock is the time of a world: the real one, put forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return subgraph.Clock().Add(c.ahead)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// people answers what the domain asks the graph of others' domains.
type people struct {
	mu       sync.Mutex
	known    map[string]map[string]any
	students map[string]string
	rooms    map[string]string
	down     bool
	askers   []string // the tokens of those who asked
}

func (p *people) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Query     string
		Variables struct{ ID string }
	}
	_ = json.NewDecoder(r.Body).Decode(&question)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.askers = append(p.askers, r.Header.Get("Authorization"))
	if p.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	data := map[string]any{}
	id := question.Variables.ID
	switch {
	case strings.Contains(question.Query, "student("):
		data["student"] = nil
		if name, ok := p.students[id]; ok {
			data["student"] = map[string]any{"fullName": name}
		}
	case strings.Contains(question.Query, "room("):
		data["room"] = nil
		if title, ok := p.rooms[id]; ok {
			data["room"] = map[string]any{"title": title}
		}
	default:
		data["user"] = nil
		if known, ok := p.known[id]; ok {
			data["user"] = known
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// member makes a person with an account.
func (w *world) member(name string) person {
	p := w.Person()
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	w.people.known[p.ID] = map[string]any{
		"email": name + "@heddle.example", "firstName": name, "lastName": "Tester",
		"preferences": map[string]any{"language": "en", "notifications": map[string]any{"inApp": true, "email": true, "sms": true, "push": true}},
	}
	return p
}

// speaks sets a person's language.
func (w *world) speaks(p person, language string) {
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	w.people.known[p.ID]["preferences"].(map[string]any)["language"] = language
}

const sendNotification = `mutation($input: SendNotificationInput!) { sendNotification(input: $input) { requestId } }`

// note has a person told something, by the template message.
func (w *world) note(p person, title string, more variables) (request string) {
	w.t.Helper()
	input := variables{"userId": p.ID, "template": "message", "variables": variables{"title": title, "text": title + "."}}
	for name, value := range more {
		input[name] = value
	}
	var got struct{ SendNotification struct{ RequestID string } }
	w.domain.Get(w.sender, sendNotification, variables{"input": input}, &got)
	return got.SendNotification.RequestID
}

const list = `query($unread: Boolean! = false, $first: Int, $after: String, $last: Int, $before: String) {
	notifications(unread: $unread, first: $first, after: $after, last: $last, before: $before) {
		totalCount unreadCount pageInfo { hasNextPage endCursor } edges { cursor node { id title text link category template createdAt readAt } }
	}
}`

type note struct {
	ID, Title, Text, Category, Template string
	Link, ReadAt                        *string
}

type notes struct {
	TotalCount, UnreadCount int
	PageInfo                struct {
		HasNextPage bool
		EndCursor   *string
	}
	Edges []struct {
		Cursor string
		Node   note
	}
}

func (n notes) titles() []string {
	titles := []string{}
	for _, e := range n.Edges {
		titles = append(titles, e.Node.Title)
	}
	return titles
}

func (w *world) notes(p person, with variables) notes {
	w.t.Helper()
	var got struct{ Notifications notes }
	w.domain.Get(p, list, with, &got)
	return got.Notifications
}

const received = `subscription { notificationReceived { id title text category readAt } }`

// listen subscribes a person, and returns once everything they are told from
// then on will be heard.
func (w *world) listen(p person) *subgraphtest.Stream {
	w.t.Helper()
	mark := w.Statements.Mark()
	stream := w.domain.Subscribe(p, received, nil)
	w.Statements.Await(mark, "SELECT last FROM people", 1) // the last thing before listening
	return stream
}

// heard gives the titles of what comes next.
func heard(s *subgraphtest.Stream, n int) []string {
	titles := []string{}
	for range n {
		var got struct{ NotificationReceived note }
		s.Get(&got)
		titles = append(titles, got.NotificationReceived.Title)
	}
	return titles
}

const mailbox = `query($to: String) { mailbox(to: $to, first: 100) { totalCount edges { node { id from to subject text html template headers { name value } } } } }`

type letter struct {
	ID, From, To, Subject, Text, Template string
	HTML                                  *string
	Headers                               []struct{ Name, Value string }
}

func (l letter) header(name string) string {
	for _, h := range l.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// mails reads the local mailbox, oldest first.
func (w *world) mails(to any) []letter {
	w.t.Helper()
	var got struct {
		Mailbox struct {
			TotalCount int
			Edges      []struct{ Node letter }
		}
	}
	w.domain.Get(w.admin, mailbox, variables{"to": to}, &got)
	var all []letter
	for _, e := range got.Mailbox.Edges {
		all = append([]letter{e.Node}, all...)
	}
	return all
}

const deliveries = `query($filter: DeliveryFilter) { notificationDeliveries(filter: $filter, first: 100) { totalCount edges { node {
	id channel state reason address category template templateVersion locale providerId endedAt nextAt user { id }
	attempts { number provider outcome code answer endedAt } } } } }`

type delivery struct {
	ID, Channel, State, Address, Category, Template, Locale string
	Reason, ProviderID, EndedAt, NextAt                     *string
	TemplateVersion                                         int
	User                                                    *struct{ ID string }
	Attempts                                                []struct {
		Number            int
		Provider, Outcome string
		Code              *int
		Answer, EndedAt   *string
	}
}

// outcomes of the delivery's tries.
func (d delivery) outcomes() (all []string) {
	for _, a := range d.Attempts {
		all = append(all, a.Outcome)
	}
	return all
}

// deliveries reads the history, oldest first.
func (w *world) deliveries(filter variables) []delivery {
	w.t.Helper()
	var got struct {
		NotificationDeliveries struct{ Edges []struct{ Node delivery } }
	}
	w.domain.Get(w.admin, deliveries, variables{"filter": filter}, &got)
	var all []delivery
	for _, e := range got.NotificationDeliveries.Edges {
		all = append([]delivery{e.Node}, all...)
	}
	return all
}

// until waits until something has become so: jobs and events travel by
// themselves, and nothing tells from outside when they have arrived.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	await.Until(w.t, what, func() (bool, error) { return is(), nil })
}

// openDatabase opens the domain's own database for the test to look into.
func (w *world) openDatabase() *pgxpool.Pool {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), "notifications")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(pool.Close)
	return pool
}

// exec runs a statement on the domain's own database.
func (w *world) exec(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.database().Exec(w.t.Context(), statement, args...); err != nil {
		w.t.Fatal(err)
	}
}

// row reads one value of the domain's own database.
func (w *world) row(statement string, into any) {
	w.t.Helper()
	if err := w.database().QueryRow(w.t.Context(), statement).Scan(into); err != nil {
		w.t.Fatal(err)
	}
}

// hurry has all jobs that wait for their time done now: the clock that the queue
// goes by is the machine's, not the world's. A job that is just being put off is
// still at work, so it is called until there is what it is called for.
func (w *world) hurry() {
	w.t.Helper()
	w.exec(`UPDATE jobs.river_job SET state = 'available', scheduled_at = now() WHERE state IN ('scheduled', 'retryable') AND kind <> 'sweep_notifications'`)
	w.exec(`SELECT pg_notify('jobs.river_insert', '{"queue": "default"}')`)
}

// process is an open domain that can be ended before the test is over.
type process struct {
	service *subgraphtest.Service
	end     func()
}

// prepareParallel is prepare, in a test that runs beside others.
func prepareParallel(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	return prepare(t)
}

// under does something while the domain is open with the settings, names and
// values.
func (w *world) under(settings []string, do func()) {
	w.t.Helper()
	for i := 0; i < len(settings); i += 2 {
		w.settings[settings[i]] = settings[i+1]
	}
	p := w.begin()
	w.domain = p.service
	do()
	p.end()
}

// begin opens the domain for a while.
func (w *world) begin() process {
	w.t.Helper()
	var server *subgraph.Server
	opened := domain
	opened.Open = func(ctx context.Context, env subgraph.Env) (s *subgraph.Server, err error) {
		server, err = domain.Open(ctx, env)
		return server, err
	}
	service := w.Open(opened)
	return process{service, func() {
		if err := server.Service.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	}}
}
