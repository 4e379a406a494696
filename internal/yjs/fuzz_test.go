package yjs_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"heddle/internal/yjs"
)

// seeds are updates with each kind of content, and some that are none.
var seeds = []string{
	"0000",
	"010107000401046d61696e0568656c6c6f00", // text
	"010107000401046d61696e0568656c6c6f01070101 02",            // and a deletion
	"0101070028010161016b01770178 00",                          // a map entry
	"01020700070101780305 6e616d65 000000 00",                  // an XML element
	"0101070a0a0501070000",                                     // skipped
	"ffffffffffffffffff01",                                     // an integer that is too large
	"01ffffffff0f0700",                                         // more blocks than there is room for
	"01010700880101 6101 75ffffff0f",                           // an array that claims too much
	"0101078401 07000161 00",                                   // an item that refers to itself
	"010107008401080061 00",                                    // an item that waits
	"0101ffffffffffffff0f feffffffffffff0f 0003 00",            // a clock at its end
	"010107000201046d61696e 01 ffffffffffffff0f 00",            // a length at its end
	"0101070008010161" + "01" + "7501750175017501750175017f00", // nested arrays
}

// FuzzReadUpdate reads anything. What is taken is merged and written, and what
// was written amounts to the same. Nothing panics, hangs or takes more memory
// than the input is worth.
func FuzzReadUpdate(f *testing.F) {
	for _, text := range seeds {
		data, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(text), []byte(" "), nil)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, data)
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		doc := yjs.New()
		for _, data := range [][]byte{a, b, a} {
			u, err := yjs.ReadUpdate(data)
			if err != nil {
				continue
			}
			doc.Apply(u)
		}
		state := doc.State()
		again, err := yjs.Load(state)
		if err != nil {
			t.Fatalf("% x then % x was written as % x: %v", a, b, state, err)
		}
		if !bytes.Equal(again.State(), state) {
			t.Fatalf("% x then % x: % x reads as % x", a, b, state, again.State())
		}
		for _, name := range doc.Texts() {
			if doc.Text(name) != again.Text(name) {
				t.Fatalf("text %q: %q, then %q", name, doc.Text(name), again.Text(name))
			}
		}
		lacking, err := yjs.Load(state, doc.Since(doc.StateVector()))
		if err != nil || !bytes.Equal(lacking.State(), state) {
			t.Fatalf("% x then % x: what nobody lacks changes something (%v)", a, b, err)
		}
		if update := doc.Replace(1<<52, map[string]string{"main": "é😀"}); update != nil {
			if again, err := yjs.Load(state, update); err != nil || again.Text("main") != "é😀" {
				t.Fatalf("% x then % x: replaced, it reads %q (%v)", a, b, again.Text("main"), err)
			}
		}
	})
}

// FuzzReadStateVector reads anything; what is taken is written and read again.
func FuzzReadStateVector(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{1, 7, 13})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := yjs.ReadStateVector(data)
		if err != nil {
			return
		}
		if _, err := yjs.ReadStateVector(v.Encode()); err != nil {
			t.Fatalf("% x is written as what is not read: %v", data, err)
		}
	})
}
