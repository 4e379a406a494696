package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func cores() int { return runtime.NumCPU() }

// table prints rows under a heading, columns aligned.
func table(title string, rows ...[]string) {
	fmt.Printf("\n%s\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(w, "  %s\n", strings.Join(row, "\t"))
	}
	_ = w.Flush() // to standard output: there is nobody else to tell
}

// ratio says how much of the other one figure is.
func ratio(figure, other float64) string {
	switch {
	case other == 0:
		return ""
	case figure/other >= 10:
		return fmt.Sprintf("%.0f x", figure/other)
	}
	return fmt.Sprintf("%.2f x", figure/other)
}

// quantile of durations, which are sorted.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[min(len(all)-1, int(q*float64(len(all))))]
}

func sorted(all []time.Duration) []time.Duration {
	slices.Sort(all)
	return all
}

// short is a duration in milliseconds.
func short(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
