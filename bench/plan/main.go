// Command plan measures how long Heddle takes to plan an operation cold, from
// its text, and how many fetches the plan has, beside the query planner of Hive
// Router (Rust) on the same supergraph. Run it from the root of the repository:
//
//	go run ./bench/plan
//
// The hard graphs are made here; then come the cases of router/plan/testdata.
// Those with more fetches than the peer needs are listed by name.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/plan:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	times       int
	peer, cases bool
	smoke       bool
	show        string
}

func run() error {
	var s settings
	flag.IntVar(&s.times, "times", 11, "how often each operation is planned; the median counts")
	flag.BoolVar(&s.peer, "peers", true, "plan with the peer, too (it is installed with npm)")
	flag.BoolVar(&s.cases, "cases", true, "plan the cases of router/plan/testdata, too")
	flag.BoolVar(&s.smoke, "smoke", false, "plan each hard operation once, without the peer, to see that it works")
	flag.StringVar(&s.show, "show", "", "print the plans of the operations with this in their names")
	flag.Parse()
	if s.smoke {
		s = settings{times: 1, show: s.show}
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	results, err := measure(ctx, s, os.Stdout)
	for _, r := range results {
		if s.show != "" && strings.Contains(r.name, s.show) {
			fmt.Printf("\n== %s\n%s\n-- heddle\n%s-- the peer\n%s%s\n", r.name, r.query, r.ours.text, r.theirs.text, r.theirs.Error)
		}
	}
	return err
}

func measure(ctx context.Context, s settings, w io.Writer) ([]result, error) {
	var p *peer
	if s.peer {
		var err error
		if p, err = startPeer(ctx); err != nil {
			return nil, fmt.Errorf("the peer cannot be had (leave it out with -peers=false): %w", err)
		}
		defer p.stop()
	}
	hard, err := hardGraphs()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(w, "Hard graphs: planning cold, from the text of the operation")
	results, err := compareAll(ctx, s, p, hard)
	if err != nil {
		return nil, err
	}
	report(w, results)
	if s.cases {
		cases, err := goldenGraphs()
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(w, "\nThe cases of router/plan/testdata")
		more, err := compareAll(ctx, s, p, cases)
		if err != nil {
			return nil, err
		}
		summary(w, more)
		results = append(results, more...)
	}
	return results, nil
}

// result is one operation, planned by both.
type result struct {
	name, query string
	ours        planned
	theirs      planned
	// contexts tells that the graph takes arguments from contexts, which the peer
	// leaves out: it asks for nothing to take them from.
	contexts bool
}

// compareAll plans the operations of all graphs.
func compareAll(ctx context.Context, s settings, p *peer, graphs []graph) ([]result, error) {
	var results []result
	for _, g := range graphs {
		ours, err := g.plan(ctx, s.times)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.name, err)
		}
		theirs := make([]planned, len(ours))
		if p != nil {
			if theirs, err = p.plan(g, s.times); err != nil {
				return nil, fmt.Errorf("the peer, %s: %w", g.name, err)
			}
		}
		for i, o := range g.operations {
			results = append(results, result{strings.TrimSuffix(g.name+": "+o.name, ": "), o.query, ours[i], theirs[i], strings.Contains(g.sdl, "contextArguments:")})
		}
	}
	return results, nil
}
