package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"

	"strings"
	"time"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"heddle/internal/caller"
	"heddle/router"
	"heddle/router/operation"
	"heddle/router/serve"
)

// routerConfig is what a router can be told, as it stands in its file.
type routerConfig struct {
	Listen         string                    `yaml:"listen"`
	Supergraph     string                    `yaml:"supergraph"`
	Subgraphs      map[string]subgraphConfig `yaml:"subgraphs"`
	Routes         map[string]string         `yaml:"routes"`
	Issuers        []issuerConfig            `yaml:"issuers"`
	Redis          string                    `yaml:"redis"`
	ForwardHeaders []string                  `yaml:"forward_headers"`
	AddressHeader  string                    `yaml:"address_header"`
	Origins        []string                  `yaml:"origins"`
	SubgraphNames  bool                      `yaml:"subgraph_names"`
	TLS            tlsConfig                 `yaml:"tls"`
	Extensions     []string                  `yaml:"extensions"`
	Labels         rules                     `yaml:"labels"`
	Policies       rules                     `yaml:"policies"`
	NoSharing      bool                      `yaml:"no_sharing"`
	ExplainScope   string                    `yaml:"explain_scope"`
	Profiles       string                    `yaml:"profiles"`
	Poll           seconds                   `yaml:"supergraph_poll"`
	Header         map[string]string         `yaml:"supergraph_header"`
	Limits         limitsConfig              `yaml:"limits"`
	Timeouts       timeoutsConfig            `yaml:"timeouts"`
}

type subgraphConfig struct {
	URL string `yaml:"url"`
}

