package serve

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"heddle/internal/caller"
)

// watch ends the connection when its token does: when it expires, or when its
// session is ended. It is called by the reader.
func (k *socket) watch() {
	c, _ := caller.From(k.ctx)
	k.mu.Lock()
	before := k.session
	k.session = c.Session
	if k.expiry != nil {
		k.expiry.Stop()
		k.expiry = nil
	}
	if !c.ExpiresAt.IsZero() && k.phase != closing {
		k.expiry = time.AfterFunc(time.Until(c.ExpiresAt), func() {
			k.close(closeForbidden, "Forbidden: the access token has expired")
		})
	}
	ended := k.phase == closing
	k.mu.Unlock()
	if before != c.Session {
		k.server.sessions.remove(before, k)
	}
	if !ended {
		k.server.sessions.add(c.Session, k)
	}
}

// revoked ends a connection whose session is over.
func (k *socket) revoked() {
	k.close(closeForbidden, "Forbidden: the session of the access token has ended")
}

// authorization is the token in a payload, in any spelling of the name.
func authorization(payload map[string]any) string {
	for name, value := range payload {
		if text, isText := value.(string); isText && strings.EqualFold(name, "Authorization") {
			return text
		}
	}
	return ""
}

// renew puts another token of the same person in the place of the one that the
// connection has. What runs goes on with it. Where it is not a good one, the
// client is told, and the old one stays until it expires.
func (k *socket) renew(payload map[string]any) {
	k.mu.Lock()
	welcome := k.phase == acknowledged
	k.mu.Unlock()
	if !welcome {
		k.close(closeUnauthorized, "Unauthorized")
		return
	}
	header := k.header.Clone()
	for name, values := range k.initHeader(payload) {
		header[name] = values
	}
	before, known := caller.From(k.ctx)
	ctx, err := k.server.opts.Callers.Authorize(k.ctx, header.Get("Authorization"))
	now, _ := caller.From(ctx)
	switch {
	case err != nil:
		k.renewed(map[string]any{"renewed": false, "message": explain(err).errors[0].Message})
		return
	case !known || now.ID != before.ID:
		k.renewed(map[string]any{"renewed": false, "message": "The new access token is not one of the person whose connection this is."})
		return
	}
	k.ctx, k.header = ctx, header
	k.watch()
	k.mu.Lock()
	calls := make([]*socketCall, 0, len(k.calls))
	for _, c := range k.calls {
		calls = append(calls, c)
	}
	k.mu.Unlock()
	for _, c := range calls {
		c.renew(header)
	}
	k.renewed(map[string]any{"renewed": true, "expiresAt": now.ExpiresAt.UTC().Format(time.RFC3339)})
}

// renewed answers: with a pong, or in the older protocol with connection_ack.
func (k *socket) renewed(answer map[string]any) {
	kind := "pong"
	if k.dialect.old {
		kind = "connection_ack"
	}
	payload, _ := json.Marshal(answer) // strings and booleans are always JSON
	k.say(message{Type: kind, Payload: payload})
}

// renew lets a subscription go on with another token.
func (c *socketCall) renew(header http.Header) {
	c.socket.mu.Lock()
	live := c.live
	c.socket.mu.Unlock()
	if live != nil {
		live.Renew(header)
	}
}
