package router_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"heddle/router"
	"heddle/router/serve"
)

// The older sub-protocol, as the library subscriptions-transport-ws speaks it.
func TestWebSocket_legacy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	s := w.dial(t, nil, "graphql-ws")
	start := func(id, query string) {
		payload, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		s.send(`{"type":"start","id":"` + id + `","payload":` + string(payload) + `}`)
	}
	s.send(`{"type":"connection_init","payload":{}}`)
	start("q", "{ hello }") // does not wait for the answer
	s.expect(`{"type":"connection_ack"}`)
	s.expect(`{"type":"ka"}`)
	s.expect(`{"id":"q","type":"data","payload":{"data":{"hello":"world"}}}`)
	s.expect(`{"id":"q","type":"complete"}`)
	start("bad", "{ helo }")
	if m := s.hear(); m.Type != "data" || !strings.Contains(string(m.Payload), "GRAPHQL_VALIDATION_FAILED") {
		t.Errorf("got %s %s", m.Type, m.Payload)
	}
	s.expect(`{"id":"bad","type":"complete"}`)
	start("1", `subscription { said(room: "one") { text } }`)
	<-w.opened
	w.say("one", "a")
	s.expect(`{"id":"1","type":"data","payload":{"data":{"said":{"text":"a"}}}}`)
	start("1", `subscription { said(room: "two") { text } }`) // in its place
	<-w.opened
	<-w.closed
	w.say("two", "b")
	s.expect(`{"id":"1","type":"data","payload":{"data":{"said":{"text":"b"}}}}`)
	s.send(`{"type":"stop","id":"1"}`)
	<-w.closed
	s.send(`{"type":"connection_terminate"}`)
	s.expectClose(1000, "")
}

func TestWebSocket_legacy_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Callers: newOffice(t).verifier})
	s := w.dial(t, nil, "graphql-ws")
	s.send(`{"type":"connection_init","payload":{"Authorization":"Bearer gibberish"}}`)
	s.expect(`{"type":"connection_error","payload":{"message":"Forbidden: The access token is not a valid one."}}`)
	s.expectClose(4403, "Forbidden: The access token is not a valid one.")
}

// inParts asks for an answer in parts, as Apollo Client does.
func (w *world) inParts(t *testing.T, query string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/graphql", strings.NewReader(`{"query":`+quoted(query)+`}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", asJSON)
	request.Header.Set("Accept", "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9")
	client := &http.Client{Transport: &http.Transport{}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close(); client.CloseIdleConnections() })
	return response
}

// toBoundary reads to the next boundary.
func toBoundary(t *testing.T, from *bufio.Reader) string {
	t.Helper()
	var read strings.Builder
	for {
		b, err := from.ReadByte()
		if err != nil {
			t.Fatalf("the stream ended after %q: %v", read.String(), err)
		}
		read.WriteByte(b)
		if text, ended := strings.CutSuffix(read.String(), "\r\n--graphql"); ended {
			return text
		}
	}
}

