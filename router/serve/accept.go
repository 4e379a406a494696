package serve

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of an answer.
const (
	mediaGraphQL = "application/graphql-response+json"
	mediaJSON    = "application/json"
	mediaStream  = "text/event-stream"
	mediaParts   = "multipart/mixed"
)

// deferSpec is the version of incremental delivery that multipart answers have,
// as clients ask for it.
const deferSpec = "20220824"

// accepted is what a client reads (RFC 9110, section 12.5.1; GraphQL over HTTP,
// section 6.1).
type accepted struct {
	media   string // mediaGraphQL or mediaJSON; empty if neither is read
	stream  bool   // text/event-stream is read
	streams bool   // and preferred to media
	parts   bool   // multipart/mixed of our version is read
}

// negotiate reads the Accept header. Without one, JSON is meant. A client that
// takes anything gets JSON too, as clients expect that know no other type.
func negotiate(header http.Header) (accepted, error) {
	value := strings.Join(header.Values("Accept"), ",")
	if strings.TrimSpace(value) == "" {
		return accepted{media: mediaJSON}, nil
	}
	var graphQL, json, stream preference
	parts := false
	for _, item := range strings.Split(value, ",") {
		name, quality, ok := mediaRange(item)
		if !ok {
			continue
		}
		parts = parts || name == mediaParts && quality > 0 && readsParts(item)
		graphQL.consider(name, mediaGraphQL, quality)
		json.consider(name, mediaJSON, quality)
		stream.consider(name, mediaStream, quality)
	}
	a := accepted{stream: stream.quality > 0, parts: parts}
	best := json
	switch {
	case graphQL.quality > json.quality, graphQL.quality == json.quality && graphQL.exactness > json.exactness,
		graphQL == json && graphQL.exactness == exact:
		best = graphQL
		a.media = mediaGraphQL
	default:
		a.media = mediaJSON
	}
	if best.quality == 0 {
		a.media = ""
	}
	a.streams = a.stream && (a.media == "" || stream.quality > best.quality)
	if a.media == "" && !a.stream && !a.parts {
		return accepted{media: mediaJSON}, &refusal{status: http.StatusNotAcceptable, code: codeNotAccept,
			message: "This endpoint answers as application/graphql-response+json, application/json, text/event-stream or multipart/mixed, and the Accept header takes none of them."}
	}
	return a, nil
}

// readsParts tells whether a media range for multipart answers is for those that
// are written here: for the version, or for none in particular.
func readsParts(item string) bool {
	_, parameters, err := mime.ParseMediaType(item)
	_, other := parameters["subscriptionspec"]
	version, given := parameters["deferspec"]
	return err == nil && !other && (!given || version == deferSpec)
}

// How exactly a media range names a type.
const (
	anything = 1 + iota
	ofKind
	exact
)

// preference is the quality of the most exact range that covers a type.
type preference struct {
	exactness int
	quality   float64
}

func (p *preference) consider(name, media string, quality float64) {
	exactness := 0
	kind, _, _ := strings.Cut(media, "/")
	switch name {
	case media:
		exactness = exact
	case kind + "/*":
		exactness = ofKind
	case "*/*":
		exactness = anything
	}
	if exactness > p.exactness || (exactness == p.exactness && exactness > 0 && quality > p.quality) {
		*p = preference{exactness, quality}
	}
}

// mediaRange reads one item of an Accept header. An item that cannot be read,
// or that asks for another charset than UTF-8, does not count.
func mediaRange(item string) (name string, quality float64, ok bool) {
	name, parameters, err := mime.ParseMediaType(item)
	if err != nil || !isUTF8(parameters["charset"]) {
		return "", 0, false
	}
	quality = 1
	if q, given := parameters["q"]; given {
		if quality, err = strconv.ParseFloat(q, 64); err != nil || quality < 0 || quality > 1 {
			return "", 0, false
		}
	}
	return name, quality, true
}

func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}
