package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"heddle/internal/drive"
	"heddle/internal/embedded"
)

// measureStart times the first start over an empty folder and the second, each
// beside the start of PostgreSQL alone in the same state.
func measureStart(ctx context.Context, b *bench) error {
	var first, second, made, again []time.Duration
	for range b.starts {
		one, two, err := b.startHeddle(ctx)
		if err != nil {
			return err
		}
		first, second = append(first, one), append(second, two)
		if one, two, err = b.startPostgres(ctx); err != nil {
			return err
		}
		made, again = append(made, one), append(again, two)
	}
	row := func(name string, ours, limit []time.Duration) []string {
		o, l := quantile(sorted(ours), 0.5), quantile(sorted(limit), 0.5)
		return []string{name, short(o), short(l), ratio(float64(o), float64(l))}
	}
	table(fmt.Sprintf("Start, from exec to ready (median of %d)", b.starts),
		[]string{"", "heddle dev", "PostgreSQL alone (the limit)", "ratio"},
		row("first, empty folder, with demo data", first, made),
		row("second", second, again))
	return nil
}

// startHeddle starts over an empty folder, and again over what that left.
func (b *bench) startHeddle(ctx context.Context) (first, second time.Duration, err error) {
	folder, err := b.temp()
	if err != nil {
		return 0, 0, err
	}
	var w *drive.World
	begin := time.Now()
	if w, err = b.binary.OneProcess(ctx, folder, nil); err != nil {
		return 0, 0, err
	}
	first = time.Since(begin)
	defer finish(ctx, w, &err)
	if err := w.Stop(ctx); err != nil {
		return 0, 0, err
	}
	begin = time.Now()
	err = w.Parts[0].Start(ctx)
	return first, time.Since(begin), err
}

// startPostgres does the same with the cluster alone.
func (b *bench) startPostgres(ctx context.Context) (first, second time.Duration, err error) {
	path, err := b.temp()
	if err != nil {
		return 0, 0, err
	}
	folder, err := embedded.OpenFolder(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	for _, took := range []*time.Duration{&first, &second} {
		cluster := embedded.NewCluster(folder, slog.New(slog.DiscardHandler))
		begin := time.Now()
		if err := cluster.Start(ctx); err != nil {
			return 0, 0, err
		}
		*took = time.Since(begin)
		if err := cluster.Stop(ctx); err != nil {
			return 0, 0, err
		}
	}
	return first, second, nil
}
