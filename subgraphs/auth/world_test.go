package auth_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"heddle/internal/caller"
	"heddle/internal/embedded/storetest"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/auth"
	authgraph "heddle/subgraphs/auth/graph"
	"heddle/subgraphs/notifications"
	notificationsgraph "heddle/subgraphs/notifications/graph"
	"heddle/subgraphs/users"
	usersgraph "heddle/subgraphs/users/graph"
)

func TestMain(m *testing.M) {
	auth.CheapPasswords()
	storetest.Main(m)
}

// The real domains: users answers what auth asks the graph.
var (
	authDomain          = subgraph.Of("auth", "", auth.SDL, auth.Open, authgraph.Bind)
	notificationsDomain = subgraph.Of("notifications", "", notifications.SDL, notifications.Open, notificationsgraph.Bind)
	usersDomain         = subgraph.Of("users", "", users.SDL, users.Open, usersgraph.Bind)
)

type (
	person    = subgraphtest.Person
	variables = subgraphtest.Variables
	problem   = subgraphtest.Problem
)

// nobody is who is not signed in.
var nobody person

type world struct {
	*subgraphtest.World
	t             *testing.T
	auth, users   *subgraphtest.Service
	notifications *subgraphtest.Service // once mails are wanted
	clock         *clock
	settings      map[string]string
	keys          *front
}

// newWorld makes a world in which auth issues the tokens. Its administrator is
// root@heddle.example.
func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{
		World: subgraphtest.New(t), t: t, clock: &clock{},
		settings: map[string]string{"HEDDLE_ADMIN_EMAILS": "root@heddle.example, other@heddle.example"},
	}
	w.keys = newFront(t)
	w.Env.Issuer = caller.Issuer{Name: "heddle", Audience: "heddle", JWKS: w.keys.url + "/.well-known/jwks.json"}
	w.Env.Callers = caller.NewVerifier([]caller.Issuer{w.Env.Issuer, w.Issuer.Issuer()}, w.Env.Revocations)
	w.Env.Now = w.clock.now
	w.Env.Getenv = func(name string) string { return w.settings[name] }
	w.users = w.Open(usersDomain)
	w.Graph(w.users)
	w.auth = w.Open(authDomain)
	w.keys.pass(t, w.auth)
	return w
}

// parts is a graph whose mutation sendEmail is notifications', and the rest users'.
func parts(t *testing.T, notifications, users *subgraphtest.Service) http.Handler {
	to := func(s *subgraphtest.Service) http.Handler {
		at, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		return httputil.NewSingleHostReverseProxy(at)
	}
	mails, rest := to(notifications), to(users)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte("sendEmail")) {
			mails.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
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

// front is an address that is known before the service behind it is open.
type front struct {
	url  string
	mu   sync.Mutex
	next http.Handler
}

func newFront(t *testing.T) *front {
	f := &front{next: http.NotFoundHandler()}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	next := f.next
	f.mu.Unlock()
	next.ServeHTTP(w, r)
}

func (f *front) pass(t *testing.T, s *subgraphtest.Service) {
	to, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = httputil.NewSingleHostReverseProxy(to)
}

// entry is an AuthPayload as clients see it.
type entry struct {
	AccessToken, RefreshToken, TokenType string
	ExpiresAt                            time.Time
	User                                 struct {
		ID, Email string
		Roles     []string
	}
	Session session
}

func (e entry) person() person { return person{ID: e.User.ID, Token: e.AccessToken} }

type session struct {
	ID                 string
	UserAgent, Address *string
	Current            bool
}

const payload = `{ accessToken refreshToken tokenType expiresAt user { id email roles } session { id userAgent address current } }`

const password = "correct horse battery"

func newcomer(name string) variables {
	return variables{"input": variables{
		"email": name + "@heddle.example", "password": password, "username": name, "firstName": name, "lastName": "Tester",
	}}
}

const signUp = `mutation($input: SignUpInput!) { signUp(input: $input) ` + payload + ` }`

func (w *world) signUp(name string) entry {
	w.t.Helper()
	var got struct{ SignUp entry }
	w.auth.Get(nobody, signUp, newcomer(name), &got)
	return got.SignUp
}

const signIn = `mutation($input: SignInInput!) { signIn(input: $input) ` + payload + ` }`

func credentials(name, password string) variables {
	return variables{"input": variables{"email": name + "@heddle.example", "password": password}}
}

func (w *world) signIn(name string) entry {
	w.t.Helper()
	var got struct{ SignIn entry }
	w.auth.Get(nobody, signIn, credentials(name, password), &got)
	return got.SignIn
}

const refresh = `mutation($token: String!) { refreshToken(input: {refreshToken: $token}) ` + payload + ` }`

func (w *world) refresh(token string) entry {
	w.t.Helper()
	var got struct{ RefreshToken entry }
	w.auth.Get(nobody, refresh, variables{"token": token}, &got)
	return got.RefreshToken
}

const me = `{ me { id roles } }`
