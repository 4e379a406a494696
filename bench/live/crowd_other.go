//go:build !linux

package main

import (
	"context"
	"errors"
)

// crowd needs epoll.
type crowd struct{ *ledger }

func gather(context.Context, string, int, func(i int) string, func(ctx context.Context, text string) error) (*crowd, error) {
	return nil, errors.New("the bench of live delivery runs on Linux only")
}

func (c *crowd) close() {}
