package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// report prints a table.
func report(title string, rows []row) {
	fmt.Printf("\n%s\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tone at a time\t\tmany writers\t\t\t\t\t")
	fmt.Fprintln(w, "\tp50\tp99\twrites/s\teffects/s\tp50\tp99\tout of order\ttwice")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t", r.title, ms(r.p50), ms(r.p99), r.writes)
		if r.effects == 0 {
			fmt.Fprintln(w, "\t\t\t\t")
			continue
		}
		fmt.Fprintf(w, "%.0f\t%s\t%s\t%d\t%d\n", r.effects, ms(r.loadP50), ms(r.loadP99), r.disorder, r.doubled)
	}
	_ = w.Flush() // to standard output: there is nobody else to tell
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
