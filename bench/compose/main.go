// Command compose measures how long composing takes and how much memory, for
// graphs from ten subgraphs and twenty types to five hundred and twenty thousand,
// beside @theguild/federation-composition in the same run.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"heddle/router/compose"
)

// sizes are subgraphs and types, and how often each is composed in one process.
var sizes = []struct{ subgraphs, types, times int }{
	{10, 20, 20}, {10, 200, 10}, {100, 2_000, 5}, {500, 20_000, 1},
}

func main() {
	child := flag.Bool("child", false, "compose what comes on standard input; the measured process")
	peer := flag.String("peer", filepath.Join("web", "compose-reference"), "folder of the peer's driver")
	flag.Parse()
	run := func() error { return measureAll(*peer) }
	if *child {
		run = composeInput
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/compose:", err)
		os.Exit(1)
	}
}

// measured is what one process needed.
type measured struct {
	first, median time.Duration
	memory        int64 // peak resident bytes
}

func measureAll(peer string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		fmt.Println("Node.js is not installed: only our own figures")
	}
	fmt.Println("Composing, median of several in one process (first one in brackets), peak memory of the process")
	fmt.Printf("%10s %8s   %24s %8s   %24s %8s   %6s\n", "subgraphs", "types", "heddle", "MB", "federation-composition", "MB", "times")
	for _, size := range sizes {
		input, err := lines(graph(size.subgraphs, size.types), size.times)
		if err != nil {
			return err
		}
		ours, err := measure(exec.Command(self, "-child"), input)
		if err != nil {
			return err
		}
		fmt.Printf("%10d %8d   %24s %8d", size.subgraphs, size.types, ours, ours.memory>>20)
		if node != "" {
			cmd := exec.Command(node, "--max-old-space-size=8192", "driver.mjs")
			cmd.Dir = peer
			theirs, err := measure(cmd, input)
			if err != nil {
				return err
			}
			fmt.Printf("   %24s %8d   %5.1fx", theirs, theirs.memory>>20, float64(theirs.median)/float64(ours.median))
		}
		fmt.Println()
	}
	return nil
}

func (m measured) String() string {
	return fmt.Sprintf("%s (%s)", m.median.Round(10*time.Microsecond), m.first.Round(10*time.Microsecond))
}

// service is a subgraph as the peer's driver reads it.
type service struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	SDL  string `json:"sdl"`
}

func lines(set []compose.Subgraph, times int) ([]byte, error) {
	var services []service
	for _, s := range set {
		services = append(services, service{s.Name, s.URL, s.SDL})
	}
	line, err := json.Marshal(services)
	if err != nil {
		return nil, err
	}
	return bytes.Repeat(append(line, '\n'), times), nil
}

// took is what both processes write for each composition.
type took struct {
	Took   int64             `json:"took"` // nanoseconds
	Errors []json.RawMessage `json:"errors,omitempty"`
	Thrown string            `json:"thrown,omitempty"`
}

func measure(cmd *exec.Cmd, input []byte) (measured, error) {
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return measured{}, fmt.Errorf("run %s: %w", filepath.Base(cmd.Path), err)
	}
	var times []time.Duration
	scanner := bufio.NewScanner(bytes.NewReader(out))
	scanner.Buffer(nil, 1<<30)
	for scanner.Scan() {
		var t took
		if err := json.Unmarshal(scanner.Bytes(), &t); err != nil {
			return measured{}, err
		}
		if len(t.Errors) > 0 || t.Thrown != "" {
			return measured{}, fmt.Errorf("%s refuses the graph: %s %s", filepath.Base(cmd.Path), t.Errors, t.Thrown)
		}
		times = append(times, time.Duration(t.Took))
	}
	if len(times) == 0 {
		return measured{}, fmt.Errorf("%s composed nothing", filepath.Base(cmd.Path))
	}
	m := measured{first: times[0]}
	slices.Sort(times)
	m.median = times[len(times)/2]
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.memory = usage.Maxrss << 10
	}
	return m, nil
}

// composeInput is the measured process: it composes every line.
func composeInput() error {
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 1<<30)
	for scanner.Scan() {
		var services []service
		if err := json.Unmarshal(scanner.Bytes(), &services); err != nil {
			return err
		}
		var set []compose.Subgraph
		for _, s := range services {
			set = append(set, compose.Subgraph{Name: s.Name, URL: s.URL, SDL: s.SDL})
		}
		started := time.Now()
		if _, err := compose.Compose(set); err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(took{Took: int64(time.Since(started))}); err != nil {
			return err
		}
	}
	return scanner.Err()
}
