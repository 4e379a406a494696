package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"heddle/internal/ask"
	"heddle/internal/embedded"
	"heddle/internal/run"
	"heddle/internal/trace"
	"heddle/router"
	"heddle/router/compose"
	"heddle/router/fetch"
	"heddle/subgraphs"
)

type devFlags struct {
	listen  string
	data    string
	demo    bool
	verbose bool
	trust   []string
}

func devCommand() *cobra.Command {
	var flags devFlags
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in one process",
		Long: `Dev runs the whole graph in one process: the stores, every domain, and the
router with the playground. Nothing has to be prepared.

Stores: a private PostgreSQL (found on this machine, or else got by apt-get,
brew or a download), FerretDB over it, Redis, and NATS with JetStream. Their
data lies in the data folder, which one process uses at a time. Each can be an
outside one instead: HEDDLE_POSTGRES_URL, HEDDLE_MONGO_URL, HEDDLE_REDIS_URL,
HEDDLE_NATS_URL.

On the first start, demo data is loaded through the graph's own mutations. A
load that was interrupted is resumed by the next start.

Ctrl-C (or SIGTERM) ends it cleanly: running requests finish, subscriptions are
closed, the stores stop. A second one ends it at once; the next start recovers
from that, and from kill -9, by itself.`,
		Example: `  heddle dev
  heddle dev --listen 127.0.0.1:8080 --data /tmp/heddle --demo=false
  HEDDLE_REDIS_URL=redis://127.0.0.1:6379/0 heddle dev`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDev(cmd.Context(), flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:4000", "address of the endpoint and the playground")
	cmd.Flags().StringVar(&flags.data, "data", defaultData, "folder that keeps the data")
	cmd.Flags().BoolVar(&flags.demo, "demo", true, "load demo data on the first start")
	cmd.Flags().BoolVarP(&flags.verbose, "verbose", "v", false, "say how long each step takes, and log every operation")
	cmd.Flags().StringArrayVar(&flags.trust, "trust", nil, `another issuer whose access tokens are accepted: "ISSUER AUDIENCE JWKS-URL"; may be repeated`)
	return cmd
}

// runDev starts everything, says where it is, and ends it when ctx ends. What
// may be in the way (the port, the data folder) is found out first.
func runDev(ctx context.Context, flags devFlags, out, errOut io.Writer) error {
	begin := time.Now()
	log := slog.New(trace.Handler(humanLog(errOut, flags.verbose).Handler()))
	socket, err := listenEarly(ctx, flags.listen)
	if err != nil {
		return err
	}
	defer socket.Close() // again, after a clean end
	if err := storesReachable(ctx); err != nil {
		return err
	}
	stores, err := embedded.Open(embedded.Config{Dir: flags.data, Outside: embedded.FromEnvironment(), Log: log})
	if err != nil {
		return err
	}
	d := &dev{flags: flags, socket: socket, stores: stores, log: log}
	process := run.All(stores, opener(d.compose), opener(d.connect), later(d.parts))
	defer stopping(ctx, process.Stop, log)
	if err := process.Start(ctx); err != nil {
		return unlessStopped(ctx, errors.Join(err, stores.Stop(context.WithoutCancel(ctx))))
	}
	demo, err := d.loadDemo(ctx)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	d.welcome(out, demo, time.Since(begin))
	<-ctx.Done()
	log.Info("Stopping.")
	return nil
}

// dev is the whole graph in one process, made step by step.
type dev struct {
	flags  devFlags
	socket net.Listener // of the endpoint
	stores *embedded.Stores
	log    *slog.Logger

	supergraph string
	secret     string  // for which domains get tokens of their own
	within     *within // how domains ask the graph
	around     *surroundings
}

// compose makes the supergraph of our own domains.
func (d *dev) compose(context.Context) error {
	begin := time.Now()
	result, err := compose.Compose(ownSubgraphs())
	if err != nil {
		return fmt.Errorf("the domains do not compose:\n%w", err)
	}
	d.supergraph = result.Supergraph
	d.took("the supergraph is composed", begin)
	return nil
}

// connect connects to the stores that run now.
func (d *dev) connect(context.Context) error {
	issuers, err := issuersFrom("http://"+d.reachable()+"/.well-known/jwks.json", d.flags.trust)
	if err != nil {
		return err
	}
	d.within = &within{}
	if d.around, err = surround(d.stores.URLs(), ask.Within(d.within), issuers, "http://"+d.reachable(), d.log); err != nil {
		return err
	}
	d.secret = envOr(serviceSecret, rand.Text()+rand.Text())
	d.around.Services = ask.NewServices(d.around.Graph, d.secret)
	d.around.Getenv = d.getenv
	return nil
}

// getenv reads a setting of a domain. With demo data, its administrator is one
// unless the environment names others. All domains are in this process, so the
// services' secret is one that nobody else ever hears of.
func (d *dev) getenv(name string) string {
	value, given := os.LookupEnv(name)
	if name == serviceSecret {
		return d.secret
	}
	if !given && name == "HEDDLE_ADMIN_EMAILS" && d.flags.demo {
		return demoHead().email()
	}
	return value
}

// parts are what runs on the connections: the domains, then the router.
func (d *dev) parts() run.Service {
	servers := &domainServers{domains: subgraphs.All, around: d.around}
	endpoint := later(func() run.Service { return d.router(servers) })
	return run.All(d.around, servers, endpoint)
}

// router is the endpoint, with the domains behind it in this process.
func (d *dev) router(servers *domainServers) run.Service {
	begin := time.Now()
	fetchers := map[string]fetch.Fetcher{}
	for i, server := range servers.servers {
		fetchers[servers.domains[i].Name] = fetch.InProcess(server.GraphQL)
	}
	log := d.log
	if !d.flags.verbose {
		log = slog.New(warnings{d.log.Handler()}) // a line per operation would bury the rest
	}
	r, err := router.New(d.supergraph, fetchers, router.Options{
		Callers: d.around.Callers, Log: log, Extra: servers.extra(),
	})
	if err != nil {
		return opener(func(context.Context) error { return err })
	}
	d.within.serve(r)
	d.took("the router is made", begin)
	listener := router.Listen(d.socket.Addr().String(), r, d.log)
	listener.Socket = d.socket
	return drained{listener}
}

// drained gives the router's connections a bounded time to end.
type drained struct{ *router.Listener }

func (l drained) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*requestPatience)
	defer cancel()
	err := l.Listener.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // the rest was cut off, as it says in the help
	}
	return err
}

// reachable is the endpoint's address as this machine can use it.
func (d *dev) reachable() string {
	address := d.socket.Addr().String()
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

func (d *dev) took(what string, begin time.Time) {
	d.log.Debug(what, "took", time.Since(begin).Round(time.Millisecond))
}

// welcome says where everything is.
func (d *dev) welcome(out io.Writer, demo bool, took time.Duration) {
	at := "http://" + d.reachable()
	_, _ = fmt.Fprintf(out, "\nHeddle is ready in %.1f s.\n\n  Endpoint    %s/graphql\n  Playground  %s/\n", took.Seconds(), at, at)
	if demo {
		_, _ = fmt.Fprintf(out, "  Accounts    %s\n  Password    %s\n", demoAccounts(d.getenv("HEDDLE_ADMIN_EMAILS")), demoPassword)
	}
	_, _ = fmt.Fprintf(out, "  Data        %s\n\nCtrl-C ends it.\n", d.flags.data)
}
