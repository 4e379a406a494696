package main_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"heddle/internal/drive"
)

// TestToken_bad asks with tokens that are no good, over each transport.
func TestToken_bad(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		good := issuer().Token(newID(), nil)
		signature := strings.LastIndex(good, ".") + 1
		for name, token := range map[string]string{
			"expired":          issuer().Token(newID(), map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}),
			"without end":      issuer().Token(newID(), map[string]any{"exp": nil}),
			"not yet valid":    issuer().Token(newID(), map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}),
			"other audience":   issuer().Token(newID(), map[string]any{"aud": "somebody-else"}),
			"unknown issuer":   issuer().Token(newID(), map[string]any{"iss": "https://evil.example"}),
			"of nobody":        issuer().Token("", nil),
			"forged signature": good[:signature] + strings.Repeat("A", len(good)-signature),
			"no signature":     "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".",
			"not a token":      "open sesame",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := &person{Client: drive.Client{Origin: w.Origin(), Token: token}, username: name}
				a := p.refused(t, unauthenticated, `{ rooms { totalCount } }`, nil)
				if a.Status != http.StatusUnauthorized || a.Data != nil || a.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("status %d, %s", a.Status, a.Body)
				}
				assertNothingInternal(t, a)
				if _, err := p.Stream(t.Context(), `subscription { roomUpdated(roomId: "`+someID+`") { id } }`, nil); err == nil || !strings.Contains(err.Error(), "401") {
					t.Errorf("a stream: %v", err)
				}
				if _, err := p.Socket(soon(t)); err == nil || !strings.Contains(err.Error(), "close 4403: Forbidden") {
					t.Errorf("a WebSocket: %v", err)
				}
			})
		}
	})
}

// TestSocket_bad_protocol asks for a sub-protocol that there is not.
func TestSocket_bad_protocol(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *drive.World) {
		for _, protocols := range [][]string{{"carrier-pigeon"}, nil} {
			dialer := websocket.Dialer{Subprotocols: protocols}
			conn, _, err := dialer.DialContext(soon(t), strings.Replace(w.Origin(), "http", "ws", 1)+"/graphql", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, 4406) {
				t.Errorf("%v: the socket ends with %v", protocols, err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
		signedOut(w.Origin()).must(t, `{ __typename }`, nil)
	})
}
