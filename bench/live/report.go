package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// row is a contender's figures, or why there are none.
type row struct {
	title string
	figures
	why error
}

// report prints a table.
func report(size int, a audience, rows []row) {
	fmt.Printf("\n%d subscribers, %s\n", size, a.title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tone message at a time\t\t\tunder load\t\t\t\t\tan idle subscriber\t\t")
	fmt.Fprintln(w, "\tdeliveries/s\tp50\tp99\tdeliveries/s\tp50\tp99\tCPU\tload's CPU\tmemory\tcollected\tgoroutines")
	for _, r := range rows {
		if r.why != nil {
			why, _, _ := strings.Cut(r.why.Error(), "\n")
			fmt.Fprintf(w, "%s\tfails: %.200s\n", r.title, why)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.1f KB\t", r.title, r.single.cells(), r.loaded.cells(), micro(r.loaded.cpu), micro(r.loaded.client), r.memory/1024)
		if r.goroutines > 0 {
			fmt.Fprintf(w, "%.1f KB\t%.2f", r.held/1024, r.goroutines)
		} else {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to standard output: there is nobody else to tell
}

func (f figure) cells() string {
	return fmt.Sprintf("%.0f\t%.1f ms\t%.1f ms", f.perSecond, ms(f.p50), ms(f.p99))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func micro(d time.Duration) string {
	return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
}
