package router_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"heddle/router"
	"heddle/router/serve"
)

// A person has so many subscriptions on all connections together, whatever
// carries them and by whatever token; of those who are not signed in, an address
// has.
func TestRouter_limit_of_subscriptions(t *testing.T) {
	t.Parallel()
	const said = `subscription { said(room: "one") { text } }`
	o := newOffice(t)
	w := newWorld(t, router.Options{Callers: o.verifier, Limits: serve.Limits{Subscriptions: 3}})
	header := func(person, session string) http.Header {
		if person == "" {
			return nil
		}
		return http.Header{"Authorization": {"Bearer " + o.token(time.Hour, func(c jwt.MapClaims) { c["sub"], c["sid"] = person, session })}}
	}
	connect := func(header http.Header) socket {
		s := w.dial(t, header)
		s.send(`{"type":"connection_init"}`)
		s.expect(`{"type":"connection_ack"}`)
		return s
	}
	for person, message := range map[string]string{
		"ada": "You have 3 live subscriptions already, on all connections together; end one first.",
		"":    "There are 3 live subscriptions of people who are not signed in from your address already; end one first.",
	} {
		refused := `[{"message":"` + message + `","extensions":{"code":"RATE_LIMITED"}}]`
		first, second := connect(header(person, "laptop")), connect(header(person, "phone"))
		first.send(subscribeTo("1", said))
		<-w.opened
		first.send(subscribeTo("2", `subscription { said(room: "one") { text author { id } } }`))
		<-w.opened
		streamed := w.stream(t, http.MethodPost, `subscription { said(room: "two") { text } }`, header(person, "tablet"))
		<-w.opened
		streamed.next()

		second.send(subscribeTo("1", said))
		second.expect(`{"id":"1","type":"error","payload":` + refused + `}`)
		if over := w.stream(t, http.MethodPost, said, header(person, "phone")); over.response.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a stream beyond the limit is answered with %d", over.response.StatusCode)
		}
		second.send(subscribeTo("q", "{ hello }")) // anything else goes on
		second.expect(`{"id":"q","type":"next","payload":{"data":{"hello":"world"}}}`)
		second.expect(`{"id":"q","type":"complete"}`)

		others := connect(header("grace", "desk"))
		others.send(subscribeTo("1", said))
		<-w.opened

		w.hush("two") // it ends by itself
		streamed.expect(event{"complete", ""})
		second.send(subscribeTo("1", `subscription { said(room: "three") { text } }`))
		<-w.opened
		second.send(subscribeTo("2", said))
		second.expect(`{"id":"2","type":"error","payload":` + refused + `}`)
		for _, s := range []socket{first, second, others} {
			_ = s.conn.Close()
		}
		for range 5 { // that of the stream among them
			<-w.closed
		}
	}
}
