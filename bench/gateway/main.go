// Command gateway measures Heddle's router beside other gateways, on the graph
// that public gateway benchmarks use. Run it from the root of the repository:
//
//	go run ./bench/gateway
//
// It starts the subgraphs, each gateway, and a static server that hands out the
// same bytes (the limit), loads them in turn with several kinds of requests, and
// prints what a request costs in CPU, requests a second, latencies, peak memory
// and fetches, and whether the bars hold.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/gateway:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	clients  int
	duration time.Duration
	rounds   int
	warm     time.Duration
	delays   durations
	kinds    names
	only     names
	peers    bool
	smoke    bool
	profile  string
	// sharing and alone are where the two Heddles show their profiles.
	sharing, alone string
}

// smoke is enough to see that everything works, without what npm installs.
var smoke = settings{clients: 4, duration: 200 * time.Millisecond, rounds: 1, warm: 100 * time.Millisecond, delays: durations{0, time.Millisecond}, kinds: kindNames()}

func run() error {
	s := settings{delays: durations{0, 4 * time.Millisecond}, kinds: kindNames()}
	flag.IntVar(&s.clients, "clients", 50, "how many clients ask at the same time, as in public benchmarks")
	flag.DurationVar(&s.duration, "duration", 3*time.Second, "how long each contender is loaded with a kind in a round")
	flag.IntVar(&s.rounds, "rounds", 3, "how often the contenders take turns")
	flag.DurationVar(&s.warm, "warm", 2*time.Second, "how long each contender is loaded with a kind before the first round")
	flag.Var(&s.delays, "delays", "how long the subgraphs take for an answer, one after the other")
	flag.Var(&s.kinds, "kinds", "kinds of requests")
	flag.Var(&s.only, "only", "contenders to measure, by a part of their names; none: all")
	flag.BoolVar(&s.peers, "peers", true, "measure the gateways from npm, too")
	flag.BoolVar(&s.smoke, "smoke", false, "a moment of each, without peers, to see that it works")
	flag.StringVar(&s.profile, "profile", "", "write CPU and allocation profiles of Heddle into this folder, one of each for a kind, and measure nothing")
	flag.Parse()
	for _, name := range s.kinds {
		if !slices.Contains(kindNames(), name) {
			return fmt.Errorf("there is no kind %q: choose from %s", name, strings.Join(kindNames(), ","))
		}
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	switch {
	case os.Getenv(serveAddress) != "":
		return serve(os.Getenv(serveAddress))
	case s.profile != "":
		return profile(ctx, s)
	case s.smoke:
		return measure(ctx, smoke, os.Stdout)
	}
	return measure(ctx, s, os.Stdout)
}

// durations is a list of durations as a flag: 0s,4ms.
type durations []time.Duration

func (d *durations) String() string { return strings.Trim(fmt.Sprint([]time.Duration(*d)), "[]") }

// Set reads the flag.
func (d *durations) Set(text string) error {
	*d = nil
	for part := range strings.SplitSeq(text, ",") {
		duration, err := time.ParseDuration(part)
		if err != nil {
			return err
		}
		*d = append(*d, duration)
	}
	return nil
}

// names is a list of names as a flag: a,b.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

// Set reads the flag.
func (n *names) Set(text string) error {
	*n = strings.Split(text, ",")
	return nil
}
