package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wanted = `
| event | version | published by | heard by |
|---|---|---|---|
| [` + "`thread.cut`" + `](#threadcut) | 1 | loom | loom, mill |
| [` + "`thread.dyed`" + `](#threaddyed) | 2 | loom | mill |
| ` + "`corn.reaped`" + ` | | nobody | loom |

### thread.cut

A thread is shorter.

Version 1; published by loom; heard by loom, mill.
It has no data.

### thread.dyed

A thread has another colour. The entity is the thread.

Version 2; published by loom; heard by mill.

| field | type | |
|---|---|---|
| ` + "`colour`" + ` | ` + "`string`" + ` | Colour as people say it. |
| ` + "`vats`" + ` | ` + "`[]int`" + ` | which \| in order |
| ` + "`Wet`" + ` | ` + "`bool`" + ` |  |
`

func TestGenerate(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, document)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, before := range []string{"# Events\n" + begin, "# Events\n" + begin + "stale"} {
		if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := generate(root); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("# Events\n"+begin+wanted, string(got)); diff != "" {
			t.Errorf("catalogue (-want +got):\n%s", diff)
		}
	}
}

func TestGenerate_errors(t *testing.T) {
	t.Parallel()
	const head = "package loom\n\nimport \"heddle/internal/events\"\n\n"
	for _, c := range []struct{ name, source, other, want string }{
		{"two domains publish it", `var a = events.Declare[events.Nothing]("thread.cut", 1, "A.")`, `var a = events.Declare[events.Nothing]("thread.cut", 1, "A.")`,
			`both loom and mill declare the event "thread.cut"`},
		{"a name that is not written out", `var a = events.Declare[events.Nothing](name, 1, "A.")`, "",
			"loom/events.go:5:9: an event is declared with its name, version and description written out"},
		{"data of another package's", `var a = events.Declare[elsewhere]("thread.cut", 1, "A.")`, "",
			"loom/events.go:5:24: the data of an event is a struct of its own domain, not elsewhere"},
		{"a handler for what is computed", `var a = map[string]events.Handler{f(): nil}`, "",
			"loom/events.go:5:35: the type of event that a handler is for is written out, or the Name() of a declared one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for domain, source := range map[string]string{"loom": c.source, "mill": c.other} {
				folder := filepath.Join(root, "subgraphs", domain)
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, "events.go"), []byte(head+source+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want := c.want
			if c.other == "" {
				want = filepath.Join(root, "subgraphs", want)
			}
			if err := generate(root); err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}
