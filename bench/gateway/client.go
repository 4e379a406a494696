package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// client asks one contender over one connection. It does little itself, so that
// the machine is left to whom it asks.
type client struct {
	address string
	conn    net.Conn
	read    *bufio.Reader
	out     []byte
	answer  bytes.Buffer
}

// dial connects a client. It is bounded by the context's deadline, if any.
func dial(ctx context.Context, address string) (*client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	return &client{address: address, conn: conn, read: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// ask posts a body and gives the answer, which is good until the next one.
func (c *client) ask(body []byte) ([]byte, error) {
	c.out = fmt.Appendf(c.out[:0], "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n\r\n", c.address, len(body))
	c.out = append(c.out, body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.read, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	c.answer.Reset()
	if _, err := c.answer.ReadFrom(response.Body); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %.300s", response.StatusCode, c.answer.Bytes())
	}
	return c.answer.Bytes(), nil
}

// askOnce asks over a connection of its own.
func askOnce(ctx context.Context, address string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.ask(body)
}
