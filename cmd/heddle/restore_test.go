package main_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"heddle/internal/drive"
	"heddle/internal/yjs"
)

// restoresLargeTexts brings back texts that are larger than what anybody may send
// who is not signed in.
func restoresLargeTexts(t *testing.T, w *drive.World) {
	p := signUp(t, w.Origin(), "writer")
	room := p.makeRoom(t, "Large")
	writer := &goEditor{person: p, room: room, doc: yjs.New(), random: rand.New(rand.NewPCG(5, 5))}
	texts := map[string]string{"t0": "", "t1": ""}
	for i := range 5 {
		texts["t0"] += strings.Repeat(string(rune('a'+i)), 300<<10)
		if err := writer.send(t.Context(), writer.doc.Replace(uint64(i)+1, texts)); err != nil {
			t.Fatal(err)
		}
	}
	p.must(t, `mutation($room: ID!) { saveSnapshot(input: {roomId: $room}) { snapshot { number } } }`, vars{"room": room})
	if err := writer.send(t.Context(), writer.doc.Replace(9, map[string]string{"t0": "short", "t1": ""})); err != nil {
		t.Fatal(err)
	}
	p.must(t, `mutation($room: ID!) { restoreSnapshot(input: {roomId: $room, number: 1}) { snapshot { number } } }`, vars{"room": room})
	if _, _, now := codeOf(t, p, room); now["t0"] != texts["t0"] {
		t.Errorf("the text has %d bytes, not %d, after it was restored", len(now["t0"]), len(texts["t0"]))
	}
}
