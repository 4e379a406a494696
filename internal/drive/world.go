package drive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// World is a running Heddle: one process, or several that make one.
type World struct {
	Name   string
	Folder string // its data, and what else it needs
	Parts  []*Part
}

// Part is one process of a world, which can be ended and started again at the
// same address.
type Part struct {
	*Process
	Name    string
	Address string // host:port; empty if it listens nowhere we know
	says    string // the beginning of the line that it writes when it is ready, if that is later than /readyz

	binary Binary
	env    []string
	args   []string
}

// Origin is where clients find the endpoint of a router.
func (p *Part) Origin() string { return "http://" + p.Address }

// Start starts the part and returns when it is ready.
func (p *Part) Start(ctx context.Context) error {
	process, err := p.binary.Start(p.Name, p.env, p.args...)
	if err != nil {
		return err
	}
	p.Process = process
	if p.Address == "" {
		return nil
	}
	err = process.Ready(ctx, p.Address)
	if err == nil && p.says != "" {
		_, err = process.Log.Await(ctx, 0, func(line string) bool { return strings.HasPrefix(line, p.says) })
	}
	if err != nil {
		return errors.Join(err, process.Kill())
	}
	return nil
}

// OneProcess starts heddle dev over the folder, with more environment and
// arguments, and returns when it is ready.
func (b Binary) OneProcess(ctx context.Context, folder string, env []string, args ...string) (*World, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	w := &World{Name: "one process", Folder: folder}
	dev := &Part{Name: "dev", Address: address, says: "Heddle is ready in ", binary: b, env: env,
		args: append([]string{"dev", "--data", filepath.Join(folder, "data"), "--listen", address}, args...)}
	return w, w.start(ctx, dev)
}

// Domains are all domains, as Apart routes to them.
var Domains = []string{"auth", "users", "rooms", "messages", "presence", "collaboration", "code", "students", "assessments", "progress", "notifications", "operations"}

// server is a process of domains in a world of several.
type server struct {
	name    string
	domains []string
	second  bool // of two with these domains, the one that the second router asks
}

// servers are the processes that Apart starts for the domains.
var servers = []server{
	{name: "auth", domains: []string{"auth"}},
	{name: "users", domains: []string{"users", "students"}},
	{name: "school", domains: []string{"assessments", "progress", "operations"}},
	{name: "rooms", domains: []string{"rooms"}},
	{name: "messages", domains: []string{"messages"}},
	{name: "messages 2", domains: []string{"messages"}, second: true},
	{name: "notifications", domains: []string{"notifications"}},
	{name: "code talk", domains: []string{"presence", "collaboration", "code"}},
	{name: "code talk 2", domains: []string{"presence", "collaboration", "code"}, second: true},
}

// serving is the process that a router asks for the domain.
func serving(domain string, second bool) string {
	name := ""
	for _, s := range servers {
		if slices.Contains(s.domains, domain) && (name == "" || s.second == second) {
			name = s.name
		}
	}
	return name
}

// Apart starts the stores, one process for each domain, but one for users and
// students, one for assessments, progress and operations, and one for presence,
// collaboration and code, second ones for these and for messages, and two routers, the second over the second processes. The trusted issuers,
// beside our own auth, are given as "ISSUER AUDIENCE JWKS-URL".
func (b Binary) Apart(ctx context.Context, folder string, trusted ...string) (*World, error) {
	w := &World{Name: "apart", Folder: folder}
	stores, err := w.stores(ctx, b)
	if err != nil {
		return w, err
	}
	names := []string{"router", "router 2"}
	for _, s := range servers {
		names = append(names, s.name)
	}
	at := map[string]string{}
	for _, name := range names {
		if at[name], err = FreeAddress(); err != nil {
			return w, err
		}
	}
	env := append(stores, "HEDDLE_SERVICE_SECRET="+rand.Text()+rand.Text(),
		"HEDDLE_GRAPH_URL=http://"+at["router"]+"/graphql", "HEDDLE_PUBLIC_URL=http://"+at["router"],
		"HEDDLE_JWKS_URL=http://"+at["auth"]+"/.well-known/jwks.json")
	for _, s := range servers {
		args := append(append([]string{"subgraph"}, s.domains...), "--listen", at[s.name])
		for _, issuer := range trusted {
			args = append(args, "--trust", issuer)
		}
		part := &Part{Name: s.name, Address: at[s.name], binary: b, env: env, args: args}
		if err := w.start(ctx, part); err != nil {
			return w, err
		}
	}
	config := filepath.Join(folder, "router.yaml")
	if err := os.WriteFile(config, routerConfig(at["auth"], trusted), 0o600); err != nil {
		return w, err
	}
	supergraph := filepath.Join(folder, "supergraph.graphql")
	if _, complaint, status, err := b.Run(ctx, nil, "compose", "--out", supergraph); err != nil || status != 0 {
		return w, fmt.Errorf("compose: status %d (%w): %s", status, err, complaint)
	}
	for _, name := range []string{"router", "router 2"} {
		args := []string{"router", "--config", config, "--supergraph", supergraph, "--listen", at[name]}
		for _, file := range []string{"/students/exports/", "/progress/reports/"} {
			domain := strings.Split(file, "/")[1]
			args = append(args, "--route", file+"=http://"+at[serving(domain, name == "router 2")])
		}
		for _, domain := range Domains {
			address := at[serving(domain, name == "router 2")]
			args = append(args, "--subgraph-url", domain+"=http://"+address+"/"+domain+"/graphql")
		}
		if err := w.start(ctx, &Part{Name: name, Address: at[name], binary: b, env: env, args: args}); err != nil {
			return w, err
		}
	}
	return w, nil
}

