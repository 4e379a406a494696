package fetch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/router/fetch"
)

// A subgraph without WebSockets is asked for events; what ends without being
// completed was cut off.
func TestSubscribe_events_over_HTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		media, says string
		want        []string
		fails       bool
	}{
		"completed": {"text/event-stream", "event: next\ndata: {\"data\":1}\n\n:\n\nevent: next\ndata: {\"data\":2}\n\nevent: complete\ndata:\n\n", []string{`{"data":1}`, `{"data":2}`}, false},
		"cut off":   {"text/event-stream", "event: next\ndata: {\"data\":1}\n\n", []string{`{"data":1}`}, true},
		"refused":   {"application/json", `{"errors":[]}`, []string{`{"errors":[]}`}, false},
		"no JSON":   {"text/html", "<html>", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer a" {
					w.WriteHeader(http.StatusMethodNotAllowed)
					return
				}
				w.Header().Set("Content-Type", c.media)
				_, _ = io.WriteString(w, c.says) // the other end may be gone
			}))
			t.Cleanup(server.Close)
			client := &http.Client{Transport: &http.Transport{}}
			t.Cleanup(client.CloseIdleConnections)
			f := fetch.HTTP(server.URL, client)
			for range 2 { // found out, and remembered
				opened := false
				var got []string
				err := f.Subscribe(fetch.WhenOpen(t.Context(), func() { opened = true }), fetch.Request{Body: []byte(`{}`), Header: http.Header{"Authorization": {"Bearer a"}}}, func(payload []byte) error {
					got = append(got, string(payload))
					return nil
				})
				if (err != nil) != c.fails || opened != (c.media == "text/event-stream") {
					t.Errorf("error %v, opened %t", err, opened)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			}
		})
	}
	t.Run("left", func(t *testing.T) {
		t.Parallel()
		gone := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(gone)
		}))
		t.Cleanup(server.Close)
		client := &http.Client{Transport: &http.Transport{}}
		t.Cleanup(client.CloseIdleConnections)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := fetch.HTTP(server.URL, client).Subscribe(fetch.WhenOpen(ctx, cancel), fetch.Request{Body: []byte(`{}`), Header: http.Header{}}, func([]byte) error { return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		<-gone
	})
}
