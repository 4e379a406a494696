// Command live measures live delivery: how many deliveries of subscription
// events a second one router process makes to 1,000, 5,000 and 20,000
// subscribers over loopback, how long each takes from the mutation to its
// receipt, and what an idle subscriber costs in memory and goroutines. Beside
// it, in the same run: @graphql-hive/gateway over the same subgraphs, and a
// server that only writes the same bytes to as many WebSockets (the limit).
//
//	go run ./bench/live            # all of it, some minutes
//	go run ./bench/live -smoke     # a few seconds, to see that it works
//	go run ./bench/live -only heddle -sizes 5000
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// settings bound the bench in count and time.
type settings struct {
	smoke    bool
	peers    bool
	only     string        // a contender's name, or none
	sizes    []int         // subscribers
	apart    int           // up to so many subscribers who may not share
	singles  int           // messages that are said one at a time
	atOnce   int           // messages on their way at once, when loaded
	duration time.Duration // of the load
	profile  string        // a folder for CPU profiles of our router, or none
}

var smoke = settings{smoke: true, sizes: []int{50}, apart: 50, singles: 5, atOnce: 4, duration: 300 * time.Millisecond}

func main() {
	s := settings{singles: 20, atOnce: 4, duration: 5 * time.Second}
	sizes := flag.String("sizes", "1000,5000,20000", "how many subscribers, one measurement each")
	flag.StringVar(&s.only, "only", "", "measure this contender alone: heddle, hive or limit")
	flag.IntVar(&s.apart, "apart", 5000, "measure up to so many subscribers who may not share")
	flag.IntVar(&s.atOnce, "at-once", s.atOnce, "how many messages are on their way at once under load")
	flag.DurationVar(&s.duration, "duration", s.duration, "how long each load lasts")
	flag.StringVar(&s.profile, "profile", "", "write CPU and memory profiles of our router into this folder")
	flag.BoolVar(&s.peers, "peers", true, "measure the gateway from npm too (it is installed with npm)")
	doLittle := flag.Bool("smoke", false, "do little, to see that it works")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := s.read(*sizes)
	if *doLittle {
		only := s.only
		s, err = smoke, nil
		s.only = only
	}
	if role := os.Getenv(roleVariable); role != "" {
		err = play(ctx, role)
	} else if err == nil {
		err = run(ctx, s)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func (s *settings) read(sizes string) error {
	for word := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of subscribers", word)
		}
		s.sizes = append(s.sizes, n)
	}
	return nil
}
