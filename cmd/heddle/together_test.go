package main_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"heddle/internal/drive"
	"heddle/internal/soak"
	"heddle/internal/yjs"
)

const (
	applyUpdate = `mutation($input: ApplyCodeUpdateInput!) { applyCodeUpdate(input: $input) { number } }`
	readCode    = `query($room: ID!) { codeDocument(roomId: $room) { number state texts { name content } } }`
	codeUpdated = `subscription($room: ID!, $vector: Bytes, $client: String) {
		codeUpdated(roomId: $room, stateVector: $vector, clientId: $client) { number update catchUp }
	}`
)

// editsEach is how many edits each editor makes. Some 12,000 take a minute.
func editsEach(t *testing.T) int { t.Helper(); return soak.Times(t, "HEDDLE_CODE_EDITS", 400) }

// writesTogether has three editors with the original Yjs and one in Go write in
// the same texts at both routers, each losing its connection now and then. In
// the midst of it the process that one router asks is killed, and started
// again. In the end everybody reads the same, a client that comes later too,
// and everything that was acknowledged is there.
func writesTogether(t *testing.T, w *drive.World, victim *drive.Part) {
	requires(t, "nobody edits with the original Yjs", lacksNode)
	edits, routers := editsEach(t), w.Routers()
	owner := signUp(t, w.Origin(), "owner")
	people := []*person{owner, signUp(t, w.Origin(), "second"), signUp(t, w.Origin(), "third"), signUp(t, w.Origin(), "fourth")}
	room := owner.makeRoom(t, "Together", people[1:]...)
	var editors []*editor
	for i, p := range people[:3] {
		e := p.at(routers[i%len(routers)].Origin()).edits(t, room, i)
		e.tell(map[string]any{"do": "edit", "edits": edits})
		editors = append(editors, e)
	}
	writer := &goEditor{person: people[3].at(routers[len(routers)-1].Origin()), room: room, doc: yjs.New(), random: rand.New(rand.NewPCG(4, 4))}
	wrote := make(chan error, 1)
	go func() { wrote <- writer.edit(t.Context(), edits/10) }()

	editors[0].await(edits / 3)
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	editors[1].await(edits / 2)
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := victim.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for _, e := range editors {
		select {
		case <-e.finished:
		case <-ctx.Done():
			t.Fatalf("%s does not come to an end", e.name)
		}
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	compareTexts(t, owner, room, editors, writer)
}

// compareTexts holds what everybody reads against what the graph has.
func compareTexts(t *testing.T, owner *person, room string, editors []*editor, writer *goEditor) {
	t.Helper()
	number, state, want := codeOf(t, owner, room)
	t.Logf("%d updates, %d bytes, texts of %d and %d bytes", number, len(state), len(want["t0"]), len(want["t1"]))
	for _, e := range editors {
		e.tell(map[string]any{"do": "settle", "number": number})
		select {
		case got := <-e.settled:
			if got.Pending || !maps.Equal(got.Settled, want) {
				t.Errorf("%s reads %.300q (pending: %t), the graph %.300q", e.name, got.Settled, got.Pending, want)
			}
		case <-soon(t).Done():
			t.Fatalf("%s has not heard everything up to %d", e.name, number)
		}
		e.holds(state)
	}
	if err := writer.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := &goEditor{person: owner, room: room, doc: yjs.New()}
	if err := later.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string]*yjs.Doc{"the editor in Go": writer.doc, "a client that comes later": later.doc} {
		if got := textsOf(doc); !doc.Complete() || !maps.Equal(got, want) {
			t.Errorf("%s reads %.300q, the graph %.300q", name, got, want)
		}
	}
	again, err := yjs.Load(append([][]byte{state}, writer.acked...)...)
	if err != nil || string(again.State()) != string(state) {
		t.Errorf("something of the editor in Go was acknowledged and is not there (%v)", err)
	}
}

func textsOf(doc *yjs.Doc) map[string]string {
	return map[string]string{"t0": doc.Text("t0"), "t1": doc.Text("t1")}
}

