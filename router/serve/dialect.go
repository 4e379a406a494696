package serve

import (
	"encoding/json"
	"strings"

	"heddle/router/subscribe"
)

// dialect is how a sub-protocol names and wraps what is said.
type dialect struct {
	name string // of the sub-protocol
	// reads gives our name of a client's message; a name that is missing is not of
	// the protocol.
	reads map[string]string
	// append writes a message of a call around the bytes that all its clients share.
	append func(to []byte, id string, m subscribe.Message, wants bool) []byte
	// refusals are followed by a complete message, for there is no message that
	// says that an operation failed.
	refusals bool
	// keepAlive is said now and then, beside the transport's own pings; nil for
	// nothing.
	keepAlive []byte
	// old tells that an id may be used again, which ends what it stood for, that
	// connection_init may be sent again, and that refusals of it have a message.
	old bool
}

// modern is graphql-transport-ws, as PROTOCOL.md of the graphql-ws library
// describes it.
var modern = &dialect{
	name: "graphql-transport-ws",
	reads: map[string]string{
		"connection_init": "connection_init", "ping": "ping", "pong": "pong",
		"subscribe": "subscribe", "complete": "complete",
	},
	append: appendMessage,
}

// legacy is the sub-protocol graphql-ws, as PROTOCOL.md of the library
// subscriptions-transport-ws describes it.
var legacy = &dialect{
	name: "graphql-ws",
	reads: map[string]string{
		"connection_init": "connection_init", "start": "subscribe", "stop": "complete",
		"connection_terminate": "terminate",
	},
	append:    appendLegacy,
	refusals:  true,
	keepAlive: []byte(`{"type":"ka"}`),
	old:       true,
}

// reserved is what graphql-sse says over a single connection.
var reserved = &dialect{name: "graphql-sse", append: appendReserved, refusals: true}

// appendMessage writes messages of graphql-transport-ws.
func appendMessage(to []byte, id string, m subscribe.Message, wants bool) []byte {
	to = appendID(append(to, `{"id":`...), id)
	switch m.Kind {
	case subscribe.Next:
		return append(m.Append(append(to, `,"type":"next","payload":`...), wants), '}')
	case subscribe.Failed:
		return append(append(append(to, `,"type":"error","payload":`...), m.Body...), '}')
	}
	return append(to, `,"type":"complete"}`...)
}

// appendLegacy writes messages of the older graphql-ws. A refusal is a response
// without data.
func appendLegacy(to []byte, id string, m subscribe.Message, wants bool) []byte {
	to = appendID(append(to, `{"id":`...), id)
	switch m.Kind {
	case subscribe.Next:
		return append(m.Append(append(to, `,"type":"data","payload":`...), wants), '}')
	case subscribe.Failed:
		return append(append(append(to, `,"type":"data","payload":{"errors":`...), m.Body...), "}}"...)
	}
	return append(to, `,"type":"complete"}`...)
}

// appendReserved writes events of graphql-sse, single connection mode.
func appendReserved(to []byte, id string, m subscribe.Message, wants bool) []byte {
	if m.Kind == subscribe.Complete {
		return append(appendID(append(to, "event: complete\ndata: {\"id\":"...), id), "}\n\n"...)
	}
	to = append(to, "event: next\n"...)
	if m.Cursor != "" {
		to = append(append(append(to, "id: "...), m.Cursor...), '\n')
	}
	to = append(appendID(append(to, "data: {\"id\":"...), id), `,"payload":`...)
	begin := len(to)
	if m.Kind == subscribe.Next {
		to = m.Append(to, wants)
	} else {
		to = append(append(append(to, `{"errors":`...), m.Body...), '}')
	}
	for i := begin; i < len(to); i++ { // white space: a string has no bare line break
		if to[i] == '\n' || to[i] == '\r' {
			to[i] = ' '
		}
	}
	return append(to, "}\n\n"...)
}

// appendID writes an id as a JSON string. Clients count, or make UUIDs.
func appendID(to []byte, id string) []byte {
	if !strings.ContainsFunc(id, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') && r != '-' }) {
		return append(append(append(to, '"'), id...), '"')
	}
	encoded, _ := json.Marshal(id) // a string is always JSON
	return append(to, encoded...)
}
