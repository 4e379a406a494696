package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"heddle/bench/live/chat"
	"heddle/internal/drive"
	"heddle/router"
	"heddle/router/fetch"
	"heddle/router/serve"
)

// What tells this program to be one of the processes that are measured: which,
// the address to listen on, and for the router its supergraph and the address
// at which it tells of itself.
const (
	roleVariable       = "BENCH_LIVE_ROLE"
	addressVariable    = "BENCH_LIVE_ADDRESS"
	supergraphVariable = "BENCH_LIVE_SUPERGRAPH"
	insideVariable     = "BENCH_LIVE_INSIDE"
)

// play is such a process; it runs until ctx ends or it is killed.
func play(ctx context.Context, role string) error {
	address := os.Getenv(addressVariable)
	switch role {
	case "subgraphs":
		handler, err := chat.Handler()
		if err != nil {
			return err
		}
		return listen(ctx, address, handler)
	case "limit":
		return listen(ctx, address, newLimit())
	case "heddle":
		return playRouter(ctx, address)
	}
	return fmt.Errorf("there is no role %q", role)
}

func listen(ctx context.Context, address string, handler http.Handler) error {
	s := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// playRouter is our router as `heddle router` runs it, with a second address at
// which it tells how many goroutines it has and takes profiles.
func playRouter(ctx context.Context, address string) error {
	supergraph, err := os.ReadFile(os.Getenv(supergraphVariable))
	if err != nil {
		return err
	}
	fetchers := map[string]fetch.Fetcher{}
	for _, name := range chat.Names {
		fetchers[name] = fetch.HTTP(os.Getenv("BENCH_LIVE_SUBGRAPHS")+"/"+name, http.DefaultClient)
	}
	r, err := router.New(string(supergraph), fetchers, router.Options{Limits: serve.Limits{Subscriptions: -1}}) // one person has them all
	if err != nil {
		return err
	}
	listener := router.Listen(address, r, nil)
	if err := listener.Start(ctx); err != nil {
		return err
	}
	inside := http.NewServeMux()
	inside.HandleFunc("/goroutines", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, runtime.NumGoroutine()) })
	inside.HandleFunc("/collect", func(http.ResponseWriter, *http.Request) {
		for range 3 { // what is pooled goes with the second, and a stack that has grown halves with each
			debug.FreeOSMemory()
		}
	})
	inside.HandleFunc("/debug/pprof/", pprof.Index)
	inside.HandleFunc("/debug/pprof/profile", pprof.Profile)
	return errors.Join(listen(ctx, os.Getenv(insideVariable), inside), listener.Stop(context.WithoutCancel(ctx)))
}

// server is one of the processes that are measured.
type server struct {
	*drive.Process
	address string
	inside  string // where our router tells of itself; empty for others
}

// start starts this program again in a role.
func (b *bench) start(ctx context.Context, role string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{}
	for _, address := range []*string{&s.address, &s.inside} {
		if *address, err = drive.FreeAddress(); err != nil {
			return nil, err
		}
	}
	env := []string{roleVariable + "=" + role, addressVariable + "=" + s.address, insideVariable + "=" + s.inside, supergraphVariable + "=" + b.supergraph}
	if b.subgraphs != nil {
		env = append(env, "BENCH_LIVE_SUBGRAPHS=http://"+b.subgraphs.address)
	}
	if s.Process, err = (drive.Binary{Path: self}).Start(role, env); err != nil {
		return nil, err
	}
	if role != "heddle" {
		s.inside = ""
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.Ready(ctx, s.address); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}
