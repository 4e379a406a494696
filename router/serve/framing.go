package serve

import (
	"bytes"
	"mime"
	"net/http"
	"strings"

	"heddle/router/subscribe"
)

// framing is how a stream of responses is written over HTTP.
type framing interface {
	name() string  // of the transport, in the log
	media() string // the Content-Type
	refuses() bool // what is wrong with the document is told in the stream
	next(to []byte, m subscribe.Message, wants bool) []byte
	failed(to, errors []byte) []byte // the last words, with a list of errors
	complete(to []byte) []byte       // the last words
	begin() []byte                   // the first words
	alive() []byte                   // a sign of life
}

// events are server-sent events: the graphql-sse protocol, distinct connections
// mode.
type events struct{}

func (events) name() string { return "sse" }

func (events) media() string { return mediaStream + "; charset=utf-8" }

func (events) refuses() bool { return true }

func (events) begin() []byte { return []byte(":\n\n") }

func (events) alive() []byte { return []byte(":\n\n") }

// next appends a response as an event, with where the stream stands after it as
// its id. A line break in it starts a new data field, as the format asks.
func (events) next(to []byte, m subscribe.Message, wants bool) []byte {
	if m.Cursor != "" {
		to = append(append(append(to, "id: "...), m.Cursor...), '\n')
	}
	to = append(to, "event: next\n"...)
	for line := range bytes.Lines(m.Append(nil, wants)) {
		to = append(to, "data: "...)
		to = append(to, bytes.TrimRight(line, "\r\n")...)
		to = append(to, '\n')
	}
	return append(to, '\n')
}

func (e events) failed(to, errors []byte) []byte {
	body := append(append([]byte(`{"errors":`), errors...), '}')
	return e.complete(e.next(to, subscribe.Message{Body: body}, false))
}

// complete has a data field, without which browsers do not see the event.
func (events) complete(to []byte) []byte { return append(to, "event: complete\ndata: \n\n"...) }

// partStream are the parts of a multipart answer, as Apollo's clients read subscriptions
// over HTTP (subscriptionSpec 1.0). Each part is written with the boundary after
// it, without which they do not take it for whole.
type partStream struct{}

const (
	boundary   = "\r\n--graphql"
	partHeader = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
)

func (partStream) name() string { return "multipart" }

func (partStream) media() string { return mediaParts + `;boundary="graphql";subscriptionSpec="1.0"` }

func (partStream) refuses() bool { return false }

func (p partStream) begin() []byte { return append([]byte(boundary), p.alive()...) }

func (partStream) alive() []byte { return []byte(partHeader + "{}" + boundary) }

func (partStream) next(to []byte, m subscribe.Message, wants bool) []byte {
	return append(m.Append(append(to, partHeader+`{"payload":`...), wants), "}"+boundary...)
}

func (p partStream) failed(to, errors []byte) []byte {
	to = append(append(append(to, partHeader+`{"payload":null,"errors":`...), errors...), "}"+boundary...)
	return p.complete(to)
}

func (partStream) complete(to []byte) []byte { return append(to, "--\r\n"...) }

// readsSubscriptionParts tells whether a client reads subscriptions in parts.
func readsSubscriptionParts(header http.Header) bool {
	for item := range strings.SplitSeq(strings.Join(header.Values("Accept"), ","), ",") {
		media, parameters, err := mime.ParseMediaType(item)
		if err == nil && media == mediaParts && parameters["subscriptionspec"] != "" && parameters["q"] != "0" {
			return true
		}
	}
	return false
}
