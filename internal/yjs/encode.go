package yjs

import "slices"

// State writes the whole document as one update, as small as it gets: what was
// deleted is gone from it but for the ticks that it took. What waits is in it.
func (d *Doc) State() []byte { return d.Since(nil) }

// Since writes what a replica with the state vector lacks, as one update
// (encodeStateAsUpdate in Yjs). All deletions are in it: a state vector does
// not tell of those.
func (d *Doc) Since(v StateVector) []byte {
	d.tidy()
	w := writer{}
	clients := map[uint64][]*block{}
	for client := range d.blocks {
		if d.clock(client) > v[client] {
			clients[client] = d.blocks[client]
		}
	}
	for client, queue := range d.waiting {
		clients[client] = withGaps(clients[client], queue, max(d.clock(client), v[client]))
		if len(clients[client]) == 0 {
			delete(clients, client)
		}
	}
	w.uint(uint64(len(clients)))
	for _, client := range descending(clients) {
		w.client(client, clients[client], v[client])
	}
	deleted := d.deleted()
	for client, spans := range d.waitingDeleted {
		deleted[client] = append(deleted[client], spans...)
	}
	deleted.tidy()
	w.deletions(deleted)
	return w.data
}

// client writes the client's blocks from the clock on.
func (w *writer) client(client uint64, blocks []*block, from uint64) {
	from = max(from, blocks[0].id.clock)
	for blocks[0].end() <= from {
		blocks = blocks[1:]
	}
	w.uint(uint64(len(blocks)))
	w.uint(client)
	w.uint(from)
	for i, b := range blocks {
		if i == 0 {
			b.write(w, from-b.id.clock)
		} else {
			b.write(w, 0)
		}
	}
}

// withGaps appends the blocks that wait to those that are there, from the clock
// on: without overlaps, and with a skip for what has not come.
func withGaps(there, queue []*block, from uint64) []*block {
	blocks := slices.Clone(there)
	for _, b := range queue {
		if b.end() <= from {
			continue
		}
		if b.id.clock < from {
			b = b.sliceFrom(from)
		}
		if len(blocks) > 0 && b.id.clock > from {
			blocks = append(blocks, &block{id: id{b.id.client, from}, length: b.id.clock - from, ref: refSkip})
		}
		blocks = append(blocks, b)
		from = b.end()
	}
	return blocks
}

func (d *Doc) deleted() ranges {
	deleted := ranges{}
	for client, blocks := range d.blocks {
		for _, b := range blocks {
			if b.deleted {
				deleted.add(client, b.id.clock, b.end())
			}
		}
	}
	return deleted
}