func TestMultipart_subscription(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Timeouts: serve.Timeouts{KeepAlive: time.Hour}})
	response := w.inParts(t, `subscription { said(room: "one") { text } }`)
	if got := response.Header.Get("Content-Type"); got != `multipart/mixed;boundary="graphql";subscriptionSpec="1.0"` {
		t.Errorf("Content-Type %q", got)
	}
	<-w.opened
	from := bufio.NewReader(response.Body)
	const head = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
	for i, want := range []string{"", head + "{}"} {
		if got := toBoundary(t, from); got != want {
			t.Errorf("part %d: %q, want %q", i, got, want)
		}
	}
	w.say("one", "a")
	if got, want := toBoundary(t, from), head+`{"payload":{"data":{"said":{"text":"a"}}}}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.hush("one")
	rest, err := io.ReadAll(from)
	if err != nil || string(rest) != "--\r\n" {
		t.Errorf("the end is %q, %v", rest, err)
	}
	plain := w.inParts(t, "{ hello }") // is no stream
	if got := plain.Header.Get("Content-Type"); got != asGraphQL+"; charset=utf-8" {
		t.Errorf("Content-Type %q of a query", got)
	}
	if refused := w.inParts(t, "subscription { sad }"); refused.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d of what is not valid", refused.StatusCode)
	}
}

// ofStream sends a request about a reserved stream.
func (w *world) ofStream(t *testing.T, method, query, token, body string, status int) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.url+"/graphql"+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", asJSON)
	request.Header.Set("X-GraphQL-Event-Stream-Token", token)
	client := &http.Client{Transport: &http.Transport{}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close(); client.CloseIdleConnections() })
	if response.StatusCode != status {
		text, _ := io.ReadAll(response.Body) // for the message alone
		t.Fatalf("%s: status %d, want %d\n%s", method, response.StatusCode, status, text)
	}
	return response
}

// The single connection mode of graphql-sse: many operations in one stream.
func TestSSE_single_connection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{Timeouts: serve.Timeouts{KeepAlive: time.Hour}})
	reserved, err := io.ReadAll(w.ofStream(t, http.MethodPut, "", "", "", http.StatusCreated).Body)
	if err != nil {
		t.Fatal(err)
	}
	token := string(reserved)
	post := func(id, query string, status int) {
		t.Helper()
		w.ofStream(t, http.MethodPost, "", token, `{"query":`+quoted(query)+`,"extensions":{"operationId":`+quoted(id)+`}}`, status)
	}
	post("early", "{ hello }", http.StatusAccepted) // waits for the stream
	stream := events{t, w.ofStream(t, http.MethodGet, "", token, "", http.StatusOK), nil}
	stream.lines = bufio.NewReader(stream.response.Body)
	next := func(id, payload string) event {
		return event{"next", `{"id":"` + id + `","payload":` + payload + `}`}
	}
	complete := func(id string) event { return event{"complete", `{"id":"` + id + `"}`} }
	stream.hears(next("early", `{"data":{"hello":"world"}}`), complete("early"))
	w.ofStream(t, http.MethodGet, "", token, "", http.StatusConflict)

	post("1", `subscription { said(room: "one") { text } }`, http.StatusAccepted)
	<-w.opened
	post("2", `subscription { said(room: "two") { text } }`, http.StatusAccepted)
	<-w.opened
	post("2", "{ hello }", http.StatusConflict)
	post("", "{ hello }", http.StatusBadRequest)
	w.say("one", "a")
	stream.hears(next("1", `{"data":{"said":{"text":"a"}}}`))
	w.say("two", "b")
	stream.hears(next("2", `{"data":{"said":{"text":"b"}}}`))
	w.ofStream(t, http.MethodDelete, "?operationId=1", token, "", http.StatusOK)
	if room := <-w.closed; room != "one" {
		t.Errorf("the stream of %q was closed", room)
	}
	w.hush("two")
	stream.hears(complete("2"))
	post("bad", "{ helo }", http.StatusAccepted)
	got, _ := stream.next()
	if !strings.Contains(got.data, `"id":"bad"`) || !strings.Contains(got.data, "GRAPHQL_VALIDATION_FAILED") {
		t.Errorf("got %v", got)
	}
	stream.hears(complete("bad"))
	w.ofStream(t, http.MethodPost, "", "another", `{"query":"{ hello }","extensions":{"operationId":"1"}}`, http.StatusNotFound)
}

// A stream belongs to the person who reserved it.
func TestSSE_single_connection_of_somebody_else(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier})
	reserved, err := io.ReadAll(w.ofStream(t, http.MethodPut, "", "", "", http.StatusCreated).Body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/graphql?token="+string(reserved), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+o.token(time.Hour))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
}

// A token is renewed in the connection; what runs goes on with the new one.
func TestWebSocket_renews_token(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ protocol, subscribe, next, message, answer string }{
		{"graphql-transport-ws", "subscribe", "next", "ping", "pong"},
		{"graphql-ws", "start", "data", "connection_init", "connection_ack"},
	} {
		t.Run(c.protocol, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			w := newWorld(t, router.Options{Callers: o.verifier, Timeouts: serve.Timeouts{Revoked: 10 * time.Millisecond}})
			token := func(session, person string) string {
				return o.token(time.Hour, func(claims jwt.MapClaims) { claims["sid"], claims["sub"] = session, person })
			}
			s := w.dial(t, nil, c.protocol)
			s.send(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + token("s1", "ada") + `"}}`)
			s.expect(`{"type":"connection_ack"}`)
			if c.protocol == "graphql-ws" {
				s.expect(`{"type":"ka"}`)
			}
			s.send(`{"type":"` + c.subscribe + `","id":"1","payload":{"query":"subscription { said(room: \"one\") { text author { name } } }"}}`)
			<-w.opened
			renew := func(authorization string) map[string]any {
				t.Helper()
				s.send(`{"type":"` + c.message + `","payload":{"authorization":"` + authorization + `"}}`)
				got := s.hear()
				var payload map[string]any
				if err := json.Unmarshal(got.Payload, &payload); err != nil || got.Type != c.answer {
					t.Fatalf("got %s %s, %v", got.Type, got.Payload, err)
				}
				return payload
			}
			if got := renew("Bearer gibberish"); got["renewed"] != false || got["message"] != "The access token is not a valid one." {
				t.Errorf("a bad token: %v", got)
			}
			if got := renew("Bearer " + token("s2", "grace")); got["renewed"] != false {
				t.Errorf("somebody else's token: %v", got)
			}
			if got := renew("Bearer " + token("s3", "ada")); got["renewed"] != true || got["expiresAt"] == nil {
				t.Errorf("a good token: %v", got)
			}
			if err := o.revocations.Revoke(t.Context(), time.Hour, "s1"); err != nil { // the old session
				t.Fatal(err)
			}
			w.say("one", "still")
			s.expect(`{"id":"1","type":"` + c.next + `","payload":{"data":{"said":{"text":"still","author":{"name":"Person 7"}}}}}`)
			if err := o.revocations.Revoke(t.Context(), time.Hour, "s3"); err != nil {
				t.Fatal(err)
			}
			s.expectClose(4403, "Forbidden: the session of the access token has ended")
			<-w.closed
		})
	}
}