// tlsConfig names the PEM files with which the router answers over TLS.
type tlsConfig struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// load reads the files; nil for plain HTTP.
func (c tlsConfig) load() (*tls.Config, error) {
	if c == (tlsConfig{}) {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %q and its key %q: %w", c.Certificate, c.Key, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

type issuerConfig struct {
	Issuer   string `yaml:"issuer"`
	Audience string `yaml:"audience"`
	JWKS     string `yaml:"jwks"`
}

type limitsConfig struct {
	Body         int64 `yaml:"body"`
	KnownBody    int64 `yaml:"body_with_token"`
	Message      int64 `yaml:"message"`
	Operations   int   `yaml:"operations"`
	Live         int   `yaml:"subscriptions"`
	Queue        int   `yaml:"queue"`
	Files        int   `yaml:"files"`
	FileSize     int64 `yaml:"file_size"`
	Response     int64 `yaml:"response"`
	Subgraph     int64 `yaml:"subgraph_response"`
	Plans        int   `yaml:"plans"`
	PlanMemory   int   `yaml:"plan_memory"`
	QuerySize    int   `yaml:"query_size"`
	QueryTokens  int   `yaml:"query_tokens"`
	QueryDepth   int   `yaml:"query_depth"`
	QueryAliases int   `yaml:"query_aliases"`
	QueryFields  int   `yaml:"query_fields"`
}

type timeoutsConfig struct {
	Operation  seconds `yaml:"operation"`
	Upload     seconds `yaml:"upload"`
	Init       seconds `yaml:"init"`
	Planning   seconds `yaml:"planning"`
	KeepAlive  seconds `yaml:"keep_alive"`
	Write      seconds `yaml:"write"`
	Drain      seconds `yaml:"drain"`
	DrainDelay seconds `yaml:"drain_delay"`
	WarmUp     seconds `yaml:"warm_up"`
	Resume     seconds `yaml:"resume"`
	Revoked    seconds `yaml:"revoked"`
}

// seconds is a duration such as "15s"; zero means that none was given.
type seconds time.Duration

// UnmarshalYAML reads the notation of time.ParseDuration.
func (s *seconds) UnmarshalYAML(node *yaml.Node) error {
	d, err := time.ParseDuration(node.Value)
	if err != nil || d < 0 {
		return fmt.Errorf("line %d: %q is not a duration such as 15s", node.Line, node.Value)
	}
	*s = seconds(d)
	return nil
}

func (s seconds) or(fallback time.Duration) time.Duration {
	if s == 0 {
		return fallback
	}
	return time.Duration(s)
}

// routerFlags are the flags of heddle router.
type routerFlags struct {
	file, listen, supergraph string
	subgraphURLs, routes     []string
	issuer, audience, jwks   string
	redis, profiles          string
	certificate, key         string
	forward, origins         []string
	drain, delay, poll       time.Duration
	headers, labels          []string
	extensions               []string
	explainScope             string
	operation                time.Duration
	body                     int64
	subgraphNames, noSharing bool
}

func (f *routerFlags) define(set *pflag.FlagSet) {
	set.StringVar(&f.file, "config", "", "configuration file (YAML)")
	set.StringVar(&f.supergraph, "supergraph", "supergraph.graphql", "file or http(s) address of the supergraph SDL; it is watched")
	set.DurationVar(&f.poll, "supergraph-poll", 10*time.Second, "how often an address is asked whether there is a new supergraph")
	set.StringArrayVar(&f.headers, "supergraph-header", nil, `header to send to the supergraph's address, as "Name: value"; may be repeated`)
	set.StringVar(&f.listen, "listen", "127.0.0.1:4000", "address to listen on")
	set.StringArrayVar(&f.subgraphURLs, "subgraph-url", nil, "address of one subgraph, as name=URL; may be repeated")
	set.StringArrayVar(&f.routes, "route", nil, "path of another kind that a domain serves, and the address that it is handed on to, such as /students/=http://10.0.0.8:4108; may be repeated")
	set.StringVar(&f.jwks, "jwks", os.Getenv("HEDDLE_JWKS_URL"), "URL of the issuer's key set (HEDDLE_JWKS_URL); without one no token is asked for")
	set.StringVar(&f.issuer, "issuer", envOr("HEDDLE_ISSUER", "heddle"), "issuer of access tokens, claim iss (HEDDLE_ISSUER)")
	set.StringVar(&f.audience, "audience", envOr("HEDDLE_AUDIENCE", "heddle"), "audience of access tokens, claim aud; empty takes any (HEDDLE_AUDIENCE)")
	set.StringVar(&f.certificate, "tls-certificate", "", "PEM file with the certificate, and those of its issuers, to answer over TLS")
	set.StringVar(&f.key, "tls-key", "", "PEM file with the certificate's private key")
	set.StringVar(&f.redis, "redis", os.Getenv("HEDDLE_REDIS_URL"), "Redis with the list of ended sessions, as redis://host:port (HEDDLE_REDIS_URL)")
	set.StringVar(&f.profiles, "profiles", "", "private address at which to serve the process's CPU and memory profiles, such as 127.0.0.1:6060; empty: nowhere")
	set.StringSliceVar(&f.forward, "forward-header", nil, "header to hand on to subgraphs beside Authorization; may be repeated")
	set.StringSliceVar(&f.origins, "origin", nil, `origin of another site whose pages may use the endpoint, such as https://app.example.com, or "*"; may be repeated`)
	set.StringArrayVar(&f.labels, "label", nil, "label of progressive overrides that is active for everybody; may be repeated")
	set.StringArrayVar(&f.extensions, "error-extension", nil, "key of subgraphs' errors' extensions that clients see, beside code, field and retryAfter; may be repeated")
	set.StringVar(&f.explainScope, "explain-scope", "", "scope of callers who may ask for the plan of an operation in its answer")
	set.DurationVar(&f.operation, "operation-timeout", 60*time.Second, "how long a query or mutation may take")
	set.Int64Var(&f.body, "body-limit", 1<<20, "bytes that a request without a token may have; one with a token may have limits.body_with_token of the configuration, 16 MiB")
	set.BoolVar(&f.subgraphNames, "subgraph-names", false, "tell clients which subgraph an error came from")
	set.BoolVar(&f.noSharing, "no-sharing", false, "ask and answer for each request alone, also where identical ones are in flight")
	set.DurationVar(&f.drain, "drain-timeout", 30*time.Second, "how long running operations may take to finish after SIGTERM")
	set.DurationVar(&f.delay, "drain-delay", 0, "how long connections are accepted after SIGTERM while /readyz says 503")
}

func envOr(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// config puts the flags over the file. What neither says has the flag's default.
func (f *routerFlags) config(changed func(flag string) bool) (routerConfig, error) {
	c, err := readRouterConfig(f.file)
	if err != nil {
		return c, err
	}
	override(&c.Listen, f.listen, changed("listen"))
	override(&c.Supergraph, f.supergraph, changed("supergraph"))
	override(&c.Redis, f.redis, changed("redis"))
	override(&c.TLS.Certificate, f.certificate, changed("tls-certificate"))
	override(&c.TLS.Key, f.key, changed("tls-key"))
	override(&c.Profiles, f.profiles, changed("profiles"))
	if f.jwks != "" && (changed("jwks") || len(c.Issuers) == 0) {
		c.Issuers = []issuerConfig{{Issuer: f.issuer, Audience: f.audience, JWKS: f.jwks}}
	}
	if (changed("issuer") || changed("audience")) && f.jwks == "" {
		return c, errors.New("--issuer and --audience need the issuer's key set: give --jwks URL")
	}
	if len(f.forward) > 0 {
		c.ForwardHeaders = f.forward
	}
	if len(f.origins) > 0 {
		c.Origins = f.origins
	}
	for _, label := range f.labels {
		c.Labels = append(c.Labels, ruleConfig{Name: label})
	}
	if len(f.extensions) > 0 {
		c.Extensions = f.extensions
	}
	if changed("explain-scope") {
		c.ExplainScope = f.explainScope
	}
	if changed("operation-timeout") {
		c.Timeouts.Operation = seconds(f.operation)
	}
	if changed("body-limit") {
		c.Limits.Body = f.body
	}
	if changed("subgraph-names") {
		c.SubgraphNames = f.subgraphNames
	}
	if changed("no-sharing") {
		c.NoSharing = f.noSharing
	}
	if changed("drain-timeout") {
		c.Timeouts.Drain = seconds(f.drain)
	}
	if changed("drain-delay") {
		c.Timeouts.DrainDelay = seconds(f.delay)
	}
	if changed("supergraph-poll") {
		c.Poll = seconds(f.poll)
	}
	return c, errors.Join(f.overrideURLs(&c), f.overrideRoutes(&c), f.overrideHeader(&c), c.check())
}

func override(value *string, flag string, changed bool) {
	if changed || *value == "" {
		*value = flag
	}
}

func (f *routerFlags) overrideURLs(c *routerConfig) error {
	for _, pair := range f.subgraphURLs {
		name, address, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return fmt.Errorf("--subgraph-url %q is not of the form name=URL", pair)
		}
		if c.Subgraphs == nil {
			c.Subgraphs = map[string]subgraphConfig{}
		}
		c.Subgraphs[name] = subgraphConfig{URL: address}
	}
	return nil
}

func (f *routerFlags) overrideHeader(c *routerConfig) error {
	for _, line := range f.headers {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return fmt.Errorf(`--supergraph-header %q is not of the form "Name: value"`, line)
		}
		if c.Header == nil {
			c.Header = map[string]string{}
		}
		c.Header[name] = strings.TrimSpace(value)
	}
	return nil
}

func readRouterConfig(file string) (c routerConfig, err error) {
	if file == "" {
		return c, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("read configuration %s: %w", file, err)
	}
	return c, nil
}

func (c routerConfig) check() error {
	for i, issuer := range c.Issuers {
		if issuer.Issuer == "" {
			return fmt.Errorf("issuer %d of the configuration has no issuer (the claim iss of its tokens)", i+1)
		}
		if err := checkURL(issuer.JWKS); err != nil {
			return fmt.Errorf("the key set of issuer %q: %w", issuer.Issuer, err)
		}
	}
	for _, origin := range c.Origins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || u.Path != "") {
			return fmt.Errorf("the origin %q is not one such as https://app.example.com", origin)
		}
	}
	return c.checkRoutes()
}

