package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report prints a table for each delay and kind, and the bars.
func report(w io.Writer, s settings, results []result) {
	for _, delay := range s.delays {
		for _, k := range s.chosen() {
			fmt.Fprintf(w, "\n%s; subgraphs take %s\n", k.what, delay)
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "\tCPU beside the Rust planner's\tCPU s/1000\trequests/s\tp50\tp95\tp99\tpeak memory\tfetches/request")
			for _, r := range results {
				if r.delay != delay || r.kind != k.name {
					continue
				}
				fmt.Fprintf(table, "%s\t%s\t%.2f\t%.0f\t%s\t%s\t%s\t%d MB\t%.2f\n", r.contender, beside(r, find(results, hiveRust, k.name, delay)),
					r.cpuPerThousand(), r.perSecond(), r.quantile(0.5), r.quantile(0.95), r.quantile(0.99), r.peak>>20, r.perRequest(r.fetches))
			}
			_ = table.Flush()
		}
	}
	fmt.Fprintln(w)
	for _, delay := range s.delays {
		for _, b := range bars {
			b.report(w, results, delay)
		}
	}
}

// bar is what Heddle has to keep: a ratio to somebody else in the same setting.
type bar struct {
	what               string
	kind, ours, theirs string
	// of is what is compared; holds is whether it is good enough.
	of    func(r *result) float64
	most  bool // the limit is the most, not the least
	limit float64
	// prompt is for a bar where clients wait for nothing but the gateway.
	prompt bool
}

var bars = []bar{
	{"CPU per request beside the Rust planner's, requests that differ in text (a literal), Heddle sharing nothing", text, heddleAlone, hiveRust, (*result).cpuPerThousand, true, 1.0 / 6, false},
	{"CPU per request beside the Rust planner's, requests that differ in text (an alias), Heddle sharing nothing", alias, heddleAlone, hiveRust, (*result).cpuPerThousand, true, 1.0 / 6, false},
	{"CPU per request beside the Rust planner's, requests that differ in text (the order of fields), Heddle sharing nothing", order, heddleAlone, hiveRust, (*result).cpuPerThousand, true, 1.0 / 6, false},
	{"CPU per request beside the Rust planner's, requests that differ in text (the fields, planned from nothing), Heddle sharing nothing", fields, heddleAlone, hiveRust, (*result).cpuPerThousand, true, 1.0 / 6, false},
	{"CPU per request beside the Rust planner's, requests that differ in variables, both as they come", variables, heddle, hiveRust, (*result).cpuPerThousand, true, 1.0 / 5, false},
	{"throughput beside the static server's, one request repeated, sharing", same, heddle, static, (*result).perSecond, false, 1.0 / 3, true},
}

// report prints whether a bar holds, where both sides were measured.
func (b bar) report(w io.Writer, results []result, delay time.Duration) {
	ours, theirs := find(results, b.ours, b.kind, delay), find(results, b.theirs, b.kind, delay)
	if ours == nil || theirs == nil || b.prompt && delay > 0 {
		return
	}
	ratio := b.of(ours) / b.of(theirs)
	bound, holds := "at least", ratio >= b.limit
	if b.most {
		bound, holds = "at most", ratio <= b.limit
	}
	verdict := "holds"
	if !holds {
		verdict = "DOES NOT HOLD"
	}
	fmt.Fprintf(w, "%s: %.3f (%s, subgraphs take %s; %s %.3f)\n", verdict, ratio, b.what, delay, bound, b.limit)
}

// find is the result of a contender in a setting, or nil.
func find(results []result, contender, kind string, delay time.Duration) *result {
	for i := range results {
		if r := &results[i]; r.contender == contender && r.kind == kind && r.delay == delay {
			return r
		}
	}
	return nil
}

func beside(r result, base *result) string {
	if base == nil {
		return ""
	}
	return fmt.Sprintf("%.3f", r.cpuPerThousand()/base.cpuPerThousand())
}

func (r *result) cpuPerThousand() float64 { return r.cpu / float64(max(r.requests, 1)) * 1000 }

func (r *result) perSecond() float64 { return float64(r.requests) / r.seconds }

func (r *result) perRequest(n int) float64 { return float64(n) / float64(max(r.requests, 1)) }

func (r *result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[int(q*float64(len(r.latencies)-1))].Round(100 * time.Microsecond)
}
