package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"heddle/internal/run"
)

// messageLimit is the largest message of the MongoDB wire protocol, in bytes.
const messageLimit = 48_000_000 + 16<<10

// isolated is a listener in front of FerretDB that gives writes the isolation
// that MongoDB promises: two changes of one document happen one after the
// other. FerretDB reads a document, changes it, and writes all of it back, so
// that of two at once the later would undo the earlier.
type isolated struct {
	log   *slog.Logger
	turns turns

	mu       sync.Mutex
	listener net.Listener
	backend  string
	open     map[net.Conn]bool
	served   sync.WaitGroup
}

// isolate listens on the address and hands what comes to the backend, until the
// returned service is stopped.
func isolate(log *slog.Logger, address, backend string) (run.Service, net.Addr, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, nil, err
	}
	i := &isolated{log: log, listener: listener, backend: backend, open: map[net.Conn]bool{}}
	i.served.Go(i.accept)
	return i, listener.Addr(), nil
}

// Start does nothing: an isolated listener is open when it is made.
func (i *isolated) Start(context.Context) error { return nil }

// Stop closes the listener and its connections.
func (i *isolated) Stop(context.Context) error {
	err := i.listener.Close()
	i.mu.Lock()
	for conn := range i.open {
		_ = conn.Close() // its goroutine says what there is to say
	}
	i.open = nil
	i.mu.Unlock()
	i.served.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (i *isolated) accept() {
	for {
		client, err := i.listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				i.log.Error("FerretDB takes no more connections", "error", err)
			}
			return
		}
		i.served.Go(func() { i.serve(client) })
	}
}

// serve hands one client's messages to a connection of its own to the backend.
func (i *isolated) serve(client net.Conn) {
	defer client.Close()
	if !i.keep(client) {
		return
	}
	defer i.drop(client)
	backend, err := net.Dial("tcp", i.backend)
	if err != nil {
		i.log.Error("FerretDB takes no connection", "error", err)
		return
	}
	defer backend.Close()
	if !i.keep(backend) {
		return
	}
	defer i.drop(backend)
	for {
		message, err := readMessage(client)
		if err != nil {
			return // the client has gone
		}
		if err := i.exchange(client, backend, message); err != nil {
			return // one of the two has gone; the other hears it from its connection
		}
	}
}

// exchange sends a request to the backend and its reply to the client. A write
// waits for its turn before, and the turn ends when the backend has replied,
// whether or not the client is still there.
func (i *isolated) exchange(client, backend net.Conn, request []byte) error {
	if finds := spread(request); finds != nil {
		reply, err := gather(backend, finds)
		if err != nil {
			return err
		}
		if reply != nil {
			_, err := client.Write(reply)
			return err
		}
	}
	reply, err := func() ([]byte, error) {
		defer i.turns.take(target(request))()
		if _, err := backend.Write(request); err != nil {
			return nil, err
		}
		if moreToCome(request) {
			return nil, nil
		}
		return readMessage(backend)
	}()
	for err == nil && reply != nil {
		if _, err = client.Write(reply); err == nil && moreToCome(reply) {
			reply, err = readMessage(backend)
			continue
		}
		return err
	}
	return err
}

func readMessage(from io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n < headerSize || n > messageLimit {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	message := make([]byte, n)
	copy(message, size[:])
	_, err := io.ReadFull(from, message[4:])
	return message, err
}

func (i *isolated) keep(conn net.Conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.open == nil {
		return false
	}
	i.open[conn] = true
	return true
}

func (i *isolated) drop(conn net.Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.open, conn)
}
