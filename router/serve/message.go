package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// message is what either side says in the protocol.
type message struct {
	ID      *string         `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// handle acts on one message of the client.
func (k *socket) handle(data []byte) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		k.close(closeInvalid, "Invalid message: it is not a JSON object of the protocol")
		return
	}
	switch k.dialect.reads[m.Type] {
	case "connection_init":
		k.handleInit(m)
	case "ping":
		k.handlePing(m)
	case "pong":
	case "subscribe":
		k.handleSubscribe(m)
	case "complete":
		k.handleComplete(m)
	case "terminate":
		k.close(closeNormal, "")
	default:
		if m.Type == "" {
			k.close(closeInvalid, "Invalid message: it has no type")
			return
		}
		k.close(closeInvalid, fmt.Sprintf("Invalid message: the type %q is not of the protocol", m.Type))
	}
}

// handleInit verifies the caller. In the older protocol it may come again, with
// another token of the same person.
func (k *socket) handleInit(m message) {
	payload, ok := objectPayload(m.Payload)
	if !ok {
		k.close(closeInvalid, "Invalid message: the payload of connection_init is not an object")
		return
	}
	if !k.enter(opened, initialising) {
		if k.dialect.old {
			k.renew(payload)
			return
		}
		k.close(closeTooManyInits, "Too many initialisation requests")
		return
	}
	k.header = k.server.forwarded(k.ctx, k.header, k.initHeader(payload))
	ctx, err := k.server.opts.Callers.Authorize(k.ctx, k.header.Get("Authorization"))
	if err != nil {
		k.refuseInit(err)
		return
	}
	k.ctx = ctx
	k.watch()
	if k.enter(initialising, acknowledged) {
		k.say(message{Type: "connection_ack"})
		if k.dialect.keepAlive != nil {
			k.remark(k.dialect.keepAlive)
		}
	}
}

func (k *socket) refuseInit(err error) {
	f := explain(err)
	if f.private {
		k.server.opts.Log.ErrorContext(k.ctx, "a token could not be checked", "error", err)
	}
	message := f.errors[0].Message
	switch f.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		k.refuse(closeForbidden, "Forbidden: "+message)
	case http.StatusServiceUnavailable:
		k.refuse(closeTryLater, message)
	default:
		k.refuse(closeInternal, "Internal server error")
	}
}

// refuse closes a connection whose caller is not welcome; the older protocol has
// a message for it.
func (k *socket) refuse(code int, reason string) {
	if !k.dialect.old {
		k.close(code, reason)
		return
	}
	k.mu.Lock()
	k.last = &farewell{code, reason}
	k.mu.Unlock()
	payload, _ := json.Marshal(map[string]string{"message": reason}) // strings are always JSON
	k.say(message{Type: "connection_error", Payload: payload})
}

// enter goes from one phase to another, and tells whether it could.
func (k *socket) enter(from, to phase) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != from {
		return false
	}
	k.phase = to
	if to == acknowledged {
		k.pulse.Reset(k.untilPulse())
	}
	return true
}

// objectPayload reads a payload that must be an object, null or absent.
func objectPayload(raw json.RawMessage) (payload map[string]any, ok bool) {
	if len(raw) == 0 {
		return nil, true
	}
	err := json.Unmarshal(raw, &payload)
	return payload, err == nil
}

func (k *socket) handlePing(m message) {
	payload, ok := objectPayload(m.Payload)
	if !ok {
		k.close(closeInvalid, "Invalid message: the payload of ping is not an object")
		return
	}
	if authorization(payload) != "" {
		k.renew(payload)
		return
	}
	k.say(message{Type: "pong", Payload: m.Payload})
}

func (k *socket) handleSubscribe(m message) {
	k.mu.Lock()
	welcome := k.phase == acknowledged
	k.mu.Unlock()
	if !welcome {
		k.close(closeUnauthorized, "Unauthorized")
		return
	}
	if m.ID == nil || *m.ID == "" {
		k.close(closeInvalid, "Invalid message: subscribe has no id")
		return
	}
	var members map[string]json.RawMessage
	if len(m.Payload) == 0 || json.Unmarshal(m.Payload, &members) != nil || members == nil {
		k.close(closeInvalid, "Invalid message: the payload of subscribe is not an object")
		return
	}
	request, err := decodeMembers(members)
	if err != nil {
		k.close(closeInvalid, "Invalid message: "+err.Error())
		return
	}
	k.begin(*m.ID, request)
}

func (k *socket) handleComplete(m message) {
	if m.ID == nil || *m.ID == "" {
		k.close(closeInvalid, "Invalid message: complete has no id")
		return
	}
	k.complete(*m.ID)
}

// complete ends an operation because the client said so.
func (k *socket) complete(id string) {
	k.mu.Lock()
	c := k.calls[id]
	delete(k.calls, id)
	idle := k.draining && k.idle()
	k.mu.Unlock()
	if c != nil {
		c.leave(false)
	}
	if idle {
		k.close(closeGoingAway, "The server is shutting down")
	}
}

// say sends a message about the connection.
func (k *socket) say(m message) {
	data, err := json.Marshal(m)
	if err != nil {
		k.close(closeInternal, "Internal server error")
		return
	}
	k.remark(data)
}

// remark writes a message about the connection as it is.
func (k *socket) remark(data []byte) {
	k.sayFrame(k.wire.seal(append(k.wire.open(nil), data...), 0))
}

// maxControl is how many answers about the connection wait for the client.
const maxControl = 128
