package typeset

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-text/typesetting/shaping"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *Document {
	t.Helper()
	d, err := New("Loom", noon)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// names are names as people write them, by script.
var names = map[string]string{
	"Latin": "José Ñúñez-Šćiećka", "Vietnamese": "Nguyễn Thị Ánh", "decomposed": "Jose\u0301 N\u0303u\u0301n\u0303ez",
	"Greek": "Ελένη Παπαδοπούλου", "Cyrillic": "Владимир Їжакевич", "Arabic": "محمد عبد الله", "Persian": "پژمان گلچین", "Urdu": "ٹیپو ڑے",
	"Hebrew": "שָׁלוֹם כהן", "Devanagari": "क्षत्रिय देव", "Bengali": "স্ত্রী বাংলা", "Thai": "น้ำทิพย์",
	"Chinese": "王小明 張偉", "Japanese": "山田たろう カナ", "Korean": "김철수",
}

// TestDocument_every_script_has_letters finds no character that is drawn as the
// box that stands for one that a font does not have.
func TestDocument_every_script_has_letters(t *testing.T) {
	t.Parallel()
	d := open(t)
	for script, name := range names {
		for _, weight := range []Weight{Regular, Bold} {
			lines := d.lines(name, Style{Size: 12, Weight: weight}, 500)
			if len(lines) != 1 || lines[0].width <= 0 || string(lines[0].text) != name {
				t.Errorf("%s: %d lines", script, len(lines))
				continue
			}
			for _, run := range lines[0].runs {
				for _, glyph := range run.Glyphs {
					if glyph.GlyphID == 0 {
						t.Errorf("%s: %q has a character without a letter", script, name)
					}
				}
			}
		}
	}
}

// TestDocument_shapes finds letters joined, stacked and ordered as their scripts
// want it.
func TestDocument_shapes(t *testing.T) {
	t.Parallel()
	d := open(t)
	one := func(text string) line { return d.lines(text, Style{Size: 12}, 500)[0] }
	glyphs := func(run shaping.Output) (ids []uint32) {
		for _, g := range run.Glyphs {
			ids = append(ids, uint32(g.GlyphID))
		}
		return ids
	}
	arabic := one("ععع").runs[0]
	if ids := glyphs(arabic); len(ids) != 3 || ids[0] == ids[1] || ids[1] == ids[2] {
		t.Errorf("three Arabic letters are %v: not joined", ids)
	}
	if conjunct := one("क्ष").runs[0]; len(conjunct.Glyphs) != 1 {
		t.Errorf("a Devanagari conjunct of three characters is %d letters", len(conjunct.Glyphs))
	}
	mixed := one("Ann علي Bob")
	var order []string
	for _, run := range mixed.runs {
		order = append(order, strings.TrimSpace(mixed.of(run)))
	}
	if !slices.Equal(order, []string{"Ann", "علي", "Bob"}) {
		t.Errorf("from left to right: %q", order)
	}
	mixed = one("علي Bob")
	if first := strings.TrimSpace(mixed.of(mixed.runs[0])); first != "Bob" {
		t.Errorf("a text that begins from right to left has %q at its left, want its end", first)
	}
}

// TestDocument_lines breaks texts that are wider than what they are given.
func TestDocument_lines(t *testing.T) {
	t.Parallel()
	d := open(t)
	text := strings.Repeat("warp and weft ", 40) + "\n\n" + strings.Repeat("ونسيج ", 40) + strings.Repeat("x", 400)
	all := d.lines(text, Style{Size: 9}, 120)
	var again strings.Builder
	for _, l := range all {
		if l.width > 120 {
			t.Errorf("%q is %.1f wide", string(l.text), l.width)
		}
		again.WriteString(string(l.text))
	}
	if got, want := again.String(), strings.ReplaceAll(text, "\n", ""); got != want {
		t.Errorf("in all it reads\n%q, want\n%q", got, want)
	}
}

// TestDocument_Bytes makes a document of several pages, the same each time, whose
// texts can be found.
func TestDocument_Bytes(t *testing.T) {
	t.Parallel()
	made := func() []byte {
		d := open(t)
		d.Paragraph("José Ñúñez", Style{Size: 18, Weight: Bold})
		d.Paragraph("محمد", Style{Size: 12})
		d.Heading("Threads")
		var rows [][]string
		for range 120 {
			rows = append(rows, []string{"red", strings.Repeat("long ", 30)})
		}
		rows = append(rows, []string{"blue", strings.Repeat("longer than a page ", 800)})
		d.Table([]float64{100, 300}, []string{"Colour", "Note"}, rows)
		out, err := d.Bytes("Made of threads")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := made()
	if !bytes.HasPrefix(first, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(first), []byte("%%EOF")) {
		t.Error("it is no PDF")
	}
	if pages := bytes.Count(first, []byte("/Type /Page\n")); pages < 8 {
		t.Errorf("%d pages", pages)
	}
	if !bytes.Equal(first, made()) {
		t.Error("it is not the same twice")
	}
	content := streams(t, first)
	for _, text := range []string{"José Ñúñez", "دمحم", "Colour"} { // what is read from the right lies there as it is seen
		if !bytes.Contains(content, utf16(text)) {
			t.Errorf("%q is not found in it", text)
		}
	}
}

// streams are the contents of the document's streams.
func streams(t *testing.T, pdf []byte) (all []byte) {
	t.Helper()
	for _, match := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(match[1]))
		if err != nil {
			continue // of a font
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

// utf16 is a text as a PDF writes it: big endian, with what is special in a
// string escaped (ISO 32000-1, section 7.3.4.2).
func utf16(text string) (all []byte) {
	for _, r := range text {
		for _, b := range []byte{byte(r >> 8), byte(r)} {
			if strings.IndexByte(`()\`, b) >= 0 {
				all = append(all, '\\')
			}
			all = append(all, b)
		}
	}
	return all
}
