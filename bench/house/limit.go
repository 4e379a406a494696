package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"heddle/internal/drive"
)

// server is a process beside Heddle, at an origin.
type server struct {
	*drive.Process
	origin string
}

// What tells this program to be the limit instead: the address to listen on,
// and the file with the answer.
const (
	limitAddress = "BENCH_LIMIT_ADDRESS"
	limitAnswer  = "BENCH_LIMIT_ANSWER"
)

// limit starts this program again as a server that only writes the answer.
func (b *bench) limit(ctx context.Context, answer []byte) (*server, error) {
	file := filepath.Join(b.folder, "answer.json")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address, err := drive.FreeAddress()
	if err != nil {
		return nil, err
	}
	process, err := drive.Binary{Path: self}.Start("limit", []string{limitAddress + "=" + address, limitAnswer + "=" + file})
	if err != nil {
		return nil, err
	}
	if err := process.Ready(ctx, address); err != nil {
		return nil, errors.Join(err, process.Kill())
	}
	return &server{process, "http://" + address}, nil
}

// serveLimit is what a server cannot be faster than: it reads each request and
// writes bytes that it has. At /socket it takes WebSockets, and writes the body
// of each request to /tell to all of them.
func serveLimit(ctx context.Context, address string) error {
	answer, err := os.ReadFile(os.Getenv(limitAnswer))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(answer)
	})
	var all sockets
	mux.HandleFunc("/socket", all.join)
	mux.HandleFunc("/tell", all.tell)
	s := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sockets are plain WebSockets that all hear the same.
type sockets struct {
	mu  sync.Mutex
	all []*websocket.Conn
}

func (s *sockets) join(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock() // before the client knows that it is connected
	defer s.mu.Unlock()
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s.all = append(s.all, conn)
}

func (s *sockets) tell(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	message, prepared := websocket.NewPreparedMessage(websocket.TextMessage, body)
	if err = errors.Join(err, prepared); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.all {
		if err := conn.WritePreparedMessage(message); err != nil {
			http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
			return
		}
	}
}
