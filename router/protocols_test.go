package router_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
)

// seen are the requests of a server: the protocol of each, and the connection.
type seen struct {
	mu          sync.Mutex
	protocols   []string
	connections map[string]bool
	next        http.Handler
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.protocols = append(s.protocols, r.Proto)
	s.connections[r.RemoteAddr] = true
	s.mu.Unlock()
	s.next.ServeHTTP(w, r)
}

func (s *seen) take() (protocols []string, connections int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.protocols, len(s.connections)
}

// hello answers every operation alike.
var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data":{"hello":"world"}}`)
})

// overSubgraph is a router over one subgraph that is reached by f.
func overSubgraph(t *testing.T, f fetch.Fetcher) *router.Router {
	t.Helper()
	super, err := compose.Compose([]compose.Subgraph{{Name: "one", URL: "http://one", SDL: `type Query { hello: String! }`}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := router.New(super.Supergraph, map[string]fetch.Fetcher{"one": f}, router.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// protocolServer starts a server of the protocol and gives its address with the
// scheme by which a subgraph there is named, and a client that trusts it.
func protocolServer(t *testing.T, protocol string, h http.Handler) (url string, client *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	t.Cleanup(server.Close)
	switch protocol {
	case "h2 with TLS":
		server.EnableHTTP2 = true
		server.StartTLS()
	case "h2c":
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		return "h2c" + strings.TrimPrefix(server.URL, "http"), &http.Client{Transport: &http.Transport{}}
	case "HTTP/1.1 with TLS":
		server.StartTLS()
	default:
		server.Start()
	}
	transport := &http.Transport{ForceAttemptHTTP2: true}
	if server.TLS != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	}
	return server.URL, &http.Client{Transport: transport}
}

// One connection is kept for requests that come one after the other, whatever
// the protocol.
func TestProtocols_to_subgraphs(t *testing.T) {
	for protocol, want := range map[string]string{
		"HTTP/1.1": "HTTP/1.1", "HTTP/1.1 with TLS": "HTTP/1.1", "h2 with TLS": "HTTP/2.0", "h2c": "HTTP/2.0",
	} {
		t.Run(protocol, func(t *testing.T) {
			s := &seen{connections: map[string]bool{}, next: hello}
			url, client := protocolServer(t, protocol, s)
			remote := fetch.HTTP(url, client)
			defer func() { _ = remote.Close() }()
			r := overSubgraph(t, remote)
			for range 3 {
				w := httptest.NewRecorder()
				request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ hello }"}`))
				request.Header.Set("Content-Type", "application/json")
				if r.ServeHTTP(w, request); w.Body.String() != `{"data":{"hello":"world"}}` {
					t.Fatalf("got %d %s", w.Code, w.Body)
				}
			}
			protocols, connections := s.take()
			if diff := cmp.Diff([]string{want, want, want}, protocols); diff != "" || connections != 1 {
				t.Errorf("%d connections; protocols (-want +got):\n%s", connections, diff)
			}
		})
	}
}

// Requests at once share one connection of HTTP/2.
func TestProtocols_to_subgraphs_at_once(t *testing.T) {
	const many = 20
	var arrived sync.WaitGroup
	arrived.Add(many)
	s := &seen{connections: map[string]bool{}, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait() // all are there at the same time
		hello.ServeHTTP(w, r)
	})}
	url, client := protocolServer(t, "h2c", s)
	remote := fetch.HTTP(url, client)
	defer func() { _ = remote.Close() }()
	first := make(chan error, many)
	for i := range many {
		go func() {
			_, err := remote.Fetch(t.Context(), fetch.Request{Body: fmt.Appendf(nil, `{"query":"{ hello }","n":%d}`, i)})
			first <- err
		}()
	}
	for range many {
		if err := <-first; err != nil {
			t.Error(err)
		}
	}
	if _, connections := s.take(); connections > 2 { // the second may be dialled before the first is ready
		t.Errorf("%d connections were made for %d requests at once", connections, many)
	}
}

func TestProtocols_of_clients(t *testing.T) {
	for protocol, want := range map[string]string{"HTTP/1.1": "HTTP/1.1", "HTTP/1.1 with TLS": "HTTP/1.1", "h2 with TLS": "HTTP/2.0", "h2c": "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			l := router.Listen("127.0.0.1:0", overSubgraph(t, fetch.InProcess(hello)), nil)
			scheme, transport := "http://", &http.Transport{Protocols: new(http.Protocols)}
			if strings.HasSuffix(protocol, "TLS") {
				helper := httptest.NewUnstartedServer(nil) // for its certificate
				helper.StartTLS()
				defer helper.Close()
				l.TLS = &tls.Config{Certificates: helper.TLS.Certificates}
				scheme, transport.TLSClientConfig = "https://", helper.Client().Transport.(*http.Transport).TLSClientConfig
			}
			transport.Protocols.SetHTTP1(strings.HasPrefix(protocol, "HTTP/1.1"))
			transport.Protocols.SetHTTP2(protocol == "h2 with TLS")
			transport.Protocols.SetUnencryptedHTTP2(protocol == "h2c")
			if err := l.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer func() {
				transport.CloseIdleConnections()
				if err := l.Stop(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			}()
			client := &http.Client{Transport: transport}
			for n := range 3 {
				reused := false
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, scheme+l.Address()+"/graphql", strings.NewReader(`{"query":"{ hello }"}`))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/json")
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || string(body) != `{"data":{"hello":"world"}}` || response.Proto != want || reused != (n > 0) {
					t.Errorf("request %d: %s over %s, want %s; connection reused: %t; %v", n, body, response.Proto, want, reused, err)
				}
			}
		})
	}
}
