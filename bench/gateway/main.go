// Command gateway measures Heddle's router beside other gateways, on the graph
// that public gateway benchmarks use. Run it from the root of the repository:
//
//	go run ./bench/gateway
//
// It starts the subgraphs, each gateway, and a static server that hands out the
// same bytes (the limit), loads them in turn with several kinds of requests, and
// prints requests a second, latencies, and what each cost in CPU and memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"heddle/bench/gateway/shop"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	clients  int
	duration time.Duration
	rounds   int
	delay    time.Duration
	peers    bool
	serve    string
}

func run() error {
	var s settings
	flag.IntVar(&s.clients, "clients", 20, "how many clients ask at the same time")
	flag.DurationVar(&s.duration, "duration", 5*time.Second, "how long each gateway is loaded in a round")
	flag.IntVar(&s.rounds, "rounds", 2, "how often the gateways take turns")
	flag.DurationVar(&s.delay, "delay", 0, "how long the subgraphs take for an answer")
	flag.BoolVar(&s.peers, "peers", true, "measure the gateways from npm, too")
	flag.StringVar(&s.serve, "serve", "", "serve the subgraphs, or the static answer, at this address (used by the benchmark itself)")
	flag.Parse()
	if s.serve != "" {
		return serve(s)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	return measure(ctx, s)
}

// measure is the benchmark: start, load in turn, report.
func measure(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "heddle-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	subgraphs, err := startSelf(ctx, s, dir)
	if err != nil {
		return err
	}
	defer subgraphs.stop()
	sdl, err := shop.Supergraph(func(name string) string { return "http://" + subgraphs.address + "/" + name })
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "supergraph.graphql")
	if err := os.WriteFile(file, []byte(sdl), 0o644); err != nil {
		return err
	}
	contenders, err := startContenders(ctx, s, dir, file)
	defer func() {
		for _, c := range contenders {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	var results []result
	for _, kind := range kinds {
		for range s.rounds {
			for _, c := range contenders {
				if c.static && kind.name != kinds[0].name {
					continue
				}
				r, err := load(ctx, s, c, kind)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, kind.name, err)
				}
				results = append(results, r)
			}
		}
	}
	report(os.Stdout, s, results)
	return nil
}

// serve runs the subgraphs, and the static answer at /static/graphql, until it
// is killed.
func serve(s settings) error {
	mux := http.NewServeMux()
	for _, name := range shop.Names {
		mux.Handle("/"+name, shop.NewServer(s.delay))
	}
	answer, err := os.ReadFile(os.Getenv("HEDDLE_BENCH_ANSWER"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})
	server := &http.Server{Addr: s.serve, Handler: mux, ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}
