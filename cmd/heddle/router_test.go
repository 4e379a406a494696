package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"heddle/router/compose"
)

// greeter is a subgraph of somebody else: it always says hello.
func greeter(t *testing.T) (url, supergraph string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // the answer says whether it was read
		if !strings.Contains(string(body), "hello") {
			http.Error(w, string(body), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":{"hello":"from afar"}}`)
	}))
	t.Cleanup(server.Close)
	result, err := compose.Compose([]compose.Subgraph{{Name: "greeter", URL: "http://127.0.0.1:1/", SDL: "type Query { hello: String! }"}})
	if err != nil {
		t.Fatal(err)
	}
	supergraph = filepath.Join(t.TempDir(), "supergraph.graphql")
	if err := os.WriteFile(supergraph, []byte(result.Supergraph), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, supergraph
}

// parseRouter reads a command line as heddle router does.
func parseRouter(t *testing.T, args ...string) (routerConfig, error) {
	t.Helper()
	var flags routerFlags
	set := pflag.NewFlagSet("router", pflag.ContinueOnError)
	flags.define(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return flags.config(set.Changed)
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "router.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The router answers somebody else's subgraph, and drains when it is stopped.
func TestRouterCommand(t *testing.T) {
	t.Parallel()
	url, supergraph := greeter(t)
	config, err := parseRouter(t, "--supergraph", supergraph, "--listen", "127.0.0.1:0", "--subgraph-url", "greeter="+url, "--jwks", "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := runRouter(ctx, config, writer)
		done <- err
		writer.CloseWithError(err)
	}()
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		t.Fatalf("the router did not start: %v", <-done)
	}
	var ready struct{ Msg, Endpoint, Tokens string }
	if err := json.Unmarshal(lines.Bytes(), &ready); err != nil || ready.Msg != "router is ready" || !strings.HasPrefix(ready.Tokens, "not verified") {
		t.Fatalf("the router said %s", lines.Text())
	}
	rest := make(chan string, 1)
	go func() { text, _ := io.ReadAll(reader); rest <- string(text) }()

	response, err := http.Post(ready.Endpoint, "application/json", strings.NewReader(`{"query":"{ hello }"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if got, want := string(body), `{"data":{"hello":"from afar"}}`; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
	writer.Close()
	if log := <-rest; !strings.Contains(log, "router has drained") {
		t.Errorf("the log does not say that it drained:\n%s", log)
	}
	if _, err := http.Get(ready.Endpoint); err == nil {
		t.Error("the router still answers")
	}
}

// Flags come before the file, the file before what is usual.
func TestRouterConfig(t *testing.T) {
	t.Setenv("HEDDLE_JWKS_URL", "")
	t.Setenv("HEDDLE_REDIS_URL", "")
	file := configFile(t, `
listen: 127.0.0.1:5000
subgraphs: {a: {url: "http://a"}, b: {url: "http://b"}}
issuers: [{issuer: one, jwks: "http://one/jwks"}]
redis: redis://filed
forward_headers: [X-A]
origins: ["https://a.example"]
labels: [always, {name: some, percent: 20}]
policies: [{name: staff, role: ADMIN}]
limits: {body: 10, subscriptions: 7}
timeouts: {drain: 1m, operation: 2s}
`)
	filed := routerConfig{
		Listen: "127.0.0.1:5000", Supergraph: "supergraph.graphql", Redis: "redis://filed",
		Subgraphs:      map[string]subgraphConfig{"a": {URL: "http://a"}, "b": {URL: "http://b"}},
		Issuers:        []issuerConfig{{Issuer: "one", JWKS: "http://one/jwks"}},
		ForwardHeaders: []string{"X-A"}, Origins: []string{"https://a.example"},
		Labels: rules{{Name: "always"}, {Name: "some", Percent: new(20.0)}}, Policies: rules{{Name: "staff", Role: "ADMIN"}},
		Limits: limitsConfig{Body: 10, Live: 7}, Timeouts: timeoutsConfig{Drain: seconds(time.Minute), Operation: seconds(2 * time.Second)},
	}
	flagged := filed
	flagged.Listen, flagged.Redis = "127.0.0.1:6000", "redis://flag"
	flagged.Subgraphs = map[string]subgraphConfig{"a": {URL: "http://a"}, "b": {URL: "http://flag"}}
	flagged.Issuers = []issuerConfig{{Issuer: "two", Audience: "heddle", JWKS: "http://two/jwks"}}
	flagged.Labels, flagged.Limits.Body = append(slices.Clone(filed.Labels), ruleConfig{Name: "flagged"}), 20
	flagged.Origins, flagged.Timeouts.Drain = []string{"*"}, seconds(time.Second)
	for name, c := range map[string]struct {
		args []string
		want routerConfig
	}{
		"nothing": {nil, routerConfig{Listen: "127.0.0.1:4000", Supergraph: "supergraph.graphql"}},
		"file":    {[]string{"--config", file}, filed},
		"flags over file": {[]string{
			"--config", file, "--listen", "127.0.0.1:6000", "--redis", "redis://flag", "--subgraph-url", "b=http://flag",
			"--jwks", "http://two/jwks", "--issuer", "two", "--origin", "*", "--drain-timeout", "1s",
			"--label", "flagged", "--body-limit", "20",
		}, flagged},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseRouter(t, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

// Each mistake is named.
func TestRouterConfig_refused(t *testing.T) {
	t.Setenv("HEDDLE_JWKS_URL", "")
	_, supergraph := greeter(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no such file":       {[]string{"--config", "/nowhere.yaml"}, "read configuration: open /nowhere.yaml: no such file or directory"},
		"unknown key":        {[]string{"--config", configFile(t, "lisen: a")}, "line 1: field lisen not found"},
		"bad duration":       {[]string{"--config", configFile(t, "timeouts: {drain: soon}")}, `line 1: "soon" is not a duration such as 15s`},
		"issuer without key": {[]string{"--issuer", "me"}, "--issuer and --audience need the issuer's key set: give --jwks URL"},
		"bad key set":        {[]string{"--jwks", "file:///keys"}, `the key set of issuer "heddle": "file:///keys" is not an http or https URL`},
		"bad pair":           {[]string{"--subgraph-url", "rooms"}, `--subgraph-url "rooms" is not of the form name=URL`},
		"bad origin":         {[]string{"--origin", "app.example.com"}, `the origin "app.example.com" is not one such as https://app.example.com`},
		"no supergraph":      {[]string{"--supergraph", "/nowhere.graphql"}, "read supergraph: open /nowhere.graphql: no such file or directory"},
		"unknown subgraph":   {[]string{"--supergraph", supergraph, "--subgraph-url", "greter=http://a"}, `an address is given for subgraph "greter", but the supergraph has only greeter`},
		"bad address":        {[]string{"--supergraph", supergraph, "--subgraph-url", "greeter=a"}, `the address of subgraph "greeter": "a" is not an http or https URL; give one with --subgraph-url greeter=URL`},
		"bad rule":           {[]string{"--config", configFile(t, "labels: [{name: a, percent: 101}]")}, "line 1: 101 is not a number of percent"},
		"unknown in a rule":  {[]string{"--config", configFile(t, "policies: [{name: a, person: b}]")}, `line 1: a rule has name, percent, role and scope, but no "person"`},
		"bad redis":          {[]string{"--supergraph", supergraph, "--jwks", "http://a/jwks", "--redis", "a"}, "the Redis address is not a URL such as redis://127.0.0.1:6379"},
		"bad certificate":    {[]string{"--supergraph", supergraph, "--tls-certificate", "/nowhere.pem"}, `read the certificate "/nowhere.pem" and its key "": open /nowhere.pem: no such file or directory`},
		"bad listen":         {[]string{"--supergraph", supergraph, "--listen", "nowhere"}, "listen on nowhere: "},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := parseRouter(t, c.args...)
			if err == nil {
				ctx, cancel := context.WithCancel(t.Context())
				cancel() // a router that starts all the same ends at once
				err = runRouter(ctx, config, io.Discard)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A router that runs takes its supergraph from an address, follows what it
// gives, and keeps the last good one.
func TestRouterCommand_follows_its_supergraph(t *testing.T) {
	t.Parallel()
	url, file := greeter(t)
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var given atomic.Value
	given.Store(string(first))
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, given.Load().(string))
	}))
	t.Cleanup(registry.Close)
	config, err := parseRouter(t, "--supergraph", registry.URL, "--supergraph-poll", "10ms", "--listen", "127.0.0.1:0", "--subgraph-url", "greeter="+url, "--jwks", "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := runRouter(ctx, config, writer)
		done <- err
		writer.CloseWithError(err)
	}()
	lines := bufio.NewScanner(reader)
	until := func(what string) (line struct{ Msg, Endpoint, Error string }) {
		for lines.Scan() {
			if strings.Contains(lines.Text(), what) {
				if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
				return line
			}
		}
		t.Fatalf("the router did not say %q", what)
		return line
	}
	ready := until("router is ready")
	given.Store(strings.ReplaceAll(string(first), "hello:", "salute: String @join__field(graph: GREETER)  hello:"))
	until("another supergraph has taken over")
	given.Store("type Query { a: Int }")
	if refused := until("a new supergraph was refused"); !strings.Contains(refused.Error, "no enum join__Graph") {
		t.Errorf("it was refused because of %q", refused.Error)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }() // the rest of the log
	response, err := http.Post(ready.Endpoint, "application/json", strings.NewReader(`{"query":"{ __type(name: \"Query\") { fields { name } } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || !strings.Contains(string(body), "salute") {
		t.Errorf("the last good supergraph does not answer: %s, %v", body, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
}
