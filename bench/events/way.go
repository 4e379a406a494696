package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"heddle/internal/run"
)

// way is one way from a write to its effect.
type way struct {
	title string
	open  func(ctx context.Context, b *bench, heard *effects) (world, error)
}

// world is a way that is open: write returns when the write is acknowledged.
// The effects are heard once they are committed; where there are none, a write
// is all.
type world struct {
	run.Service
	write   func(ctx context.Context, id, thing string) error
	effects bool
}

// ours are the ways of the product.
var ours = []way{{"PostgreSQL outbox", openPostgres}, {"MongoDB outbox", openMongo}}

func (b *bench) ways() []way {
	return append(slices.Clone(ours),
		way{"a River job per event instead of our relay", openRiver},
		way{"limit: the write to PostgreSQL alone", openRows},
		way{"limit: the write to MongoDB alone", openDocuments},
		way{"limit: JetStream alone, publish to acknowledgement", openBus},
	)
}

// row is what was measured of a way.
type row struct {
	title             string
	writes, effects   float64 // a second, under load; effects 0 where there are none
	p50, p99          time.Duration
	loadP50, loadP99  time.Duration
	disorder, doubled int
}

// effects are what was heard.
type effects struct {
	mu      sync.Mutex
	began   map[string]time.Time // by event
	took    map[string]time.Duration
	last    map[string]string // event, by thing
	late    int               // effects before those of earlier events of their thing
	again   int
	one     chan string
	waiting bool
	wanted  int // effects after which all is closed; 0: nobody waits for so many
	all     chan struct{}
}

func newEffects() *effects {
	return &effects{began: map[string]time.Time{}, took: map[string]time.Duration{}, last: map[string]string{}, one: make(chan string, 1)}
}

func (e *effects) begin(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.began[id] = time.Now()
}

// heard notes that the event has had its effect on the thing. Ids are UUIDv7:
// of one writer they grow.
func (e *effects) heard(id, thing string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	began, known := e.began[id]
	if !known {
		return // of another world that shares the stream
	}
	if _, before := e.took[id]; before {
		e.again++
		return
	}
	e.took[id] = time.Since(began)
	if id < e.last[thing] {
		e.late++
	}
	e.last[thing] = id
	if e.waiting {
		e.one <- id
	}
	if len(e.took) == e.wanted {
		close(e.all)
	}
}

// wants begins anew, and gives what is closed after so many effects.
func (e *effects) wants(n int) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting, e.took = false, map[string]time.Duration{}
	e.wanted, e.all = n, make(chan struct{})
	return e.all
}

// reset forgets what was heard.
func (e *effects) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.began, e.took, e.last = map[string]time.Time{}, map[string]time.Duration{}, map[string]string{}
}

func (e *effects) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.took)
}

// row measures one way.
func (b *bench) row(ctx context.Context, w way) (row, error) {
	b.count++
	heard := newEffects()
	open, err := w.open(ctx, b, heard)
	if err != nil {
		return row{}, err
	}
	if err := open.Start(ctx); err != nil {
		return row{}, err
	}
	defer func() { _ = open.Stop(context.WithoutCancel(ctx)) }() // what was measured was measured
	r := row{title: w.title}
	if err := b.singly(ctx, open, heard, &r); err != nil {
		return r, err
	}
	err = b.loaded(ctx, open, heard, &r)
	return r, err
}

// singly writes one event after the other, each after the effect of the last.
func (b *bench) singly(ctx context.Context, open world, heard *effects, r *row) error {
	heard.waiting = true
	var took []time.Duration
	for i := range b.singles + b.singles/10 + 1 {
		id := uuid.Must(uuid.NewV7()).String()
		heard.begin(id)
		began := time.Now()
		if err := open.write(ctx, id, "thing-"+strconv.Itoa(i%b.things)); err != nil {
			return err
		}
		if open.effects {
			select {
			case <-heard.one:
			case <-time.After(time.Minute):
				return fmt.Errorf("event %s had no effect within a minute", id)
			}
		}
		if i > b.singles/10 { // the first ones warm up
			took = append(took, time.Since(began))
		}
	}
	r.p50, r.p99 = quantiles(took)
	return nil
}

// loaded has many writers write, each about things of its own, and waits for all
// effects.
func (b *bench) loaded(ctx context.Context, open world, heard *effects, r *row) error {
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	each := b.events / b.writers
	n := each * b.writers
	all := heard.wants(n)
	began := time.Now()
	for writer := range b.writers {
		group.Go(func() {
			for i := range each {
				id := uuid.Must(uuid.NewV7()).String()
				heard.begin(id)
				thing := "thing-" + strconv.Itoa(writer+b.writers*(i%max(1, b.things/b.writers)))
				if err := open.write(ctx, id, thing); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	r.writes = float64(n) / time.Since(began).Seconds()
	if !open.effects {
		return nil
	}
	select {
	case <-all:
	case <-time.After(10 * time.Minute):
		return fmt.Errorf("%d of %d events had their effect within ten minutes", heard.count(), n)
	}
	r.effects = float64(n) / time.Since(began).Seconds()
	heard.mu.Lock()
	defer heard.mu.Unlock()
	var took []time.Duration
	for _, d := range heard.took {
		took = append(took, d)
	}
	r.loadP50, r.loadP99 = quantiles(took)
	r.disorder, r.doubled = heard.late, heard.again
	return nil
}

func quantiles(took []time.Duration) (p50, p99 time.Duration) {
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[len(took)/2], took[min(len(took)-1, len(took)*99/100)]
}
