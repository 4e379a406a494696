package code

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"heddle/internal/batch"
	"heddle/internal/fault"
	"heddle/internal/yjs"
)

// labelLimit is the length of a label, in characters.
const labelLimit = 100

// CodeText is one text of a document.
type CodeText struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// CodeSnapshot is what was written in a room at one time.
type CodeSnapshot struct {
	ID        string
	RoomID    string
	Number    int // its place among the room's snapshots, from 1; the store gives it
	Kind      SnapshotKind
	AuthorID  *string // nil if there is no such account any more
	CreatedAt time.Time
	Label     *string
	Restored  *int  // the number of the snapshot that was brought back
	Document  int64 // the number of the latest update in it

	batch.Peer[*CodeSnapshot]
	room *Room // shared by the snapshots of a page
}

// Content is what a snapshot holds, which is read when it is asked for.
type Content struct {
	Texts []*CodeText
	State []byte // the whole document as one Yjs update
}

// IsEntity says that other domains may refer to a snapshot by its id.
func (*CodeSnapshot) IsEntity() {}

// Room returns the room in which it was written.
func (s *CodeSnapshot) Room() *Room {
	if s.room == nil {
		return &Room{ID: s.RoomID}
	}
	return s.room
}

// Author returns the person who saved it, or wrote last in it.
func (s *CodeSnapshot) Author() *User {
	if s.AuthorID == nil {
		return nil
	}
	return &User{ID: *s.AuthorID}
}

// NewContent reads a document's texts from its state.
func NewContent(state []byte) (*Content, error) {
	doc, err := yjs.Load(state)
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	c := &Content{State: state, Texts: []*CodeText{}}
	for _, name := range doc.Texts() {
		// PostgreSQL keeps no NUL in JSON; the state has it.
		if !strings.ContainsRune(name, 0) {
			c.Texts = append(c.Texts, &CodeText{Name: name, Content: strings.ReplaceAll(doc.Text(name), "\x00", "\uFFFD")})
		}
	}
	return c, nil
}

func checkLabel(label *string) error {
	if label == nil {
		return nil
	}
	if n := utf8.RuneCountInString(*label); n > labelLimit || strings.TrimSpace(*label) == "" || strings.ContainsRune(*label, 0) {
		return fault.Field("label", "A label has 1 to %d characters, not all of them blank and none of them NUL; this one has %d.", labelLimit, n)
	}
	return nil
}

func missing(room string, number int) error {
	return fault.New(fault.NotFound, "There is no snapshot %d in room %q.", number, room)
}

// document is a live document, as the domain collaboration gives it.
type document struct {
	Number int64
	State  []byte
}

// live asks the graph for what is written in the room now, with the caller's
// own token.
func (r *Resolvers) live(ctx context.Context, room string) (*document, error) {
	var answer struct{ CodeDocument document }
	err := r.Graph.Ask(ctx, `query($room: ID!) { codeDocument(roomId: $room) { number state } }`, map[string]any{"room": room}, &answer)
	return &answer.CodeDocument, err
}

// replace asks the graph to make the room's texts read as given, with the
// caller's own token, and gives the document that came of it.
func (r *Resolvers) replace(ctx context.Context, room string, texts []*CodeText) (*document, error) {
	var answer struct{ ReplaceCode struct{ Document document } }
	err := r.Graph.Ask(ctx, `mutation($input: ReplaceCodeInput!) { replaceCode(input: $input) { document { number state } } }`,
		map[string]any{"input": map[string]any{"roomId": room, "texts": texts}}, &answer)
	return &answer.ReplaceCode.Document, err
}
