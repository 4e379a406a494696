package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// report prints a line for each operation.
func report(w io.Writer, results []result) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\ttime beside the peer's\theddle\tthe peer\tfetches\tthe peer's\tin a chain\tthe peer's\tready\tthe peer")
	for _, r := range results {
		ratio := "-"
		if r.theirs.median > 0 && r.ours.median > 0 {
			ratio = fmt.Sprintf("%.2f", float64(r.ours.median)/float64(r.theirs.median))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.name, ratio, r.ours.time(), r.theirs.time(), r.ours.count(r.ours.fetches), r.theirs.count(r.theirs.fetches),
			r.ours.count(r.ours.depth), r.theirs.count(r.theirs.depth), r.ours.ready.Round(100*time.Microsecond), r.theirs.ready.Round(100*time.Microsecond))
	}
	_ = table.Flush()
	listWorse(w, results)
}

func (p planned) time() string {
	if p.Error != "" {
		return "fails"
	}
	return p.median.Round(10 * time.Microsecond).String()
}

func (p planned) count(n int) string {
	if p.Error != "" {
		return "-"
	}
	return fmt.Sprint(n)
}

// listWorse names the operations for which the peer needs fewer fetches, or a
// shorter chain of them.
func listWorse(w io.Writer, results []result) {
	for _, r := range results {
		switch {
		case r.theirs.median == 0:
		case r.ours.Error != "" && r.theirs.Error == "":
			fmt.Fprintf(w, "not planned: %s: %s\n", r.name, r.ours.Error)
		case r.theirs.Error != "":
		case r.ours.fetches > r.theirs.fetches:
			fmt.Fprintf(w, "more fetches: %s: %d, the peer %d%s\n", r.name, r.ours.fetches, r.theirs.fetches, r.remark())
		case r.ours.depth > r.theirs.depth:
			fmt.Fprintf(w, "longer chain: %s: %d, the peer %d\n", r.name, r.ours.depth, r.theirs.depth)
		}
	}
}

// remark says why the peer's fetches are no measure.
func (r result) remark() string {
	if r.contexts {
		return ", which takes nothing from contexts"
	}
	return ""
}

// summary adds up many operations.
func summary(w io.Writer, results []result) {
	var both, more, contexts, fewer, onlyOurs, onlyTheirs int
	var logs float64
	for _, r := range results {
		switch {
		case r.ours.Error != "" && r.theirs.Error == "":
			onlyTheirs++
		case r.ours.Error == "" && r.theirs.Error != "":
			onlyOurs++
		case r.ours.Error == "" && r.theirs.median > 0 && r.ours.fetches > 0:
			both++
			logs += math.Log(float64(r.ours.median) / float64(r.theirs.median))
			if r.ours.fetches > r.theirs.fetches {
				if more++; r.contexts {
					contexts++
				}
			} else if r.ours.fetches < r.theirs.fetches {
				fewer++
			}
		}
	}
	fmt.Fprintf(w, "%d operations planned by both: time beside the peer's %.2f (geometric mean), more fetches in %d (%d of them where the peer takes nothing from contexts), fewer in %d; %d planned by heddle alone, %d by the peer alone\n",
		both, math.Exp(logs/float64(max(both, 1))), more, contexts, fewer, onlyOurs, onlyTheirs)
	listWorse(w, results)
}
