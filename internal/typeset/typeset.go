// Package typeset knows how to print: pages with headings, paragraphs and tables
// in any script that its fonts have, as PDF (ISO 32000-1). Letters are shaped,
// joined and ordered as their scripts want it, drawn as outlines, and the text
// itself lies behind them.
package typeset

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-pdf/fpdf"
	"github.com/go-text/typesetting/shaping"
)

// The page: US letter, in points.
const (
	pageWidth  = 612
	pageHeight = 792
	margin     = 54
	bottom     = pageHeight - 64
	leading    = 1.4 // of a line, in sizes
)

// Document is a document that grows downwards.
type Document struct {
	pdf       *fpdf.Fpdf
	faces     map[Weight]faces
	segmenter shaping.Segmenter
	shaper    shaping.HarfbuzzShaper
	wrapper   shaping.LineWrapper
	y         float64
}

// New begins a document. The title is what a viewer shows in its window.
func New(title string, at time.Time) (*Document, error) {
	all, err := fonts()
	if err != nil {
		return nil, err
	}
	d := &Document{pdf: fpdf.New("P", "pt", "Letter", ""), faces: map[Weight]faces{}}
	for weight, of := range all {
		d.faces[weight] = newFaces(of)
	}
	d.pdf.SetTitle(title, true)
	d.pdf.SetLang("en-US")
	d.pdf.SetCreationDate(at)
	d.pdf.SetModificationDate(at)
	d.pdf.SetCatalogSort(true)
	d.pdf.SetAutoPageBreak(false, 0)
	for _, name := range []string{regularFont, boldFont} {
		data, err := files.ReadFile("fonts/" + name + ".ttf")
		if err != nil {
			return nil, err
		}
		d.pdf.AddUTF8FontFromBytes(name, "", data)
	}
	d.page()
	return d, nil
}

func (d *Document) page() {
	d.pdf.AddPage()
	d.y = margin
}

// room begins a new page if less than the height is left on this one.
func (d *Document) room(height float64) {
	if d.y+height > bottom {
		d.page()
	}
}

// Space leaves some room.
func (d *Document) Space(height float64) { d.y += height }

// Paragraph sets a text over the whole width.
func (d *Document) Paragraph(text string, style Style) {
	for _, l := range d.lines(text, style, pageWidth-2*margin) {
		d.room(style.Size * leading)
		d.y += style.Size * leading
		d.draw(l, style, margin, d.y-style.Size*(leading-1))
	}
}

// Heading sets a heading, which is not the last thing on a page.
func (d *Document) Heading(text string) {
	d.room(80)
	d.Space(14)
	d.Paragraph(text, Style{Size: 13, Weight: Bold})
	d.Space(4)
}

// Table sets rows in columns of the widths given, in points; the first row is
// the header, which each further page repeats.
func (d *Document) Table(widths []float64, header []string, rows [][]string) {
	d.row(widths, header, Style{Size: 9, Weight: Bold}, nil)
	for _, row := range rows {
		d.row(widths, row, Style{Size: 9}, func() { d.row(widths, header, Style{Size: 9, Weight: Bold}, nil) })
	}
}

// row sets one row. One that is longer than what is left of the page goes on the
// next, and over as many as it needs.
func (d *Document) row(widths []float64, cells []string, style Style, begin func()) {
	const gap = 8
	height := style.Size * leading
	set := make([][]line, len(cells))
	most := 0
	for i, cell := range cells {
		set[i] = d.lines(cell, style, widths[i]-gap)
		most = max(most, len(set[i]))
	}
	next := func() {
		d.page()
		if begin != nil {
			begin()
		}
	}
	if d.y+min(float64(most), 6)*height+gap > bottom {
		next()
	}
	d.y += gap / 2
	for n := range most {
		if d.y+height > bottom {
			next()
		}
		d.y += height
		x := float64(margin)
		for i := range cells {
			if n < len(set[i]) {
				d.draw(set[i][n], style, x, d.y-style.Size*(leading-1))
			}
			x += widths[i]
		}
	}
	d.y += gap / 2
	d.pdf.SetDrawColor(200, 200, 200)
	d.pdf.SetLineWidth(0.5)
	d.pdf.Line(margin, d.y, pageWidth-margin, d.y)
}

// Bytes ends the document with a line at the foot of each page, which says its
// number too.
func (d *Document) Bytes(foot string) ([]byte, error) {
	style := Style{Size: 8, Grey: 110}
	total := d.pdf.PageCount()
	for n := 1; n <= total; n++ {
		d.pdf.SetPage(n)
		number := d.lines(fmt.Sprintf("%d / %d", n, total), style, 100)[0]
		d.draw(number, style, pageWidth-margin-number.width, pageHeight-36)
		for _, l := range d.lines(foot, style, pageWidth-2*margin-100)[:1] {
			d.draw(l, style, margin, pageHeight-36)
		}
	}
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}
