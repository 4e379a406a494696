package main_test

import (
	"context"
	"strings"
	"testing"

	"heddle/internal/drive"
)

// TestApart breaks one process after another of a Heddle that runs apart.
func TestApart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	w, err := binary().Apart(ctx, t.TempDir(), trusted())
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	showLogs(t, w)
	t.Cleanup(func() { stop(t, w) })
	for _, name := range []string{"messages", "router"} {
		t.Run("kill "+name, func(t *testing.T) { survives(t, w, w.Part(name), 2) })
	}
	t.Run("kill code talk", func(t *testing.T) { writesTogether(t, w, w.Part("code talk")) })
	t.Run("restore large texts", func(t *testing.T) { restoresLargeTexts(t, w) })
	t.Run("kill both code talks", func(t *testing.T) { handsOver(t, w, w.Part("code talk"), w.Part("code talk 2")) })
	for _, name := range []string{"messages", "users"} {
		t.Run("without "+name, func(t *testing.T) { goesWithout(t, w, w.Part(name)) })
	}
}

// down is what a question over four domains gives while one does not answer.
var down = map[string]string{
	"messages": `{"me":{"id":"$id","username":"$name"},"room":{"title":"Apart","owner":{"username":"$name"},"messages":null}}`,
	"users":    `{"me":null,"room":null}`,
}

// goesWithout kills a domain's process: what the others know still comes, with
// an error that has a code. When the process is back, so is the rest.
func goesWithout(t *testing.T, w *drive.World, victim *drive.Part) {
	p := signUp(t, w.Origin(), "perdita")
	room := p.makeRoom(t, "Apart")
	p.say(t, room, "All there")
	const question = `query($room: ID!) { me { id username } room(id: $room) { title owner { username } messages(last: 1) { edges { node { text } } } } }`
	whole := p.must(t, question, vars{"room": room})
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	a := p.ask(t, question, vars{"room": room})
	assertNothingInternal(t, a)
	for _, e := range a.Errors {
		if e.Code() != "SUBGRAPH_UNAVAILABLE" || len(e.Path) == 0 {
			t.Errorf("the error is %v", e)
		}
	}
	if want := strings.NewReplacer("$id", p.id, "$name", p.username).Replace(down[victim.Name]); len(a.Errors) == 0 || string(a.Data) != want {
		t.Errorf("without %s: %s\nwanted data %s", victim.Name, a.Body, want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := victim.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if again := p.must(t, question, vars{"room": room}); string(again.Body) != string(whole.Body) {
		t.Errorf("when it is back: %s\nwanted %s", again.Body, whole.Body)
	}
}
