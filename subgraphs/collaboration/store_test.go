package collaboration_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fault"
	"heddle/internal/yjs"
	"heddle/subgraphs/collaboration"
)

// openStore is the store under the domain of the world, which it has to have opened.
func (w *world) openStore() collaboration.Store {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), "code_talk_collaboration")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(pool.Close)
	return collaboration.NewPostgresStore(pool)
}

func (w *world) append(store collaboration.Store, room string, by person, data []byte) int64 {
	w.t.Helper()
	number, err := store.Append(w.t.Context(), &collaboration.Write{RoomID: room, Author: by.ID, Data: data, At: w.clock.Now()})
	if err != nil {
		w.t.Fatal(err)
	}
	return number
}

func (w *world) compact(store collaboration.Store, room string, number int64, state []byte) {
	w.t.Helper()
	if err := store.Compact(w.t.Context(), room, collaboration.Merged{Number: number, State: state}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) merged(store collaboration.Store, room string) (int64, *yjs.Doc) {
	w.t.Helper()
	found, err := store.Records(w.t.Context(), []string{room}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	doc, err := found[0].Merge()
	if err != nil {
		w.t.Fatal(err)
	}
	return found[0].Number, doc
}

// Several append at once while others merge what is there, over and over. Each
// update has a number of its own, none is missing, and none is lost.
func TestStore_Append_while_it_is_compacted(t *testing.T) {
	w := newWorld(t)
	store, room := w.openStore(), w.Env.NewID()
	ada := w.Person()
	const writers, each = 4, 40
	var mu sync.Mutex
	numbers := map[int64]bool{}
	var writing, compacting sync.WaitGroup
	for n := range writers {
		writing.Go(func() {
			doc := yjs.New()
			for i := range each {
				text := strings.Repeat("x", i) + "!"
				number := w.append(store, room, ada, doc.Replace(uint64(n+1), map[string]string{fmt.Sprint("t", n): text}))
				mu.Lock()
				numbers[number] = true
				mu.Unlock()
			}
		})
	}
	done := make(chan struct{})
	for range 2 {
		compacting.Go(func() {
			for {
				number, doc := w.merged(store, room)
				w.compact(store, room, number, doc.State())
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(done)
	compacting.Wait()
	number, doc := w.merged(store, room)
	if number != writers*each || len(numbers) != writers*each || !numbers[1] || !numbers[writers*each] {
		t.Errorf("the last number is %d, of %d numbers", number, len(numbers))
	}
	want := map[string]string{}
	got := map[string]string{}
	for n := range writers {
		want[fmt.Sprint("t", n)] = strings.Repeat("x", each-1) + "!"
	}
	for _, name := range doc.Texts() {
		got[name] = doc.Text(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

// What was merged up to an earlier number does not take the place of what was
// merged further, nor of what is not there yet.
func TestStore_Compact_late(t *testing.T) {
	w := newWorld(t)
	store, room, ada := w.openStore(), w.Env.NewID(), w.Person()
	doc := yjs.New()
	w.append(store, room, ada, doc.Replace(1, map[string]string{"main": "a"}))
	early := doc.State()
	w.append(store, room, ada, doc.Replace(1, map[string]string{"main": "ab"}))
	w.compact(store, room, 3, early)
	w.compact(store, room, 2, doc.State())
	w.compact(store, room, 1, early)
	if number, doc := w.merged(store, room); number != 2 || doc.Text("main") != "ab" {
		t.Errorf("number %d, text %q", number, doc.Text("main"))
	}
}

// A reader that has something merged already is given the rest alone.
func TestStore_Records_known(t *testing.T) {
	w := newWorld(t)
	store, room, other, ada := w.openStore(), w.Env.NewID(), w.Env.NewID(), w.Person()
	doc := yjs.New()
	var states [][]byte
	for _, text := range []string{"a", "ab", "abc"} {
		w.append(store, room, ada, doc.Replace(1, map[string]string{"main": text}))
		states = append(states, doc.State())
	}
	for _, c := range []struct {
		name            string
		known           int64
		compacted       bool
		updates         int
		beginsWithKnown bool
	}{
		{"nothing known", 0, false, 4, false},
		{"something known", 2, false, 2, true},
		{"all known", 3, false, 1, true},
		{"more known than there is", 9, false, 4, false},
		{"less known than is merged", 2, true, 1, false},
		{"all known, and merged", 3, true, 1, true},
	} {
		if c.compacted {
			w.compact(store, room, 3, states[2])
		}
		known := map[string]collaboration.Merged{}
		if c.known > 0 {
			known[room] = collaboration.Merged{Number: c.known, State: states[min(c.known, 3)-1]}
		}
		found, err := store.Records(t.Context(), []string{other, room}, known)
		if err != nil {
			t.Fatal(err)
		}
		if found[0].Number != 0 || found[0].RoomID != other || len(found[0].Updates) != 0 {
			t.Errorf("%s: an empty document is %+v", c.name, found[0])
		}
		merged, err := found[1].Merge()
		if err != nil || merged.Text("main") != "abc" || found[1].Number != 3 || len(found[1].Updates) != c.updates {
			t.Errorf("%s: %d updates that read %q (%v)", c.name, len(found[1].Updates), merged.Text("main"), err)
		}
		if c.beginsWithKnown && string(found[1].Updates[0]) != string(states[c.known-1]) {
			t.Errorf("%s: what was known does not come first", c.name)
		}
	}
}

// A document that is full takes no more; one that is full of what was deleted
// has room again.
func TestStore_Append_too_large(t *testing.T) {
	w := newWorld(t)
	store, room, ada := w.openStore(), w.Env.NewID(), w.Person()
	doc := yjs.New()
	large := strings.Repeat("x", collaboration.UpdateLimit-100)
	for i := range collaboration.DocumentLimit/len(large) + 3 {
		if i > 0 {
			w.append(store, room, ada, doc.Replace(1, map[string]string{"main": ""}))
		}
		w.append(store, room, ada, doc.Replace(1, map[string]string{"main": fmt.Sprint(i, large)}))
	}
	before, _ := w.merged(store, room)
	var err error
	texts := map[string]string{}
	for n := 0; err == nil && n < 20; n++ {
		texts[fmt.Sprint(n)] = large
		_, err = store.Append(t.Context(), &collaboration.Write{
			RoomID: room, Author: ada.ID, At: w.clock.Now(), Data: doc.Replace(1, texts),
		})
	}
	if fault.CodeOf(err) != fault.Conflict {
		t.Fatalf("error %v, want CONFLICT", err)
	}
	if after, doc := w.merged(store, room); after-before > collaboration.DocumentLimit/int64(len(large))+1 || len(doc.State()) > collaboration.DocumentLimit {
		t.Errorf("%d more updates, %d bytes", after-before, len(doc.State()))
	}
}

// A document is handed over a while after it was last written in, and after a
// longer while if somebody writes on and on; by one of several who look, once.
func TestStore_HandOver(t *testing.T) {
	w := newWorld(t)
	store, room, ada := w.openStore(), w.Env.NewID(), w.Person()
	pool := w.clock
	doc := yjs.New()
	write := func(text string) {
		w.append(store, room, ada, doc.Replace(1, map[string]string{"main": text}))
	}
	handed := func() (n int) {
		t.Helper()
		var mu sync.Mutex
		var looking sync.WaitGroup
		for range 3 {
			looking.Go(func() {
				did, err := store.HandOver(t.Context(), pool.Now())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if did {
					n++
				}
			})
		}
		looking.Wait()
		return n
	}
	write("a")
	if n := handed(); n != 0 {
		t.Errorf("handed over %d times at once", n)
	}
	w.clock.Move(collaboration.Pause)
	if n := handed(); n != 1 {
		t.Errorf("handed over %d times after a pause", n)
	}
	if n := handed(); n != 0 {
		t.Errorf("handed over %d times again", n)
	}
	times := 0
	for elapsed := time.Duration(0); elapsed < collaboration.MostPause+collaboration.Pause; elapsed += collaboration.Pause - time.Second {
		write(fmt.Sprint(elapsed))
		times += handed()
		w.clock.Move(collaboration.Pause - time.Second)
	}
	if times != 1 {
		t.Errorf("handed over %d times while somebody wrote on and on, want once", times)
	}
	write("b")
	if err := store.Due(t.Context(), room, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if n := handed(); n != 1 {
		t.Errorf("handed over %d times once it was due", n)
	}
	if err := store.Due(t.Context(), room, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if n := handed(); n != 0 {
		t.Errorf("handed over %d times with nothing new", n)
	}
}
