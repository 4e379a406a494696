//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"syscall"
)

const (
	opcodeText  = 1
	opcodeClose = 8
	opcodePing  = 9
	opcodePong  = 10
)

// frame is one of a server's (RFC 6455, section 5.2).
type frame struct {
	opcode  byte
	payload []byte
}

// readFrame reads the first frame; size is 0 while it is not whole.
func readFrame(data []byte) (f frame, size int) {
	if len(data) < 2 {
		return frame{}, 0
	}
	at, length := 2, int(data[1]&0x7f)
	switch {
	case length == 126 && len(data) >= 4:
		at, length = 4, int(binary.BigEndian.Uint16(data[2:]))
	case length == 127 && len(data) >= 10:
		at, length = 10, int(binary.BigEndian.Uint64(data[2:]))
	case length >= 126:
		return frame{}, 0
	}
	if len(data) < at+length {
		return frame{}, 0
	}
	return frame{data[0] & 0x0f, data[at : at+length]}, at + length
}

// clientFrame is a frame of a client; it is masked with zeros.
func clientFrame(opcode byte, payload []byte) []byte {
	out := []byte{0x80 | opcode}
	if len(payload) < 126 {
		out = append(out, 0x80|byte(len(payload)))
	} else {
		out = append(out, 0x80|126, byte(len(payload)>>8), byte(len(payload)))
	}
	return append(append(out, 0, 0, 0, 0), payload...)
}

// subscribe connects a socket and subscribes; rest is what came after the
// server's acknowledgement.
func subscribe(address, token, query string, subscriptions int) (fd int, rest []byte, err error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0, nil, err
	}
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("make a socket: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, syscall.Close(fd))
		}
	}()
	if err = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 20}); err != nil {
		return 0, nil, err
	}
	if err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
		return 0, nil, fmt.Errorf("connect: %w", err)
	}
	rest, err = introduce(fd, address, token)
	for i := 0; i < subscriptions && err == nil; i++ {
		subscribe, _ := json.Marshal(map[string]any{"id": fmt.Sprint(i + 1), "type": "subscribe", "payload": map[string]any{"query": query}}) // strings are always JSON
		_, err = syscall.Write(fd, clientFrame(opcodeText, subscribe))
	}
	return fd, rest, err
}

// introduce upgrades the connection and waits for the acknowledgement.
func introduce(fd int, address, token string) (rest []byte, err error) {
	upgrade := "GET /graphql HTTP/1.1\r\nHost: " + address + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n" +
		"Authorization: Bearer " + token + "\r\n\r\n"
	if _, err := syscall.Write(fd, []byte(upgrade)); err != nil {
		return nil, err
	}
	buffer := make([]byte, 4096)
	have := 0
	read := func() error {
		n, err := syscall.Read(fd, buffer[have:])
		for errors.Is(err, syscall.EINTR) {
			n, err = syscall.Read(fd, buffer[have:])
		}
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("the server does not go on after %q: %w", buffer[:have], err)
		}
		have += n
		return nil
	}
	for !bytes.Contains(buffer[:have], []byte("\r\n\r\n")) {
		if err := read(); err != nil {
			return nil, err
		}
	}
	head, body, _ := bytes.Cut(buffer[:have], []byte("\r\n\r\n"))
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
		return nil, fmt.Errorf("no upgrade: %.200q", head)
	}
	have = copy(buffer, body)
	if _, err := syscall.Write(fd, clientFrame(opcodeText, []byte(`{"type":"connection_init","payload":{"Authorization":"Bearer `+token+`"}}`))); err != nil {
		return nil, err
	}
	for {
		f, size := readFrame(buffer[:have])
		if size == 0 {
			if err := read(); err != nil {
				return nil, err
			}
			continue
		}
		if !bytes.Contains(f.payload, []byte("connection_ack")) {
			return nil, fmt.Errorf("no acknowledgement: %.200q", f.payload)
		}
		return bytes.Clone(buffer[size:have]), nil
	}
}
