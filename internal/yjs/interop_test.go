package yjs_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"heddle/internal/soak"
	"heddle/internal/yjs"
)

// scenarios is how many random histories are tried.
func scenarios(t *testing.T) int { t.Helper(); return soak.Times(t, "HEDDLE_YJS_SCENARIOS", 200) }

func apply(t *testing.T, doc *yjs.Doc, updates ...[]byte) {
	t.Helper()
	for _, data := range updates {
		u, err := yjs.ReadUpdate(data)
		if err != nil {
			t.Fatal(err)
		}
		doc.Apply(u)
	}
}

func vector(t *testing.T, data []byte) yjs.StateVector {
	t.Helper()
	v, err := yjs.ReadStateVector(data)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// reads checks what the document reads, in Go.
func (s *scenario) reads(t *testing.T, what string, doc *yjs.Doc) {
	t.Helper()
	for name, want := range s.Texts {
		if got := doc.Text(name); got != want {
			t.Fatalf("%s: text %s is %q, want %q", what, name, got, want)
		}
	}
	if !doc.Complete() {
		t.Fatalf("%s: something waits", what)
	}
	if got, want := doc.StateVector(), vector(t, s.Vector); !maps.Equal(got, want) {
		t.Fatalf("%s: state vector %v, want %v", what, got, want)
	}
}

// TestDoc_beside_Yjs has random people write with the original Yjs, and takes
// what they wrote in order, in any other order, several times over, in pieces
// and in one. It always amounts to what the original makes of it.
func TestDoc_beside_Yjs(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	for seed := range scenarios(t) {
		rich := seed%2 == 1
		s := p.scenario(seed, 60, rich, false)
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		name := fmt.Sprintf("seed %d", seed)

		doc := yjs.New()
		apply(t, doc, s.Updates...)
		s.reads(t, name+", in order", doc)
		p.same(name+", in order", s, doc.State())
		p.same(name+", what the half lacks", s, s.Half, doc.Since(vector(t, s.HalfVector)))
		if got, want := doc.StateVector().Encode(), s.Vector; !bytes.Equal(got, want) {
			t.Fatalf("%s: state vector % x, want % x", name, got, want)
		}

		merged, err := yjs.Load(s.Merged)
		if err != nil {
			t.Fatal(err)
		}
		s.reads(t, name+", merged by Yjs", merged)

		shuffled := yjs.New()
		order := r.Perm(len(s.Updates))
		for i, n := range append(order, order[:len(order)/3]...) {
			apply(t, shuffled, s.Updates[n])
			if i%7 == 3 { // it goes to sleep and wakes up, with what waits
				if shuffled, err = yjs.Load(shuffled.State()); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.reads(t, name+", out of order", shuffled)
		p.same(name+", out of order", s, shuffled.State())
	}
}

// TestDoc_splits_pairs has people write within surrogate pairs, which no editor
// does. In the order in which it was written, each half reads as U+FFFD, as in
// the original. (In another order the original itself does not always agree.)
func TestDoc_splits_pairs(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	for seed := range scenarios(t) / 4 {
		s := p.scenario(seed, 60, false, true)
		doc := yjs.New()
		apply(t, doc, s.Updates...)
		s.reads(t, fmt.Sprintf("seed %d", seed), doc)
		p.same(fmt.Sprintf("seed %d", seed), s, doc.State())
	}
}

// TestDoc_Replace makes texts read as at another time, which every replica then
// does, and what was written meanwhile elsewhere is kept.
func TestDoc_Replace(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	for seed := range scenarios(t) / 4 {
		s := p.scenario(seed, 60, seed%2 == 1, false)
		doc, err := yjs.Load(s.Half)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, name := range doc.Texts() {
			want[name] = doc.Text(name)
		}
		apply(t, doc, s.Updates...)
		update := doc.Replace(uint64(1<<33+seed), want)
		if got := texts(doc); !maps.Equal(got, want) {
			t.Fatalf("seed %d: the texts are %q, want %q", seed, got, want)
		}
		if again := doc.Replace(uint64(1<<34+seed), want); again != nil {
			t.Fatalf("seed %d: what reads so already is changed by % x", seed, again)
		}
		if update == nil {
			continue
		}
		s.Updates = append(s.Updates, update)
		p.same(fmt.Sprintf("seed %d, replaced", seed), s, doc.State())
		others := yjs.New()
		apply(t, others, s.Updates...)
		if got := texts(others); !maps.Equal(got, want) {
			t.Fatalf("seed %d: another replica reads %q, want %q", seed, got, want)
		}
	}
}

func texts(doc *yjs.Doc) map[string]string {
	texts := map[string]string{}
	for _, name := range doc.Texts() {
		texts[name] = doc.Text(name)
	}
	return texts
}

// TestReadUpdate_damaged changes, cuts and lengthens real updates. What is read
// is also written, and reads the same again; what breaks off or goes on is
// refused; and what Yjs refuses is refused here.
func TestReadUpdate_damaged(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	for seed := range scenarios(t) / 10 {
		s := p.scenario(seed, 40, true, false)
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		for _, data := range s.Updates {
			if _, err := yjs.ReadUpdate(append(slices.Clone(data), 0)); err == nil {
				t.Fatalf("seed %d: a byte too many was read", seed)
			}
			if _, err := yjs.ReadUpdate(data[:r.IntN(len(data))]); err == nil {
				t.Fatalf("seed %d: what breaks off was read", seed)
			}
			damaged := slices.Clone(data)
			damaged[r.IntN(len(damaged))] ^= 1 << r.IntN(8)
			u, err := yjs.ReadUpdate(damaged)
			if err != nil {
				continue
			}
			if !p.reads(damaged) {
				t.Fatalf("seed %d: % x was read, which Yjs does not read", seed, damaged)
			}
			doc := yjs.New()
			doc.Apply(u)
			again, err := yjs.Load(doc.State())
			if err != nil {
				t.Fatalf("seed %d: % x is written as what is not read: %v", seed, damaged, err)
			}
			if !bytes.Equal(again.State(), doc.State()) {
				t.Fatalf("seed %d: % x reads otherwise after it was written", seed, damaged)
			}
		}
	}
}
