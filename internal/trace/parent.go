package trace

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
)

// ParentHeader carries the trace context (W3C Trace Context, section 3.2).
const ParentHeader = "Traceparent"

// Parent returns the traceparent of the trace that ctx belongs to, or "".
func Parent(ctx context.Context) string { return from(ctx).parent }

// WithParent returns a context that belongs to the trace.
func WithParent(ctx context.Context, parent string) context.Context {
	return With(ctx, RequestID(ctx), parent)
}

// NewParent begins a trace: version 00, a random trace id and parent id, not
// sampled.
func NewParent() string {
	var ids [24]byte
	for i := 0; i < len(ids); i += 8 {
		word := rand.Uint64() | 1 // an id is never all zeros
		for j := range 8 {
			ids[i+j] = byte(word >> (8 * j))
		}
	}
	text := make([]byte, 0, 55)
	text = append(text, "00-"...)
	text = hex.AppendEncode(text, ids[:16])
	text = append(text, '-')
	text = hex.AppendEncode(text, ids[16:])
	return string(append(text, "-00"...))
}

// AcceptParent returns the traceparent that a client brings along if it is a
// valid one, which we then hand on unchanged, and begins a trace otherwise.
func AcceptParent(parent string) string {
	if ValidParent(parent) {
		return parent
	}
	return NewParent()
}

// ValidParent tells whether the header names a trace: version, trace id, parent
// id and flags in lower-case hexadecimal, none of the ids all zeros. A later
// version may have more after them (W3C Trace Context, section 4.3).
func ValidParent(parent string) bool {
	const length = len("00-") + 32 + len("-") + 16 + len("-00")
	if len(parent) < length || len(parent) > maxLength {
		return false
	}
	version, rest := parent[:2], parent[length:]
	if !isHex(version) || version == "ff" || (version == "00" && rest != "") || (rest != "" && rest[0] != '-') {
		return false
	}
	id, span, flags := parent[3:35], parent[36:52], parent[53:55]
	if parent[2] != '-' || parent[35] != '-' || parent[52] != '-' || !isHex(id) || !isHex(span) || !isHex(flags) {
		return false
	}
	for _, r := range rest {
		if !plain(r) {
			return false
		}
	}
	return !isZero(id) && !isZero(span)
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isZero(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}
