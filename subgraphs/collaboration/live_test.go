package collaboration_test

import (
	"testing"

	"heddle/internal/yjs"
)

func TestCodeUpdated_thin(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	room := w.room(ada, grace)
	s := w.code.Subscribe(grace, codeUpdated, variables{"room": room})
	if u := next(s); !u.CatchUp || u.Number != 0 {
		t.Errorf("%+v", u)
	}
	doc := yjs.New()
	data := doc.Replace(7, map[string]string{"main": "package main\n"})
	var a any
	w.code.Get(ada, apply, variables{"room": room, "update": data, "client": "7"}, &a)
	t.Log(a)
	t.Logf("%+v", next(s))
	t.Logf("%+v", w.read(w.code, ada, room))
}
