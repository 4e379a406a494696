package fetch

// Waiting tells how many connections of the subgraph wait for their only
// subscription.
func Waiting(f *Remote) int {
	f.sockets.mu.Lock()
	defer f.sockets.mu.Unlock()
	n := 0
	for _, list := range f.sockets.all {
		for _, s := range list {
			s.mu.Lock()
			if s.alone {
				n++
			}
			s.mu.Unlock()
		}
	}
	return n
}

// Places tells how many subscriptions there are on connections of the subgraph.
func Places(f *Remote) int {
	f.sockets.mu.Lock()
	defer f.sockets.mu.Unlock()
	n := 0
	for _, list := range f.sockets.all {
		for _, s := range list {
			s.mu.Lock()
			n += len(s.channels)
			s.mu.Unlock()
		}
	}
	return n
}
