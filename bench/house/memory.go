package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heddle/internal/drive"
)

// measureMemory reads what Heddle holds when it is up and nobody asks anything,
// and after a thousand requests, beside what a server holds that does nothing
// and beside PostgreSQL.
func measureMemory(ctx context.Context, b *bench) (err error) {
	folder, err := b.temp()
	if err != nil {
		return err
	}
	w, err := b.binary.OneProcess(ctx, folder, nil)
	if err != nil {
		return err
	}
	defer finish(ctx, w, &err)
	limit, err := b.limit(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limit.Kill()) }()
	floor, err := resident(limit.PID())
	if err != nil {
		fmt.Printf("\nMemory is not measured: %v\n", err)
		return nil
	}
	rest, err := resident(w.Parts[0].PID())
	if err != nil {
		return err
	}
	database, err := descendants(w.Parts[0].PID())
	if err != nil {
		return err
	}
	if err := b.busy(ctx, w); err != nil {
		return err
	}
	after, err := resident(w.Parts[0].PID())
	if err != nil {
		return err
	}
	row := func(name string, bytes float64) []string {
		return []string{name, fmt.Sprintf("%.0f MB", bytes/1e6), ratio(bytes, floor)}
	}
	table("Memory (proportional set size)", []string{"", "", "beside the limit"},
		row("heddle dev, at rest: router, four domains, FerretDB, Redis, NATS", rest),
		row("heddle dev, after 1,000 requests", after),
		row("its PostgreSQL, all processes", database),
		row("a Go server that does nothing (the limit)", floor))
	return nil
}

// busy asks a thousand questions.
func (b *bench) busy(ctx context.Context, w *drive.World) error {
	n := 1000
	if b.smoke {
		n = 20
	}
	c, err := account(ctx, w.Origin(), "busy-one")
	for range n {
		if err != nil {
			return err
		}
		_, err = c.Ask(ctx, lobby, nil)
	}
	return err
}

// resident is a process's proportional set size in bytes: pages that are
// shared count for each by its part (Linux).
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "Pss:"); found {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024, err
		}
	}
	return 0, errors.New("smaps_rollup has no line Pss")
}

// descendants is the memory of all processes below one.
func descendants(pid int) (float64, error) {
	children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, file := range children {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				return 0, err
			}
			own, err := resident(child)
			if err != nil {
				continue // a process that has ended
			}
			below, err := descendants(child)
			if err != nil {
				return 0, err
			}
			sum += own + below
		}
	}
	return sum, nil
}
