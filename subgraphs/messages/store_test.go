package messages_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"heddle/internal/fault"
	"heddle/internal/page"
	"heddle/internal/subgraph"
	"heddle/internal/subgraph/subgraphtest"
	"heddle/subgraphs/messages"
)

// openStore opens the domain and gives its store.
func openStore(t *testing.T, w *subgraphtest.World) messages.Store {
	t.Helper()
	r, err := messages.Open(t.Context(), w.Env)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r.Store
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func write(t *testing.T, room, author, text string) *messages.Message {
	t.Helper()
	m, err := messages.NewMessage(newID(), room, author, text, subgraph.Clock())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func create(t *testing.T, s messages.Store, room, author, text string) *messages.Message {
	t.Helper()
	m, err := s.Create(t.Context(), write(t, room, author, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func numbers(rows []*messages.Message) []int64 {
	all := []int64{}
	for _, m := range rows {
		all = append(all, m.Number)
	}
	return all
}

// Two processes write at once, with ids that do not come in the order of the
// commits, while a reader pages on and on: it sees every message, once.
func TestStore_Pages_while_two_processes_write(t *testing.T) {
	t.Parallel()
	const each = 100
	w := subgraphtest.New(t)
	stores := []messages.Store{openStore(t, w), openStore(t, w)}
	room, author := newID(), newID()
	var writers sync.WaitGroup
	for i, s := range stores {
		writers.Go(func() {
			for n := range each {
				m := write(t, room, author, fmt.Sprint(i, " ", n))
				if _, err := s.Create(t.Context(), m, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	var seen []int64
	for ended := false; ; {
		w := page.Window{Limit: 10}
		if len(seen) > 0 {
			w.After = page.Key{fmt.Sprint(seen[len(seen)-1])}
		}
		pages, err := stores[0].Pages(t.Context(), []string{room}, w)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, numbers(pages[0])...)
		if len(pages[0]) == 0 && ended {
			break
		}
		select {
		case <-done:
			ended = true // and look once more
		default:
		}
	}
	want := []int64{}
	for n := range int64(2 * each) {
		want = append(want, n+1)
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("numbers that the reader saw (-want +got):\n%s", diff)
	}
}

func TestStore_Pages(t *testing.T) {
	t.Parallel()
	w := subgraphtest.New(t)
	s := openStore(t, w)
	full, empty, other := newID(), newID(), newID()
	for n := range 5 {
		create(t, s, full, newID(), fmt.Sprint(n+1))
	}
	create(t, s, other, newID(), "elsewhere")
	gone := create(t, s, full, newID(), "6")
	if _, err := s.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		window page.Window
		want   [][]int64
	}{
		{"from the beginning", page.Window{Limit: 2}, [][]int64{{1, 2, 3}, {}, {1}}},
		{"all", page.Window{Limit: 10}, [][]int64{{1, 2, 3, 4, 5}, {}, {1}}},
		{"after", page.Window{Limit: 2, After: page.Key{"3"}}, [][]int64{{4, 5}, {}, {}}},
		{"after the last", page.Window{Limit: 2, After: page.Key{"5"}}, [][]int64{{}, {}, {}}},
		{"before", page.Window{Limit: 9, Before: page.Key{"3"}}, [][]int64{{1, 2}, {}, {1}}},
		{"between", page.Window{Limit: 9, After: page.Key{"1"}, Before: page.Key{"4"}}, [][]int64{{2, 3}, {}, {}}},
		{"from the end", page.Window{Limit: 2, Backward: true}, [][]int64{{5, 4, 3}, {}, {1}}},
		{"from the end before", page.Window{Limit: 1, Backward: true, Before: page.Key{"4"}}, [][]int64{{3, 2}, {}, {1}}},
		{"none", page.Window{Limit: 0}, [][]int64{{1}, {}, {1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages, err := s.Pages(t.Context(), []string{full, empty, other}, c.window)
			if err != nil {
				t.Fatal(err)
			}
			got := [][]int64{numbers(pages[0]), numbers(pages[1]), numbers(pages[2])}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("numbers (-want +got):\n%s", diff)
			}
		})
	}
	counts, err := s.Count(t.Context(), []string{full, empty, other})
	if diff := cmp.Diff(map[string]int{full: 5, other: 1}, counts); err != nil || diff != "" {
		t.Errorf("counts (-want +got):\n%s\nerror: %v", diff, err)
	}
}

func TestStore_Happenings(t *testing.T) {
	t.Parallel()
	s := openStore(t, subgraphtest.New(t))
	room := newID()
	one, two := create(t, s, room, newID(), "one"), create(t, s, room, newID(), "two")
	three, err := s.Delete(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	four := create(t, s, room, newID(), "four")

	want := []messages.Happening{{Number: 2, Message: two}, {Number: three, Deleted: one.ID}, {Number: 4, Message: four}}
	for _, c := range []struct {
		name        string
		after, upTo int64
		limit       int
		want        []messages.Happening
	}{
		{"everything", 0, 4, 9, want},
		{"up to", 0, 3, 9, want[:2]},
		{"after", 2, 4, 9, want[1:]},
		{"at most", 0, 4, 2, want[:2]},
		{"nothing new", 4, 4, 9, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := s.Happenings(t.Context(), room, c.after, c.upTo, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(sameMessage)); diff != "" && len(got)+len(c.want) > 0 {
				t.Errorf("happenings (-want +got):\n%s", diff)
			}
		})
	}
	last, err := s.Last(t.Context(), room)
	if err != nil || last != 4 {
		t.Errorf("last %d (%v), want 4", last, err)
	}
	if last, err := s.Last(t.Context(), newID()); err != nil || last != 0 {
		t.Errorf("last of a silent room %d (%v), want 0", last, err)
	}
}

func sameMessage(a, b *messages.Message) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ID == b.ID && a.RoomID == b.RoomID && a.Number == b.Number && a.AuthorID == b.AuthorID && a.Text == b.Text && a.CreatedAt.Equal(b.CreatedAt)
}

func TestStore_Delete_twice_at_once(t *testing.T) {
	t.Parallel()
	s := openStore(t, subgraphtest.New(t))
	m := create(t, s, newID(), newID(), "once")
	codes := make([]fault.Code, 2)
	var both sync.WaitGroup
	for i := range codes {
		both.Go(func() {
			_, err := s.Delete(t.Context(), m)
			codes[i] = fault.CodeOf(err)
		})
	}
	both.Wait()
	slices.Sort(codes)
	if diff := cmp.Diff([]fault.Code{"", fault.NotFound}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if last, err := s.Last(t.Context(), m.RoomID); err != nil || last != 2 {
		t.Errorf("last %d (%v), want 2: a deletion that did not happen takes no number", last, err)
	}
}

func TestStore_Create_same_key_at_once(t *testing.T) {
	t.Parallel()
	s := openStore(t, subgraphtest.New(t))
	room, author, key := newID(), newID(), "k"
	ids := make([]string, 4)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			m, err := s.Create(t.Context(), write(t, room, author, "hello"), &key)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = m.ID
		})
	}
	all.Wait()
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("ids %q, want one message", ids)
	}
	counts, err := s.Count(t.Context(), []string{room})
	if err != nil || counts[room] != 1 {
		t.Errorf("%d messages (%v), want 1", counts[room], err)
	}
	if _, err := s.Create(t.Context(), write(t, room, author, "other"), &key); !fault.Is(err, fault.Conflict) {
		t.Errorf("another text with the key: %v, want CONFLICT", err)
	}
	if _, err := s.Create(t.Context(), write(t, room, newID(), "other"), &key); err != nil {
		t.Errorf("another person with the key: %v", err)
	}
}
