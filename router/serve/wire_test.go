package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"heddle/router/operation"
)

// sized answers a query that is a number with a text of that length.
func sized(_ context.Context, call Call) (Answer, error) {
	n, err := strconv.Atoi(call.Request.Query)
	return Answer{Kind: operation.Query, Body: fmt.Appendf(nil, `{"data":%q}`, strings.Repeat("x", n))}, err
}

// A client that asks for more than the connection holds, and only then begins to
// read, gets every answer whole, in order, with the answers to its pings between
// them; over TLS too, where nobody can write without waiting.
func TestWebSocket_client_that_reads_late(t *testing.T) {
	t.Parallel()
	for _, encrypted := range []bool{false, true} {
		t.Run(fmt.Sprintf("encrypted: %t", encrypted), func(t *testing.T) {
			t.Parallel()
			endpoint := New(sized, Options{})
			server := httptest.NewUnstartedServer(endpoint)
			dialer := websocket.Dialer{Subprotocols: []string{modern.name}}
			if encrypted {
				server.StartTLS()
				dialer.TLSClientConfig = server.Client().Transport.(*http.Transport).Clone().TLSClientConfig
				dialer.TLSClientConfig.NextProtos = nil
			} else {
				server.Start()
			}
			t.Cleanup(server.Close)
			conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http")+"/graphql", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			pongs := 0
			conn.SetPongHandler(func(string) error { pongs++; return nil })
			say := func(kind int, text string) {
				t.Helper()
				if err := conn.WriteMessage(kind, []byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			say(websocket.TextMessage, `{"type":"connection_init"}`)
			sizes := map[string]int{}
			for n, size := range append([]int{0, 90, 91, 92, 93, 94, 125, 126, 65_000, 65_490, 65_500, 65_535, 65_536}, many(70, 150_000)...) {
				id := strconv.Itoa(n + 1)
				sizes[id] = size
				say(websocket.TextMessage, fmt.Sprintf(`{"type":"subscribe","id":%q,"payload":{"query":"%d"}}`, id, size))
				if n%10 == 0 {
					say(websocket.PingMessage, "")
				}
			}
			asked := (len(sizes) + 9) / 10
			answered := map[string]bool{}
			for len(sizes) > 0 || pongs < asked {
				if len(sizes) == 0 {
					say(websocket.TextMessage, `{"type":"ping"}`) // something to read after the pongs
				}
				_, data, err := conn.ReadMessage()
				if err != nil {
					t.Fatalf("with %d answers missing: %v", len(sizes), err)
				}
				var m struct {
					ID, Type string
					Payload  struct{ Data string }
				}
				if err := json.Unmarshal(data, &m); err != nil {
					t.Fatalf("got %.100q: %v", data, err)
				}
				size, waited := sizes[m.ID]
				switch {
				case m.Type == "connection_ack" || m.Type == "pong":
				case m.Type == "next" && waited && !answered[m.ID] && m.Payload.Data == strings.Repeat("x", size):
					answered[m.ID] = true
				case m.Type == "complete" && answered[m.ID]:
					delete(sizes, m.ID)
				default:
					t.Fatalf("got %.100q", data)
				}
			}
		})
	}
}

// many is the same size so many times.
func many(times, size int) []int {
	sizes := make([]int, times)
	for i := range sizes {
		sizes[i] = size
	}
	return sizes
}

// Messages that wait together are written together, each a frame of its own.
func TestFrames_seal(t *testing.T) {
	t.Parallel()
	f := &frames{}
	var out []byte
	for _, n := range []int{0, 1, 125, 126, 65_535, 65_536} {
		at := len(out)
		out = f.seal(append(f.open(out), bytes.Repeat([]byte{'x'}, n)...), at)
	}
	want := []byte{0x81, 0, 0x81, 1, 'x', 0x81, 125}
	if !bytes.HasPrefix(out, want) {
		t.Errorf("the frames begin with % x, want % x", out[:len(want)], want)
	}
	if whole := 2 + 3 + 127 + 4 + 126 + 4 + 65_535 + 10 + 65_536; len(out) != whole {
		t.Errorf("the frames have %d bytes, want %d", len(out), whole)
	}
}
