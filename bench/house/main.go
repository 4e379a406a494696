// Command house measures Heddle as a whole, each figure beside a peer or a
// limit that was measured in the same run: requests over four domains, the
// start, memory at rest, a teacher's class over five domains, and the way of a
// message to a thousand listeners.
//
//	go run ./bench/house            # all of it, a few minutes
//	go run ./bench/house -only start
//	go run ./bench/house -smoke     # a second or two of each, to see that it works
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"heddle/internal/drive"
)

// settings bound the benches in count and time.
type settings struct {
	smoke       bool
	peers       bool
	duration    time.Duration // of each measurement of requests
	clients     int           // that ask at once
	rooms       int           // in the answer
	class       int           // students of a class
	subscribers int
	messages    int // that each subscriber hears
	starts      int
}

// smoke does little of everything.
var smoke = settings{smoke: true, duration: 200 * time.Millisecond, clients: 4, rooms: 3, class: 5, subscribers: 20, messages: 3, starts: 1}

// benches lists the benches in the order in which they run.
var benches = []struct {
	name string
	run  func(context.Context, *bench) error
}{
	{"start", measureStart},
	{"requests", measureRequests},
	{"class", measureClass},
	{"memory", measureMemory},
	{"messages", measureMessages},
}

func main() {
	s := settings{duration: 5 * time.Second, clients: 16, rooms: 20, class: 100, subscribers: 1000, messages: 30, starts: 3}
	only := flag.String("only", "", "run this bench alone: start, requests, class, memory or messages")
	flag.BoolVar(&s.smoke, "smoke", false, "do little of everything, to see that it works")
	flag.BoolVar(&s.peers, "peers", true, "measure the gateway from npm too (it is installed with npm)")
	flag.Parse()
	if s.smoke {
		s = smoke
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if address := os.Getenv(limitAddress); address != "" {
		err = serveLimit(ctx, address)
	} else {
		err = run(ctx, s, *only)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench is what all benches share.
type bench struct {
	settings
	binary drive.Binary
	folder string
	people *people
}

func run(ctx context.Context, s settings, only string) (err error) {
	folder, err := os.MkdirTemp("", "heddle-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := &bench{settings: s, folder: folder, people: newPeople()}
	defer b.people.close()
	if b.binary, err = drive.Build(ctx, folder); err != nil {
		return err
	}
	fmt.Println(machine())
	done := 0
	for _, each := range benches {
		if only != "" && only != each.name {
			continue
		}
		done++
		if err := each.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
	}
	if done == 0 {
		return fmt.Errorf("there is no bench %q", only)
	}
	return nil
}

// temp is a folder for one world.
func (b *bench) temp() (string, error) { return os.MkdirTemp(b.folder, "") }

// finish stops a world and takes its folder away.
func finish(ctx context.Context, w *drive.World, err *error) {
	if w != nil {
		*err = errors.Join(*err, w.Stop(context.WithoutCancel(ctx)), w.Discard())
	}
}

// machine names what the figures are of.
func machine() string {
	model := "an unnamed processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, found := strings.CutPrefix(line, "model name"); found {
				model = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	load, _ := os.ReadFile("/proc/loadavg") // empty where there is none
	return fmt.Sprintf("%s, %d cores in use, load %s, %s", model, cores(), strings.Join(strings.Fields(string(load))[:min(1, len(strings.Fields(string(load))))], ""), time.Now().Format(time.DateOnly))
}
