package main_test

import (
	"net/http"
	"strings"
	"testing"

	"heddle/internal/drive"
)

// TestRequest_id follows one request id from the client through the router and
// every domain, into the logs and back.
func TestRequest_id(t *testing.T) {
	t.Parallel()
	w := apart.get(t)
	p := signUp(t, w.Origin(), "tracey")
	room := p.makeRoom(t, "Traced")
	marks := map[*drive.Part]int{}
	for _, part := range w.Parts {
		marks[part] = part.Log.Mark()
	}
	id := "trace-" + newID()
	p.Header = http.Header{"X-Request-Id": {id}}
	a := p.must(t, `query($room: ID!) { me { roles username } room(id: $room) { messages(last: 1) { totalCount } } }`, vars{"room": room})
	if got := a.Header.Get("X-Request-Id"); got != id {
		t.Errorf("the answer's request id is %q", got)
	}
	for _, name := range []string{"router", "auth", "users", "rooms", "messages"} {
		part := w.Part(name)
		if _, err := part.Log.Await(soon(t), marks[part], func(line string) bool { return strings.Contains(line, id) }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a := signedOut(w.Origin()).must(t, `{ __typename }`, nil); len(a.Header.Get("X-Request-Id")) < 16 {
		t.Errorf("a request without an id gets %q", a.Header.Get("X-Request-Id"))
	}
}
