package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"heddle/bench/gateway/shop"
)

const (
	// serveAddress names the address at which this program serves, when it starts
	// itself again; answerFile the file with what the static server answers.
	serveAddress = "HEDDLE_BENCH_SERVE"
	answerFile   = "HEDDLE_BENCH_ANSWER"
)

// serve runs the subgraphs, each at its name, or the static answer at /graphql,
// until it is killed.
func serve(address string) error {
	var delay, fetches atomic.Int64
	mux := http.NewServeMux()
	for _, name := range shop.Names {
		server := shop.NewServer(func() time.Duration {
			fetches.Add(1)
			return time.Duration(delay.Load())
		})
		mux.Handle("/"+name, server)
	}
	mux.HandleFunc("/delay", func(_ http.ResponseWriter, r *http.Request) {
		d, _ := time.ParseDuration(r.URL.Query().Get("is")) // what asks is in this package
		delay.Store(int64(d))
	})
	mux.HandleFunc("/fetches", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, fetches.Load()) })
	answer := []byte("{}")
	if file := os.Getenv(answerFile); file != "" {
		var err error
		if answer, err = os.ReadFile(file); err != nil {
			return err
		}
	}
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer)
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

// slow sets how long the subgraphs take.
func (f *field) slow(ctx context.Context, delay time.Duration) error {
	_, err := f.tell(ctx, "/delay?is="+delay.String())
	return err
}

// fetches is how often the subgraphs have been asked so far.
func (f *field) fetches(ctx context.Context) (int, error) {
	text, err := f.tell(ctx, "/fetches")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

func (f *field) tell(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.subgraphs.address+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var text [32]byte
	n, _ := response.Body.Read(text[:])
	return string(text[:n]), nil
}

// writeSupergraph composes the subgraphs where they listen.
func (f *field) writeSupergraph() error {
	sdl, err := shop.Supergraph(func(name string) string { return "http://" + f.subgraphs.address + "/" + name })
	if err != nil {
		return err
	}
	return os.WriteFile(f.supergraph, []byte(sdl), 0o600)
}
