package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heddle/internal/ask"
	"heddle/internal/embedded"
	"heddle/internal/run"
	"heddle/internal/subgraph"
	"heddle/internal/trace"
	"heddle/router/compose"
	"heddle/subgraphs"
)

// ownSubgraphs are our own domains, as the composer takes them.
func ownSubgraphs() []compose.Subgraph {
	var all []compose.Subgraph
	for _, d := range subgraphs.All {
		all = append(all, compose.Subgraph{
			Name: d.Name, URL: "http://" + d.Listen + pathOf(d), SDL: d.SDL,
			File: "subgraphs/" + d.Name + "/schema.graphql",
		})
	}
	return all
}

// pathOf is where a subgraph process serves the domain.
func pathOf(d subgraph.Domain) string { return "/" + d.Name + "/graphql" }

type subgraphFlags struct {
	listen string
	trust  []string
}

func subgraphCommand() *cobra.Command {
	var flags subgraphFlags
	cmd := &cobra.Command{
		Use:   "subgraph NAME...",
		Short: "Run one or several domains alone",
		Long: `Subgraph serves domains without a router, each at /<name>/graphql by POST,
WebSocket (graphql-transport-ws) and server-sent events, with /healthz and
/readyz, and what a domain serves beside its graph at its own path (auth:
/.well-known/jwks.json). It migrates the domains' databases when it starts.

The domains are ` + strings.Join(domainNames(), ", ") + `.

The stores are outside ones, "heddle stores" for instance:
  HEDDLE_POSTGRES_URL, HEDDLE_REDIS_URL, HEDDLE_NATS_URL   where they are
  HEDDLE_MONGO_URL   where MongoDB is, for the domains that keep something there
  HEDDLE_GRAPH_URL   where a domain asks the graph for what others own
                     (default http://127.0.0.1:4000/graphql)
  HEDDLE_PUBLIC_URL  where the outside reaches the router, for links to files and
                     in mails (default http://127.0.0.1:4000)
  HEDDLE_JWKS_URL    the keys that access tokens are verified with
                     (default http://127.0.0.1:4101/.well-known/jwks.json)
  HEDDLE_ISSUER, HEDDLE_AUDIENCE   the claims that they must have (default heddle)
  HEDDLE_ADMIN_EMAILS   whose accounts auth makes administrators, separated by commas
  HEDDLE_SERVICE_SECRET for which auth gives the other domains tokens of their own, to
                        ask the graph when nobody else asks: at least 32 characters,
                        the same for all (default: they get none)
  HEDDLE_ELL_EXIT_LEVEL the overall level at which assessments has a student leave
                        the programme, 1.0 to 6.0 (default 5.0)
  HEDDLE_AUTH_SECRET    with which auth encrypts its signing keys at rest (default: not)

On SIGTERM or SIGINT /readyz says 503, running requests finish, then
subscriptions end.`,
		Example: `  heddle subgraph rooms --listen 127.0.0.1:4103
  heddle subgraph auth users --listen 127.0.0.1:4101`,
		Args:      cobra.MinimumNArgs(1),
		ValidArgs: domainNames(),
		RunE: func(cmd *cobra.Command, names []string) error {
			return runSubgraphs(cmd.Context(), names, flags, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "", "address to listen on (default: the first domain's own, as in supergraph.graphql)")
	cmd.Flags().StringArrayVar(&flags.trust, "trust", nil, `another issuer whose access tokens are accepted: "ISSUER AUDIENCE JWKS-URL"; may be repeated`)
	return cmd
}

func domainNames() []string {
	var names []string
	for _, d := range subgraphs.All {
		names = append(names, d.Name)
	}
	return names
}

// choose finds the domains of the names.
func choose(names []string) ([]subgraph.Domain, error) {
	var chosen []subgraph.Domain
	for i, name := range names {
		at := slices.IndexFunc(subgraphs.All, func(d subgraph.Domain) bool { return d.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no domain %q; there are %s", name, strings.Join(domainNames(), ", "))
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("domain %q is named twice", name)
		}
		chosen = append(chosen, subgraphs.All[at])
	}
	return chosen, nil
}

// storesFromEnvironment reads where the stores are that domains need.
func storesFromEnvironment() (embedded.URLs, error) {
	urls := embedded.FromEnvironment()
	var missing []string
	for _, v := range []struct{ name, value string }{
		{"HEDDLE_POSTGRES_URL", urls.Postgres}, {"HEDDLE_REDIS_URL", urls.Redis}, {"HEDDLE_NATS_URL", urls.NATS},
	} {
		if v.value == "" {
			missing = append(missing, v.name)
		}
	}
	if len(missing) > 0 {
		return urls, fmt.Errorf(`%s must be set; "heddle stores" runs stores and prints the lines`, strings.Join(missing, ", "))
	}
	return urls, nil
}

// runSubgraphs opens the domains, serves them until ctx ends, and then drains.
func runSubgraphs(ctx context.Context, names []string, flags subgraphFlags, out io.Writer) error {
	log := slog.New(trace.Handler(slog.NewJSONHandler(out, nil)))
	domains, err := choose(names)
	if err != nil {
		return err
	}
	if flags.listen == "" {
		flags.listen = domains[0].Listen
	}
	socket, err := listenEarly(ctx, flags.listen)
	if err != nil {
		return err
	}
	defer socket.Close() // again, after a clean end
	urls, err := storesFromEnvironment()
	if err != nil {
		return err
	}
	if err := storesReachable(ctx); err != nil {
		return err
	}
	issuers, err := issuersFrom("http://127.0.0.1:4101/.well-known/jwks.json", flags.trust)
	if err != nil {
		return err
	}
	graph := ask.At(envOr("HEDDLE_GRAPH_URL", "http://127.0.0.1:4000/graphql"))
	around, err := surround(urls, graph, issuers, "http://127.0.0.1:4000", log)
	if err != nil {
		return err
	}
	servers := &domainServers{domains: domains, around: around}
	web := &webServer{socket: socket, handler: servers, log: log}
	process := run.All(around, servers, web)
	defer stopping(ctx, process.Stop, log)
	if err := process.Start(ctx); err != nil {
		return unlessStopped(ctx, errors.Join(err, around.Stop(context.WithoutCancel(ctx))))
	}
	log.InfoContext(ctx, "subgraphs are ready", "domains", names, "address", "http://"+socket.Addr().String())
	<-ctx.Done()
	log.InfoContext(ctx, "subgraphs are draining")
	return nil
}

// domainServers are the open domains as one service and one handler.
type domainServers struct {
	domains []subgraph.Domain
	around  *surroundings

	servers []*subgraph.Server
	work    run.Service // of all domains
	mux     *http.ServeMux
}

// Start opens the domains and starts what they do beside requests.
func (d *domainServers) Start(ctx context.Context) error {
	if d.work != nil {
		return nil
	}
	servers, err := openDomains(ctx, d.domains, d.around.Env)
	if err != nil {
		return err
	}
	var work []run.Service
	d.mux = http.NewServeMux()
	for i, server := range servers {
		d.mux.Handle(pathOf(d.domains[i]), server.GraphQL)
		for path, handler := range server.Extra {
			d.mux.Handle(path, handler)
		}
		if server.Service != nil {
			work = append(work, server.Service)
		}
	}
	d.servers, d.work = servers, run.Parallel(work...)
	return d.work.Start(ctx)
}

// Stop ends the work and closes the domains.
func (d *domainServers) Stop(ctx context.Context) error {
	if d.work == nil {
		return nil
	}
	return d.work.Stop(ctx)
}

// ServeHTTP answers for the domains.
func (d *domainServers) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

// Ready tells what is not there that requests need.
func (d *domainServers) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := d.around.Redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ask Redis: %w", err)
	}
	return nil
}
