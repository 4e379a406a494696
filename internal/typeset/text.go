package typeset

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

// Style is how a text looks.
type Style struct {
	Size   float64 // in points
	Weight Weight
	Grey   int // 0 is black, 255 white
}

// unkerned leaves letters at their own widths, so that a viewer that sets the
// same text by itself puts them in the same places.
var unkerned = []shaping.FontFeature{{Tag: opentype.MustNewTag("kern"), Value: 0}, {Tag: opentype.MustNewTag("liga"), Value: 0}}

// line is a line of text, ready to be drawn.
type line struct {
	runs  shaping.Line // from left to right
	text  []rune
	from  int // of the paragraph, where the text begins
	width float64
}

// lines breaks a text at its line breaks, and where it is wider than width.
func (d *Document) lines(text string, style Style, width float64) []line {
	var all []line
	for _, paragraph := range strings.Split(text, "\n") {
		all = append(all, d.paragraph([]rune(strings.ReplaceAll(paragraph, "\t", "    ")), style, width)...)
	}
	return all
}

func (d *Document) paragraph(text []rune, style Style, width float64) []line {
	if len(text) == 0 {
		return []line{{}}
	}
	direction := directionOf(text)
	inputs := d.segmenter.Split(shaping.Input{
		Text: text, RunEnd: len(text), Direction: direction, Size: fixed.Int26_6(style.Size * 64), Language: language.NewLanguage("en"), FontFeatures: unkerned,
	}, d.faces[style.Weight])
	outputs := make([]shaping.Output, len(inputs))
	for i, input := range inputs {
		outputs[i] = d.shaper.Shape(input)
	}
	wrapped, _ := d.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: direction}, fixed.Int26_6(width*64), text, shaping.NewSliceIterator(outputs))
	var all []line
	for _, runs := range wrapped {
		l := line{runs: slices.Clone(runs)}
		from, to := len(text), 0
		for _, run := range runs {
			l.width += float64(run.Advance) / 64
			from, to = min(from, run.Runes.Offset), max(to, run.Runes.Offset+run.Runes.Count)
		}
		l.text, l.from = text[from:to], from
		slices.SortFunc(l.runs, func(a, b shaping.Output) int { return cmp.Compare(a.VisualIndex, b.VisualIndex) })
		all = append(all, l)
	}
	return all
}

// directionOf is the direction of a text: that of its first letter (Unicode
// Standard Annex 9, rules P2 and P3).
func directionOf(text []rune) di.Direction {
	for _, r := range text {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.L:
			return di.DirectionLTR
		case bidi.R, bidi.AL:
			return di.DirectionRTL
		}
	}
	return di.DirectionLTR
}

// draw draws a line whose letters stand on y, from x on.
func (d *Document) draw(l line, style Style, x, y float64) {
	if len(l.runs) == 0 {
		return
	}
	d.pdf.SetFillColor(style.Grey, style.Grey, style.Grey)
	d.pdf.SetTextColor(style.Grey, style.Grey, style.Grey)
	for _, run := range l.runs {
		text := l.of(run)
		if name, plain := d.plain(run, []rune(text)); plain {
			d.pdf.SetFont(name, "", style.Size)
			d.pdf.Text(x, y, text)
		} else {
			d.outline(run, style, x, y)
			d.behind(text, run.Direction, style, x, y)
		}
		x += float64(run.Advance) / 64
	}
}

// of is the text of one of the line's runs.
func (l line) of(run shaping.Output) string {
	return string(l.text[run.Runes.Offset-l.from : run.Runes.Offset-l.from+run.Runes.Count])
}

// plain tells whether a run is one letter for each character, each in its place,
// in one of the fonts that the document has as such, and names that.
func (d *Document) plain(run shaping.Output, text []rune) (name string, is bool) {
	switch run.Face {
	case d.faces[Regular][0]:
		name = regularFont
	case d.faces[Bold][0]:
		name = boldFont
	default:
		return "", false
	}
	if run.Direction != di.DirectionLTR || len(run.Glyphs) != len(text) {
		return "", false
	}
	for i, glyph := range run.Glyphs {
		nominal, has := run.Face.NominalGlyph(text[i])
		if !has || nominal != glyph.GlyphID || glyph.XOffset != 0 || glyph.YOffset != 0 || text[i] > 0xFFFF {
			return "", false
		}
	}
	return name, true
}

// outline draws the letters of a run as outlines.
func (d *Document) outline(run shaping.Output, style Style, x, y float64) {
	scale := style.Size / float64(run.Face.Upem())
	for _, glyph := range run.Glyphs {
		if outline, ok := run.Face.GlyphData(glyph.GlyphID).(font.GlyphOutline); ok {
			d.fill(outline.Segments, x+float64(glyph.XOffset)/64, y-float64(glyph.YOffset)/64, scale)
		}
		x += float64(glyph.Advance) / 64
	}
}

// fill draws the outline of a letter. Fonts count upwards, pages downwards.
func (d *Document) fill(segments []font.Segment, x, y, scale float64) {
	if len(segments) == 0 {
		return
	}
	px := func(p opentype.SegmentPoint) float64 { return x + float64(p.X)*scale }
	py := func(p opentype.SegmentPoint) float64 { return y - float64(p.Y)*scale }
	for i, s := range segments {
		a, b, c := s.Args[0], s.Args[1], s.Args[2]
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				d.pdf.ClosePath()
			}
			d.pdf.MoveTo(px(a), py(a))
		case opentype.SegmentOpLineTo:
			d.pdf.LineTo(px(a), py(a))
		case opentype.SegmentOpQuadTo:
			d.pdf.CurveTo(px(a), py(a), px(b), py(b))
		case opentype.SegmentOpCubeTo:
			d.pdf.CurveBezierCubicTo(px(a), py(a), px(b), py(b), px(c), py(c))
		}
	}
	d.pdf.ClosePath()
	d.pdf.DrawPath("F")
}

// invisible is the text rendering mode in which nothing is drawn (ISO 32000-1,
// section 9.3.6).
const invisible = 3

// behind puts the text itself behind its letters, unseen: so it can be found,
// selected and read aloud. What is read from right to left lies there in the
// order in which it is seen, from left to right, as readers of PDF expect it.
func (d *Document) behind(text string, direction di.Direction, style Style, x, y float64) {
	if direction == di.DirectionRTL {
		runes := []rune(text)
		slices.Reverse(runes)
		text = string(runes)
	}
	text = strings.Map(func(r rune) rune {
		if r > 0xFFFF || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if strings.TrimSpace(text) == "" {
		return
	}
	d.pdf.SetTextRenderingMode(invisible)
	d.pdf.SetFont(regularFont, "", style.Size)
	d.pdf.Text(x, y, text)
	d.pdf.SetTextRenderingMode(0)
}