// The end of a session ends what lives by its tokens, and nothing else, whatever
// carries it; a Redis that is away for a while ends nothing.
func TestRouter_revoked_session(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier, Timeouts: serve.Timeouts{Revoked: 10 * time.Millisecond}})
	header := func(session string) http.Header {
		return http.Header{"Authorization": {"Bearer " + o.token(time.Hour, func(claims jwt.MapClaims) { claims["sid"] = session })}}
	}
	const said = `subscription { said(room: "one") { text } }`
	sockets := map[string]socket{}
	streams := map[string]events{}
	for _, session := range []string{"a", "b"} {
		s := w.dial(t, header(session))
		s.send(`{"type":"connection_init"}`)
		s.expect(`{"type":"connection_ack"}`)
		s.send(subscribeTo("1", said))
		<-w.opened
		sockets[session], streams[session] = s, w.stream(t, http.MethodPost, said, header(session))
	}
	o.store.SetError("LOADING Redis is loading the dataset in memory")
	w.say("one", "Redis is away")
	o.store.SetError("")
	if err := o.revocations.Revoke(t.Context(), time.Hour, "a"); err != nil {
		t.Fatal(err)
	}
	const away = `{"data":{"said":{"text":"Redis is away"}}}`
	sockets["a"].expect(`{"id":"1","type":"next","payload":` + away + `}`)
	sockets["a"].expectClose(4403, "Forbidden: the session of the access token has ended")
	streams["a"].expect(event{"next", away},
		event{"next", `{"errors":[{"message":"The session of the access token has ended. Sign in again.","extensions":{"code":"UNAUTHENTICATED"}}]}`}, event{"complete", ""})
	<-w.closed
	w.say("one", "for the other")
	sockets["b"].expect(`{"id":"1","type":"next","payload":` + away + `}`)
	sockets["b"].expect(`{"id":"1","type":"next","payload":{"data":{"said":{"text":"for the other"}}}}`)
	streams["b"].hears(event{"next", away}, event{"next", `{"data":{"said":{"text":"for the other"}}}`})
}

// A client that comes back gets what it missed: over WebSocket with the cursor of
// the extensions, over server-sent events with Last-Event-ID.
func TestRouter_resumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router.Options{})
	open := func(after string) socket {
		s := w.connect(t)
		s.send(`{"type":"subscribe","id":"1","payload":{"query":"subscription { said(room: \"one\") { text } }","extensions":{"live":{` + after + `}}}}`)
		return s
	}
	cursor := func(s socket, text string) string {
		t.Helper()
		var got struct {
			Data       struct{ Said struct{ Text string } }
			Extensions struct{ Live struct{ Cursor string } }
		}
		if err := json.Unmarshal(s.hear().Payload, &got); err != nil || got.Data.Said.Text != text || got.Extensions.Live.Cursor == "" {
			t.Fatalf("got %v, %v, want %q and a cursor", got, err, text)
		}
		return got.Extensions.Live.Cursor
	}
	s := open("")
	<-w.opened
	w.say("one", "a")
	at := cursor(s, "a")
	_ = s.conn.Close()
	w.say("one", "b")
	back := open(`"after":"` + at + `"`)
	at = cursor(back, "b")
	request := http.Header{"Last-Event-Id": {at}}
	stream := w.stream(t, http.MethodGet, `subscription { said(room: "one") { text } }`, request)
	if _, open := stream.next(); !open {
		t.Fatal("the stream is not open")
	}
	w.say("one", "c")
	cursor(back, "c")
	stream.hears(event{"next", `{"data":{"said":{"text":"c"}}}`})
	late := open(`"after":"nonsense"`)
	late.expectGap("RESUMED")
	select {
	case <-w.opened:
		t.Error("the subgraph was asked again")
	default:
	}
}

// expectGap reads a message that tells of a gap.
func (s socket) expectGap(reason string) {
	s.t.Helper()
	var got struct {
		Extensions struct {
			Live struct{ Gap struct{ Reason string } }
		}
	}
	if err := json.Unmarshal(s.hear().Payload, &got); err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(reason, got.Extensions.Live.Gap.Reason); diff != "" {
		s.t.Errorf("reason of the gap (-want +got):\n%s", diff)
	}
}

// hears compares the next events, comments left out.
func (e events) hears(want ...event) {
	e.t.Helper()
	var got []event
	for range want {
		got = append(got, e.following())
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); diff != "" {
		e.t.Errorf("events (-want +got):\n%s", diff)
	}
}
