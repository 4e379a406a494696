package yjs

import (
	"math"
	"unicode/utf8"
)

// reader reads the primitive values of lib0/decoding. The first failure sticks:
// from then on everything reads as zero, and end tells.
type reader struct {
	data []byte
	at   int
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = malformed(format, args...)
		r.at = len(r.data)
	}
}

// end tells whether everything was read, and nothing failed.
func (r *reader) end() error {
	if r.err == nil && r.at < len(r.data) {
		r.fail("%d bytes too many", len(r.data)-r.at)
	}
	return r.err
}

func (r *reader) left() int { return len(r.data) - r.at }

func (r *reader) byte() byte {
	if r.at >= len(r.data) {
		r.fail("it breaks off")
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

// uint reads a varUint: seven bits a byte, lowest first.
func (r *reader) uint() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := r.byte()
		if shift >= 63 || uint64(b&0x7f) > maxInteger>>shift {
			r.fail("an integer is too large")
			return 0
		}
		n |= uint64(b&0x7f) << shift
		if n > maxInteger {
			r.fail("an integer is too large")
			return 0
		}
		if b < 0x80 {
			return n
		}
	}
}

// count reads how many things follow, each of at least so many bytes: what
// cannot be there is not made room for.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(r.left()/size) {
		r.fail("it breaks off")
		return 0
	}
	return int(n)
}

// bytes reads a varUint8Array. The result shares the input.
func (r *reader) bytes() []byte {
	n := r.count(1)
	r.at += n
	return r.data[r.at-n : r.at : r.at]
}

// string reads a varString: UTF-8.
func (r *reader) string() string {
	b := r.bytes()
	if !utf8.Valid(b) {
		r.fail("a text is not UTF-8")
		return ""
	}
	return string(b)
}

// Tags of the values of lib0/decoding's readAny.
const (
	anyUndefined = 127 - iota
	anyNull
	anyInteger
	anyFloat32
	anyFloat64
	anyBigInt
	anyFalse
	anyTrue
	anyString
	anyObject
	anyArray
	anyBytes
)

// depthLimit is how deep a value may be nested: those who show it recurse.
const depthLimit = 200

// any reads past a value and returns its bytes as they are.
func (r *reader) any() []byte {
	from := r.at
	r.skipAny(0)
	return r.data[min(from, r.at):r.at:r.at]
}

func (r *reader) skipAny(depth int) {
	if depth > depthLimit {
		r.fail("a value is nested more than %d deep", depthLimit)
		return
	}
	switch tag := r.byte(); tag {
	case anyUndefined, anyNull, anyFalse, anyTrue:
	case anyInteger:
		r.skipInt()
	case anyFloat32:
		r.skip(4)
	case anyFloat64, anyBigInt:
		r.skip(8)
	case anyString:
		_ = r.string()
	case anyBytes:
		_ = r.bytes()
	case anyObject:
		for range r.count(2) {
			_ = r.string()
			r.skipAny(depth + 1)
		}
	case anyArray:
		for range r.count(1) {
			r.skipAny(depth + 1)
		}
	default:
		r.fail("there is no value of kind %d", tag)
	}
}

func (r *reader) skip(n int) {
	if r.left() < n {
		r.fail("it breaks off")
		return
	}
	r.at += n
}

// skipInt reads past a varInt: a sign and six bits, then seven bits a byte.
func (r *reader) skipInt() {
	b := r.byte()
	n := float64(b & 0x3f)
	for scale := 64.0; b >= 0x80; scale *= 128 {
		b = r.byte()
		n += float64(b&0x7f) * scale
		if n > maxInteger || math.IsInf(scale, 1) {
			r.fail("an integer is too large")
			return
		}
	}
}