// checkSubgraphURL takes the scheme h2c too: HTTP/2 without TLS.
func checkSubgraphURL(address string) error {
	if rest, ok := strings.CutPrefix(address, "h2c://"); ok {
		address = "http://" + rest
	}
	return checkURL(address)
}

func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q is not an http or https URL", address)
	}
	return nil
}

// subgraphClient keeps enough connections open that a busy router does not
// make new ones all the time. It follows no redirects: a subgraph is asked
// where it is said to be.
func subgraphClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 256,
			IdleConnTimeout:     90 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c routerConfig) issuers() []caller.Issuer {
	issuers := make([]caller.Issuer, len(c.Issuers))
	for i, issuer := range c.Issuers {
		issuers[i] = caller.Issuer{Name: issuer.Issuer, Audience: issuer.Audience, JWKS: issuer.JWKS}
	}
	return issuers
}

func (c routerConfig) options(log *slog.Logger) router.Options {
	opts := router.Options{
		Log: log, Extra: c.routes(log), ForwardHeaders: c.ForwardHeaders, AddressHeader: c.AddressHeader, Origins: c.Origins, SubgraphNames: c.SubgraphNames, NoSharing: c.NoSharing, Queue: c.Limits.Queue,
		Limits: serve.Limits{
			Body: c.Limits.Body, KnownBody: c.Limits.KnownBody, Message: c.Limits.Message, Operations: c.Limits.Operations, Subscriptions: c.Limits.Live,
			Files: c.Limits.Files, FileSize: c.Limits.FileSize,
		},
		Operation: operation.Limits{
			Size: c.Limits.QuerySize, Tokens: c.Limits.QueryTokens, Depth: c.Limits.QueryDepth, Aliases: c.Limits.QueryAliases, Fields: c.Limits.QueryFields,
		},
		Timeouts: serve.Timeouts{
			Operation: c.Timeouts.Operation.or(0), Upload: c.Timeouts.Upload.or(0), Init: c.Timeouts.Init.or(0),
			KeepAlive: c.Timeouts.KeepAlive.or(0), Write: c.Timeouts.Write.or(0), Revoked: c.Timeouts.Revoked.or(0),
		},
		WarmUp: c.Timeouts.WarmUp.or(0), Resume: c.Timeouts.Resume.or(0),
		Extensions: c.Extensions, PlanCache: c.Limits.Plans, PlanMemory: c.Limits.PlanMemory, PlanTime: c.Timeouts.Planning.or(0), ExplainScope: c.ExplainScope, SubgraphResponse: c.Limits.Subgraph, Response: c.Limits.Response,
		Label: c.Labels.hold, Policies: c.Policies.holding,
	}
	if len(c.Issuers) > 0 {
		opts.Callers = caller.NewVerifier(c.issuers(), nil)
	}
	return opts
}
