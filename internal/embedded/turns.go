package embedded

import "sync"

// turns lets writes of a collection go side by side as long as each changes
// another document; one that may change any document goes alone.
type turns struct {
	mu          sync.Mutex
	collections map[string]*sync.RWMutex
	documents   map[write]*turn
}

// turn is the lock of a document, kept while somebody has it or waits for it.
type turn struct {
	sync.Mutex
	wanted int
}

// take waits for the turn of a write and returns the function that ends it.
func (t *turns) take(w write) (end func()) {
	if w.collection == "" {
		return func() {}
	}
	collection := t.collection(w.collection)
	if w.document == "" {
		collection.Lock()
		return collection.Unlock
	}
	collection.RLock()
	document := t.want(w)
	document.Lock()
	return func() {
		document.Unlock()
		t.leave(w, document)
		collection.RUnlock()
	}
}

func (t *turns) collection(name string) *sync.RWMutex {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.collections == nil {
		t.collections, t.documents = map[string]*sync.RWMutex{}, map[write]*turn{}
	}
	if t.collections[name] == nil {
		t.collections[name] = &sync.RWMutex{}
	}
	return t.collections[name]
}

func (t *turns) want(w write) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.documents[w] == nil {
		t.documents[w] = &turn{}
	}
	t.documents[w].wanted++
	return t.documents[w]
}

func (t *turns) leave(w write, document *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if document.wanted--; document.wanted == 0 {
		delete(t.documents, w)
	}
}
