package typeset

import (
	"bytes"
	"embed"
	"fmt"
	"sync"

	"github.com/go-text/typesetting/font"
)

//go:embed fonts/*.ttf
var files embed.FS

// Weight is how heavy letters are.
type Weight int

// The weights. Scripts that have no bold font are set in their regular one.
const (
	Regular Weight = iota
	Bold
)

// The fonts that a document has as such.
const (
	regularFont = "NotoSans-Regular"
	boldFont    = "NotoSans-Bold"
)

// order is the order in which fonts are looked at for a character: the first
// that has it sets it.
var order = []string{
	regularFont, "NotoSansArabic-Regular", "NotoSansHebrew-Regular", "NotoSansDevanagari-Regular",
	"NotoSansBengali-Regular", "NotoSansThai-Regular", "DroidSansFallback",
}

// fonts are the fonts of each weight, read when they are first needed.
var fonts = sync.OnceValues(func() (map[Weight][]*font.Font, error) {
	all := map[Weight][]*font.Font{}
	for _, name := range order {
		f, err := parse(name)
		if err != nil {
			return nil, err
		}
		all[Regular] = append(all[Regular], f)
	}
	bold, err := parse(boldFont)
	if err != nil {
		return nil, err
	}
	all[Bold] = append([]*font.Font{bold}, all[Regular]...)
	return all, nil
})

func parse(name string) (*font.Font, error) {
	data, err := files.ReadFile("fonts/" + name + ".ttf")
	if err != nil {
		return nil, err
	}
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", name, err)
	}
	return face.Font, nil
}

// faces are the fonts of a weight as one document uses them.
type faces []*font.Face

func newFaces(of []*font.Font) faces {
	all := make(faces, len(of))
	for i, f := range of {
		all[i] = font.NewFace(f)
	}
	return all
}

// ResolveFace gives the first font that has the character, or the first of all,
// which shows that there is one that it does not know.
func (f faces) ResolveFace(r rune) *font.Face {
	for _, face := range f {
		if _, has := face.NominalGlyph(r); has {
			return face
		}
	}
	return f[0]
}
