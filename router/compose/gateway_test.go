package compose

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestCompose_supergraphs_run_in_Hive_Gateway loads our own supergraph and all
// of the corpus in the gateway that @graphql-hive/gateway is made of, and asks
// each for everything it has.
func TestCompose_supergraphs_run_in_Hive_Gateway(t *testing.T) {
	t.Parallel()
	folder := filepath.Dir(referenceDriver)
	node, err := exec.LookPath("node")
	if err != nil {
		lack(t, "Node.js is not installed, so there is no gateway to run")
	}
	check := exec.Command(node, "--input-type=module", "-e", `await import("@graphql-hive/gateway-runtime")`)
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		lack(t, "Hive Gateway is not installed (npm ci in web/): %.300s", bytes.TrimSpace(out))
	}
	type service struct {
		Name string `json:"name"`
		URL  string `json:"url"`
		SDL  string `json:"sdl"`
	}
	type graph struct {
		Supergraph string    `json:"supergraph"`
		API        string    `json:"api"`
		Subgraphs  []service `json:"subgraphs"`
		name       string
	}
	var graphs []graph
	add := func(name string, set []Subgraph) {
		result, err := Compose(set)
		if err != nil {
			return
		}
		g := graph{Supergraph: result.Supergraph, API: result.API, name: name}
		for _, s := range set {
			g.Subgraphs = append(g.Subgraphs, service{s.Name, s.URL, s.SDL})
		}
		graphs = append(graphs, g)
	}
	add("our own", ownSubgraphs(t))
	for _, c := range readCorpus(t) {
		add(c.name, c.subgraphs)
	}
	var input bytes.Buffer
	for _, g := range graphs {
		if err := json.NewEncoder(&input).Encode(g); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), node, "gateway.mjs")
	cmd.Dir, cmd.Stdin = folder, &input
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run the gateway: %v\n%s", err, stderr.Bytes())
	}
	exceptions := map[string]string{}
	if text, err := os.ReadFile("testdata/gateway.yml"); err != nil {
		t.Fatal(err)
	} else if err := yaml.Unmarshal(text, &exceptions); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(bytes.NewReader(out))
	answers.Buffer(nil, 1<<28)
	for _, g := range graphs {
		if !answers.Scan() {
			t.Fatal("the gateway answers too little")
		}
		var answer struct {
			Query  string
			Data   json.RawMessage
			Errors []struct{ Message string }
		}
		if err := json.Unmarshal(answers.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		failed := len(answer.Errors) > 0 || len(answer.Data) == 0 || string(answer.Data) == "null"
		if reason, known := exceptions[g.name]; known != failed {
			t.Errorf("%s: the gateway answers %.600s\nknown: %t %s", g.name, answers.Text(), known, reason)
		}
	}
	t.Logf("%d supergraphs", len(graphs))
}

// ownSubgraphs are the schemas of the domains in this repository.
func ownSubgraphs(t *testing.T) []Subgraph {
	t.Helper()
	paths, err := filepath.Glob("../../subgraphs/*/schema.graphql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no domains: %v", err)
	}
	var set []Subgraph
	for _, path := range paths {
		sdl, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(path))
		set = append(set, Subgraph{Name: name, URL: "http://" + strings.ToLower(name), SDL: string(sdl)})
	}
	return set
}
