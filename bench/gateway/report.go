package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// report prints a table per kind of requests, rounds added up. The share is the
// CPU of a request beside that of the peer with the Rust planner.
func report(w io.Writer, s settings, results []result) {
	fmt.Fprintf(w, "%d clients, %d rounds of %s each, subgraphs take %s\n", s.clients, s.rounds, s.duration, s.delay)
	for _, k := range kinds {
		fmt.Fprintf(w, "\n%s\n", k.name)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "\trequests/s\tp50\tp95\tp99\tCPU s/1000\tshare\tpeak memory")
		list := added(results, k.name)
		base := 0.0
		for _, r := range list {
			if r.contender == "hive gateway, Rust planner" {
				base = r.cpuPerThousand()
			}
		}
		for _, r := range list {
			share := ""
			if base > 0 {
				share = fmt.Sprintf("%.3f", r.cpuPerThousand()/base)
			}
			fmt.Fprintf(table, "%s\t%.0f\t%s\t%s\t%s\t%.2f\t%s\t%d MB\n", r.contender, float64(r.requests)/r.seconds,
				r.quantile(0.5), r.quantile(0.95), r.quantile(0.99), r.cpuPerThousand(), share, r.peak>>20)
		}
		_ = table.Flush()
	}
}

// added sums the rounds of each contender, in the order of their first.
func added(results []result, kind string) []result {
	var list []result
	for _, r := range results {
		if r.kind != kind {
			continue
		}
		i := slices.IndexFunc(list, func(have result) bool { return have.contender == r.contender })
		if i < 0 {
			list = append(list, r)
			continue
		}
		have := &list[i]
		have.requests += r.requests
		have.seconds += r.seconds
		have.cpu += r.cpu
		have.peak = max(have.peak, r.peak)
		have.latencies = append(have.latencies, r.latencies...)
		slices.Sort(have.latencies)
	}
	return list
}

func (r result) cpuPerThousand() float64 { return r.cpu / float64(max(r.requests, 1)) * 1000 }

func (r result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[int(q*float64(len(r.latencies)-1))].Round(100 * time.Microsecond)
}
