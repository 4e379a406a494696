package compose

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// A theme is a set of subgraphs with alternatives: {{one|other|}} stands for any
// of them, and may nest. " | ", with spaces, is a bar of GraphQL.
type theme struct {
	name  string
	files []txtar.File
}

func readThemes(t *testing.T) []theme {
	t.Helper()
	paths, err := filepath.Glob("testdata/themes/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no themes: %v", err)
	}
	var themes []theme
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		themes = append(themes, theme{strings.TrimSuffix(filepath.Base(path), ".txtar"), archive.Files})
	}
	return themes
}

// vary makes subgraphs of a theme; now and then one line is damaged.
func (g *generator) vary(t theme) []Subgraph {
	var set []Subgraph
	for i, file := range t.files {
		if i >= 2 && g.chance(0.4) {
			continue
		}
		name := strings.TrimSuffix(file.Name, ".graphql")
		sdl := g.choose(string(file.Data))
		if g.wrong() {
			sdl = g.damage(sdl)
		}
		set = append(set, Subgraph{Name: name, URL: "http://" + name, SDL: sdl})
	}
	return set
}

// choose replaces every group of alternatives by one of them.
func (g *generator) choose(text string) string {
	out, rest := g.alternative(text, false)
	if rest != "" {
		panic("unbalanced theme: " + rest)
	}
	return out[g.IntN(len(out))]
}

// alternative reads up to the end of a group, and gives what each alternative
// came out as.
func (g *generator) alternative(text string, inside bool) (alternatives []string, rest string) {
	var b strings.Builder
	braces := 0
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "{{"):
			inner, after := g.alternative(text[i+2:], true)
			b.WriteString(inner[g.IntN(len(inner))])
			text, i = after, -1
		case inside && braces == 0 && strings.HasPrefix(text[i:], "}}"):
			return append(alternatives, b.String()), text[i+2:]
		case inside && braces == 0 && text[i] == '|' && !literalBar(text, i):
			alternatives = append(alternatives, b.String())
			b.Reset()
		default:
			if text[i] == '{' {
				braces++
			}
			if text[i] == '}' {
				braces--
			}
			b.WriteByte(text[i])
		}
	}
	return append(alternatives, b.String()), ""
}

// damage removes, repeats or exchanges a word.
func (g *generator) damage(sdl string) string {
	words := strings.Fields(sdl)
	i, j := g.IntN(len(words)), g.IntN(len(words))
	switch g.IntN(3) {
	case 0:
		words = slices.Delete(words, i, i+1)
	case 1:
		words = slices.Insert(words, i, words[j])
	default:
		words[i] = words[j]
	}
	return strings.Join(words, " ")
}

// literalBar says whether a bar has spaces on both sides.
func literalBar(text string, i int) bool {
	return i > 0 && text[i-1] == ' ' && i+1 < len(text) && text[i+1] == ' '
}
