package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"heddle/internal/caller"
	"heddle/internal/trace"
	"heddle/router"
)

const aboutRouter = `Router serves one GraphQL endpoint over the subgraphs that a supergraph names:
/graphql by POST, GET, WebSocket (graphql-transport-ws) and server-sent events
(graphql-sse, distinct connections), the playground at /, /healthz and /readyz.

The supergraph can be anybody's; it is a file or an http(s) address, such as
that of heddle compose --poll --listen. It is watched: a file also through the
renaming of editors and the symbolic links of a Kubernetes ConfigMap, an address
every --supergraph-poll with If-None-Match, less often while it fails. A new
supergraph takes over once the plans of the operations in use are made (for at
most timeouts.warm_up, 10s); operations under way end as they began. A bad one is
refused: the log says why, /readyz says that it was, the last good one stays.

The subgraphs' addresses come from the supergraph; each can be replaced in the
configuration file or, above that, by --subgraph-url.

Access tokens are verified if the key set of an issuer is given, by --jwks,
HEDDLE_JWKS_URL or the configuration; else none is asked for. Either way the
Authorization header travels on to the subgraphs. With a Redis address, tokens
of ended sessions are refused too; without one a token is valid until it
expires.

On SIGTERM or SIGINT the router drains: /readyz says 503, running operations
finish, WebSockets are closed with 1001 and event streams end, and what is left
after --drain-timeout is cut off. A second signal ends it at once.

The configuration file is YAML; flags come before it:

  listen: 127.0.0.1:4000
  supergraph: supergraph.graphql # or https://registry.example.com/supergraph
  supergraph_poll: 10s
  supergraph_header: {X-Key: secret} # to an address
  subgraphs:
    rooms: {url: "http://rooms.internal:4103/rooms/graphql"} # h2c:// is HTTP/2 without TLS
  routes: {/students/: "http://students.internal:4108"} # what a domain serves beside its graph, handed on
  issuers:
    - {issuer: heddle, audience: heddle, jwks: "http://127.0.0.1:4101/.well-known/jwks.json"}
  redis: redis://127.0.0.1:6379
  forward_headers: [Accept-Language]
  address_header: X-Forwarded-For # if a proxy in front sets it
  origins: ["https://app.example.com"]
  subgraph_names: false
  profiles: "" # such as 127.0.0.1:6060: where to serve CPU and memory profiles
  tls: {certificate: "", key: ""} # PEM files, to answer over TLS
  extensions: [] # of subgraphs' errors that clients see, beside code, field and retryAfter
  labels: # of progressive overrides (@override(label:)), and for whom they are active; percent(n) needs no rule
    - checkout-v2
    - {name: new-search, percent: 10} # of people, each always or never; of requests without a token, at random
    - {name: staff-first, role: ADMIN}
  policies: [{name: staff, role: ADMIN}, {name: auditors, scope: audit}] # of @policy, and for whom they hold
  no_sharing: false # true: identical requests in flight are not sent once
  explain_scope: "" # the scope of callers who may ask for the plan in an answer's extensions
  limits: {body: 1048576, body_with_token: 16777216, message: 1048576, operations: 100, queue: 256,
           files: 10, file_size: 104857600, response: 67108864, subgraph_response: 67108864, plans: 1024, plan_memory: 67108864,
           query_size: 1048576, query_tokens: 20000, query_depth: 40, query_aliases: 500, query_fields: 10000}
  timeouts: {operation: 60s, upload: 10m, planning: 5s, init: 10s, keep_alive: 15s, write: 15s, drain: 30s, drain_delay: 0s, warm_up: 10s,
             resume: 30s, revoked: 2s}`

func routerCommand() *cobra.Command {
	var flags routerFlags
	cmd := &cobra.Command{
		Use:   "router",
		Short: "Run the router alone, against subgraphs over HTTP",
		Long:  aboutRouter,
		Example: `  heddle router --supergraph supergraph.graphql
  heddle router --supergraph supergraph.graphql --subgraph-url rooms=http://10.0.0.7:4103/rooms/graphql
  heddle router --config router.yaml --jwks https://login.example.com/jwks.json --issuer https://login.example.com`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := flags.config(cmd.Flags().Changed)
			if err != nil {
				return err
			}
			return runRouter(cmd.Context(), config, cmd.ErrOrStderr())
		},
	}
	flags.define(cmd.Flags())
	return cmd
}

// runRouter serves until ctx ends, and then drains.
func runRouter(ctx context.Context, config routerConfig, out io.Writer) error {
	collectLess()
	log := slog.New(trace.Handler(slog.NewJSONHandler(out, nil)))
	from, err := config.source(log)
	if err != nil {
		return err
	}
	sdl, err := firstSupergraph(ctx, from)
	if err != nil {
		return err
	}
	reach := &reach{config: config, log: log}
	if reach.running, err = reach.subgraphs(sdl); err != nil {
		return err
	}
	if err := reach.strangers(reach.running); err != nil {
		return err
	}
	opts := config.options(log)
	if config.Redis != "" && opts.Callers != nil {
		target, err := redis.ParseURL(config.Redis)
		if err != nil {
			return fmt.Errorf("the Redis address is not a URL such as redis://127.0.0.1:6379: %w", err)
		}
		client := redis.NewClient(target)
		defer client.Close()
		opts.Callers = caller.NewVerifier(config.issuers(), caller.NewRedisRevocations(client))
	}
	r, err := router.New(sdl, fetchers(reach.running), opts)
	if err != nil {
		return err
	}
	if err := profiles(ctx, config.Profiles, log); err != nil {
		return err
	}
	listener := router.Listen(config.Listen, r, log)
	if listener.TLS, err = config.TLS.load(); err != nil {
		return err
	}
	scheme := "http://"
	if listener.TLS != nil {
		scheme = "https://"
	}
	listener.Grace = config.Timeouts.DrainDelay.or(0)
	if err := listener.Start(ctx); err != nil {
		return err
	}
	log.InfoContext(ctx, "router is ready", "endpoint", scheme+listener.Address()+"/graphql",
		"playground", scheme+listener.Address()+"/", "subgraphs", len(reach.running), "tokens", tokenRule(config))
	from.Watch(ctx, func(sdl string) { reach.swap(ctx, r, sdl) })
	return stopRouter(ctx, listener, config.Timeouts.Drain.or(30*time.Second), log)
}

// collectLess lets the heap grow to three times what is in use, not to twice,
// before it is collected: a router's is small, and is thrown away with each
// answer. GOGC says otherwise.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

func stopRouter(ctx context.Context, listener *router.Listener, patience time.Duration, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	log.InfoContext(ctx, "router is draining", "timeout", patience.String())
	err := listener.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.WarnContext(ctx, "router was not drained in time", "error", err)
		return nil
	}
	if err == nil {
		log.InfoContext(ctx, "router has drained")
	}
	return err
}

// tokenRule says in the log how access tokens are handled.
func tokenRule(config routerConfig) string {
	switch {
	case len(config.Issuers) == 0:
		return "not verified: no issuer is configured"
	case config.Redis == "":
		return "verified; ended sessions are not known without Redis"
	}
	return "verified"
}
