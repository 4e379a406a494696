package fold_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fold"
)

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"José  Núñez": "jose nunez",
		"Łukasz":      "lukasz",
		"STRASSE":     "strasse",
		"Straße":      "strasse",
		"李 小龙":        "李 小龙",
		"\tÅsa\u00a0": "asa",
		"Øresund":     "oresund",
		"İstanbul":    "istanbul",
		"ﬁn":          "fin",
		"":            "",
	} {
		if got := fold.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	got := fold.Words("O'Brien-Núñez, María  (maria)")
	if diff := cmp.Diff([]string{"brien", "maria", "nunez", "o"}, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}
