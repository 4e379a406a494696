package yjs

// writer writes the primitive values of lib0/encoding.
type writer struct{ data []byte }

func (w *writer) byte(b byte) { w.data = append(w.data, b) }

func (w *writer) uint(n uint64) {
	for n >= 0x80 {
		w.data = append(w.data, byte(n)|0x80)
		n >>= 7
	}
	w.data = append(w.data, byte(n))
}

func (w *writer) raw(b []byte) { w.data = append(w.data, b...) }

func (w *writer) bytes(b []byte) {
	w.uint(uint64(len(b)))
	w.raw(b)
}

func (w *writer) string(s string) {
	w.uint(uint64(len(s)))
	w.data = append(w.data, s...)
}

func (w *writer) id(i id) {
	w.uint(i.client)
	w.uint(i.clock)
}
