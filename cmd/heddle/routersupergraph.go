package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"heddle/router"
	"heddle/router/fetch"
	"heddle/router/source"
	"heddle/router/supergraph"
)

// patience is how long a router that starts waits for an address that has no
// supergraph yet.
const supergraphPatience = 30 * time.Second

// reach knows how to reach the subgraphs of the supergraph that runs.
type reach struct {
	config  routerConfig
	log     *slog.Logger
	running map[string]reached
}

// reached is a subgraph at its address. Each has connections of its own, so that
// they can be let go when it is.
type reached struct {
	url string
	*fetch.Remote
}

// subgraphs gives a way to each subgraph of the supergraph; those that stay
// where they are keep theirs.
func (r *reach) subgraphs(sdl string) (map[string]reached, error) {
	super, err := supergraph.Read(sdl)
	if err != nil {
		return nil, fmt.Errorf("read supergraph %s: %w", r.config.Supergraph, err)
	}
	next := map[string]reached{}
	for _, s := range super.Subgraphs {
		address := s.URL
		if replaced, ok := r.config.Subgraphs[s.Name]; ok {
			address = replaced.URL
		}
		if err := checkSubgraphURL(address); err != nil {
			return nil, fmt.Errorf("the address of subgraph %q: %w; give one with --subgraph-url %s=URL", s.Name, err, s.Name)
		}
		next[s.Name] = r.running[s.Name]
		if next[s.Name].url != address {
			next[s.Name] = reached{address, fetch.HTTP(address, subgraphClient())}
		}
	}
	return next, nil
}

// strangers names a subgraph for which an address is given and that the
// supergraph does not have.
func (r *reach) strangers(next map[string]reached) error {
	for _, name := range slices.Sorted(maps.Keys(r.config.Subgraphs)) {
		if _, known := next[name]; !known {
			return fmt.Errorf("an address is given for subgraph %q, but the supergraph has only %s", name, strings.Join(slices.Sorted(maps.Keys(next)), ", "))
		}
	}
	return nil
}

func fetchers(all map[string]reached) map[string]fetch.Fetcher {
	out := make(map[string]fetch.Fetcher, len(all))
	for name, r := range all {
		out[name] = r.Remote
	}
	return out
}

// swap puts a supergraph that the source has brought in the place of the one
// that runs, or logs why not.
func (r *reach) swap(ctx context.Context, to *router.Router, sdl string) {
	next, err := r.subgraphs(sdl)
	if err != nil {
		to.Refuse(sdl)
	} else {
		err = to.Swap(ctx, sdl, fetchers(next))
	}
	if err != nil {
		r.log.ErrorContext(ctx, "a new supergraph was refused; the last good one stays", "from", r.config.Supergraph, "error", err)
		return
	}
	r.running = next
	if err := r.strangers(next); err != nil {
		r.log.WarnContext(ctx, "the configuration does not fit the new supergraph", "error", err)
	}
}

// source is where the configured supergraph comes from.
func (c routerConfig) source(log *slog.Logger) (source.Source, error) {
	header := http.Header{}
	for name, value := range c.Header {
		header.Set(name, value)
	}
	return source.Of(c.Supergraph, source.Options{Every: c.Poll.or(0), Header: header, Log: log})
}

// firstSupergraph reads what the router starts with.
func firstSupergraph(ctx context.Context, from source.Source) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, supergraphPatience)
	defer cancel()
	return from.Read(ctx)
}