// routerConfig is the configuration of a router that takes the tokens of our
// own auth and of the trusted issuers.
func routerConfig(auth string, trusted []string) []byte {
	var text strings.Builder
	text.WriteString("issuers:\n")
	for _, issuer := range append([]string{"heddle heddle http://" + auth + "/.well-known/jwks.json"}, trusted...) {
		parts := strings.Fields(issuer)
		fmt.Fprintf(&text, "  - {issuer: %q, audience: %q, jwks: %q}\n", parts[0], parts[1], parts[2])
	}
	return []byte(text.String())
}

// stores starts the embedded stores alone and reads the lines they print.
func (w *World) stores(ctx context.Context, b Binary) (env []string, err error) {
	part := &Part{Name: "stores", binary: b, args: []string{"stores", "--data", filepath.Join(w.Folder, "data")}}
	if err := w.start(ctx, part); err != nil {
		return nil, err
	}
	for _, name := range []string{"POSTGRES", "MONGO", "REDIS", "NATS"} {
		line, err := part.Log.Await(ctx, 0, func(line string) bool { return strings.HasPrefix(line, "export HEDDLE_"+name+"_URL=") })
		if err != nil {
			return nil, err
		}
		env = append(env, strings.ReplaceAll(strings.TrimPrefix(line, "export "), "'", ""))
	}
	return env, nil
}

func (w *World) start(ctx context.Context, part *Part) error {
	if err := part.Start(ctx); err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	w.Parts = append(w.Parts, part)
	return nil
}

// Part is the part of the name.
func (w *World) Part(name string) *Part {
	for _, p := range w.Parts {
		if p.Name == name {
			return p
		}
	}
	panic("drive: " + w.Name + " has no part " + name)
}

// Serving is the part that the first router asks for the domain.
func (w *World) Serving(domain string) *Part { return w.Part(serving(domain, false)) }

// Routers are the parts that serve the endpoint.
func (w *World) Routers() []*Part {
	var routers []*Part
	for _, p := range w.Parts {
		if p.Name == "dev" || strings.HasPrefix(p.Name, "router") {
			routers = append(routers, p)
		}
	}
	return routers
}

// Origin is where the endpoint is.
func (w *World) Origin() string { return w.Routers()[0].Origin() }

// Kill ends every process as a crash would.
func (w *World) Kill() error {
	var errs []error
	for _, p := range slices.Backward(w.Parts) {
		errs = append(errs, p.Kill())
	}
	return errors.Join(errs...)
}

// Stop asks the processes to end, the last first, some by SIGTERM and some by
// SIGINT. It complains when one does not end with status 0, or when a process
// is left behind that uses the world's folder.
func (w *World) Stop(ctx context.Context) error {
	var errs []error
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}
	for i, p := range slices.Backward(w.Parts) {
		errs = append(errs, p.Stop(ctx, signals[i%2]))
	}
	left, err := Leftovers(w.Folder)
	errs = append(errs, err)
	for _, process := range left {
		errs = append(errs, fmt.Errorf("%s has left a process behind: %s", w.Name, process))
	}
	return errors.Join(errs...)
}

// Discard takes the folder away.
func (w *World) Discard() error { return os.RemoveAll(w.Folder) }

// Logs is the end of the log of every part.
func (w *World) Logs(lines int) string {
	var all strings.Builder
	for _, p := range w.Parts {
		fmt.Fprintf(&all, "--- %s: %s ---\n%s\n", w.Name, p.Name, p.Log.Tail(lines))
	}
	return all.String()
}
