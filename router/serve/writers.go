package serve

import (
	"runtime"
	"sync"
)

// writers write to many sockets what waits for them, as far as their clients take
// it at once. They are a few goroutines, and none while nothing waits.
type writers struct {
	mu      sync.Mutex
	waiting []*socket
	read    int // how many of waiting have been taken
	busy    int // goroutines
}

// most is how many sockets a writer takes at a time, and roomy how long a list of
// waiting ones is kept for the next.
const (
	most  = 32
	roomy = 1 << 16
)

// add lets the socket be written to. It is not added again before that.
func (w *writers) add(k *socket) {
	w.mu.Lock()
	w.waiting = append(w.waiting, k)
	another := w.busy < runtime.GOMAXPROCS(0)
	if another {
		w.busy++
	}
	w.mu.Unlock()
	if another {
		go w.run()
	}
}

// run writes until nothing waits.
func (w *writers) run() {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	var turn [most]*socket
	for n := w.take(&turn); n > 0; n = w.take(&turn) {
		for _, k := range turn[:n] {
			k.write(p, false)
		}
	}
}

func (w *writers) take(turn *[most]*socket) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n = copy(turn[:], w.waiting[w.read:])
	clear(w.waiting[w.read : w.read+n])
	w.read += n
	if n == 0 {
		w.busy--
	}
	if w.read == len(w.waiting) {
		w.waiting, w.read = w.waiting[:0], 0
		if cap(w.waiting) > roomy {
			w.waiting = nil
		}
	}
	return n
}
