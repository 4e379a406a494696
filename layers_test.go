package heddle_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// module is the name in go.mod, and so the prefix of every package of ours.
const module = "heddle/"

// layer is a folder of packages with the folders it may import. A package
// belongs to the layer with the longest matching folder. Packages of one layer
// may import each other only where the layer names itself.
type layer struct {
	folder string
	may    []string
}

// arrows is the picture of the house: who may import whom.
var arrows = []layer{
	{"cmd", []string{"cmd", "subgraphs", "router", "internal"}},
	{"bench", []string{"bench", "router", "subgraphs", "internal"}},
	{"subgraphs", []string{"subgraphs/*", "internal"}},         // subgraphs.go, the list
	{"subgraphs/*/graph", []string{"subgraphs/=", "internal"}}, // generated: binds its own domain
	{"subgraphs/*", []string{"internal"}},                      // a domain knows no other domain and no router
	{"router", []string{"router/*", "internal"}},               // router.go, the walk of a request
	{"router/serve", []string{"router/subscribe", "router/execute", "router/operation", "router/upload", "internal"}},
	{"router/subscribe", []string{"router/execute", "router/operation", "router/supergraph", "internal"}},
	{"router/execute", []string{"router/plan", "router/operation", "router/supergraph", "router/fetch", "router/upload", "internal"}},
	{"router/plan", []string{"router/operation", "router/supergraph", "router/federation", "internal"}},
	{"router/operation", []string{"router/supergraph", "router/federation", "internal"}},
	{"router/supergraph", []string{"router/federation"}},
	{"router/fetch", []string{"router/upload", "internal"}},
	{"router/upload", nil},
	{"router/compose", []string{"router/federation", "internal/lacking"}},
	{"router/compose/feed", []string{"router/compose"}},
	{"router/federation", nil},
	{"router/source", nil},
	{"internal", []string{"internal"}},
}

// TestArrows holds every import of every package, test files included, against
// the arrows. External tests (package x_test) may import anything: they stand
// where a user of the package stands.
func TestArrows(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		from := layerOf(t, name)
		for _, path := range append(p.Imports, p.TestImports...) {
			to, ours := strings.CutPrefix(path, module)
			if ours && to != name && !from.allows(name, to) {
				t.Errorf("%s imports %s; packages under %s may import only %s", name, to, from.folder, strings.Join(from.may, ", "))
			}
		}
	}
}

type listed struct {
	ImportPath           string
	Imports, TestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports", "./...")
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("read the output of go list: %v", err)
		}
		if p.ImportPath != strings.TrimSuffix(module, "/") {
			all = append(all, p)
		}
	}
}

// layerOf finds the most particular layer of the package.
func layerOf(t *testing.T, name string) layer {
	t.Helper()
	best := layer{}
	for _, l := range arrows {
		if within(name, l.folder) && strings.Count(l.folder, "/") >= strings.Count(best.folder, "/") {
			best = l
		}
	}
	if best.folder == "" {
		t.Fatalf("package %s is in no layer: give it one in the list of arrows", name)
	}
	return best
}

// allows tells whether a package of the layer may import the other. "=" in a
// folder stands for the importing package's own part at that place.
func (l layer) allows(name, other string) bool {
	for _, folder := range l.may {
		if parts := strings.Split(name, "/"); strings.HasSuffix(folder, "=") {
			folder = strings.TrimSuffix(folder, "=") + parts[1]
		}
		if within(other, folder) {
			return true
		}
	}
	return false
}

// within tells whether the package is in the folder, in which "*" stands for
// any one part.
func within(name, folder string) bool {
	parts, wanted := strings.Split(name, "/"), strings.Split(folder, "/")
	if len(parts) < len(wanted) {
		return false
	}
	for i, want := range wanted {
		if want != "*" && want != parts[i] {
			return false
		}
	}
	return true
}