// codeOf reads the room's document from the graph.
func codeOf(t *testing.T, p *person, room string) (number int, state []byte, texts map[string]string) {
	t.Helper()
	var a struct {
		CodeDocument struct {
			Number int
			State  []byte
			Texts  []struct{ Name, Content string }
		}
	}
	if err := p.must(t, readCode, vars{"room": room}).Into(&a); err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{"t0": "", "t1": ""}
	for _, text := range a.CodeDocument.Texts {
		texts[text.Name] = text.Content
	}
	return a.CodeDocument.Number, a.CodeDocument.State, texts
}

// goEditor is an editor in Go.
type goEditor struct {
	*person
	room   string
	doc    *yjs.Doc
	random *rand.Rand
	acked  [][]byte
}

// edit edits at random, and after each edit hears what the others wrote.
func (g *goEditor) edit(ctx context.Context, edits int) error {
	for i := range edits {
		texts := textsOf(g.doc)
		name := fmt.Sprintf("t%d", g.random.IntN(2))
		letters := []rune(texts[name])
		at := g.random.IntN(len(letters) + 1)
		end := min(len(letters), at+g.random.IntN(4))
		texts[name] = string(letters[:at]) + fmt.Sprintf("<%d→", i) + string(letters[end:])
		update := g.doc.Replace(uint64(i)+1, texts)
		if err := g.send(ctx, update); err != nil {
			return err
		}
		if err := g.catchUp(ctx); err != nil {
			return err
		}
	}
	return nil
}

// send sends the update until it is acknowledged.
func (g *goEditor) send(ctx context.Context, update []byte) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	in := vars{"input": input{"roomId": g.room, "update": base64.StdEncoding.EncodeToString(update), "clientId": "go"}}
	for {
		a, err := g.Ask(ctx, applyUpdate, in)
		if err == nil && len(a.Errors) == 0 {
			g.acked = append(g.acked, update)
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the update is not taken: %v (%w)", a.Errors, err)
		}
	}
}

// catchUp hears what the document lacks.
func (g *goEditor) catchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := g.hearOnce(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

func (g *goEditor) hearOnce(ctx context.Context) error {
	l, err := g.Stream(ctx, codeUpdated, vars{"room": g.room, "vector": base64.StdEncoding.EncodeToString(g.doc.StateVector().Encode())})
	if err != nil {
		return err
	}
	defer l.Stop()
	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	a, err := l.Next(wait)
	if err != nil {
		return err
	}
	var heard struct{ CodeUpdated struct{ Update []byte } }
	if err := a.Into(&heard); err != nil {
		return err
	}
	u, err := yjs.ReadUpdate(heard.CodeUpdated.Update)
	if err != nil {
		return err
	}
	g.doc.Apply(u)
	return nil
}

// handsOver kills both processes as soon as somebody has written, before the
// document is handed over. When they are back, it becomes a snapshot.
func handsOver(t *testing.T, w *drive.World, parts ...*drive.Part) {
	p := signUp(t, w.Origin(), "author")
	room := p.makeRoom(t, "Handed over")
	update := yjs.New().Replace(1, map[string]string{"t0": "written before the crash"})
	p.must(t, applyUpdate, input{"roomId": room, "update": base64.StdEncoding.EncodeToString(update)})
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	for _, part := range parts {
		if err := part.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range parts {
		if err := part.Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	kept := make(chan error, len(parts))
	for _, part := range parts {
		go func() {
			_, err := part.Log.Await(ctx, 0, func(line string) bool {
				return strings.Contains(line, "came to rest") && strings.Contains(line, room)
			})
			kept <- err
		}()
	}
	if err := <-kept; err != nil { // one of them keeps it
		t.Fatal(err)
	}
	a := p.must(t, `query($room: ID!) { room(id: $room) { latestSnapshot { number kind author { id } texts { content } } } }`, vars{"room": room})
	want := `{"room":{"latestSnapshot":{"number":1,"kind":"AUTOMATIC","author":{"id":"` + p.id + `"},"texts":[{"content":"written before the crash"}]}}}`
	if string(a.Data) != want {
		t.Errorf("kept was %s, want %s", a.Data, want)
	}
}
