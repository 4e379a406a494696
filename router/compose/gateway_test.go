package compose

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"heddle/internal/lacking"
)

// gatewayProcess is web/compose-reference/gateway.mjs: Hive Gateway, and the
// subgraphs that it asks.
type gatewayProcess struct {
	address string // that the URLs of subgraphs begin with
	input   *json.Encoder
	answers *bufio.Scanner
}

// gatewayAnswer is what the gateway says to a query for everything.
type gatewayAnswer struct {
	Query  string
	Asked  int // requests to the subgraphs
	Data   json.RawMessage
	Errors []struct{ Message string }
}

// startGateway starts the gateway; it ends with the test. The test is skipped, and
// says why, where Node.js or the package is missing.
func startGateway(t *testing.T) *gatewayProcess {
	t.Helper()
	folder := filepath.Dir(referenceDriver)
	node, err := exec.LookPath("node")
	if err != nil {
		lacking.Skip(t, "Node.js is not installed, so there is no gateway to run")
	}
	check := exec.Command(node, "--input-type=module", "-e", `import.meta.resolve("@graphql-hive/gateway")`)
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		lacking.Skip(t, "Hive Gateway is not installed (npm ci in web/): %.300s", bytes.TrimSpace(out))
	}
	cmd := exec.Command(node, "gateway.mjs")
	cmd.Dir = folder
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("run the gateway: %v\n%s", err, stderr.Bytes())
		}
	})
	g := &gatewayProcess{input: json.NewEncoder(stdin), answers: bufio.NewScanner(stdout)}
	g.answers.Buffer(nil, 1<<28)
	var hello struct{ Address string }
	g.read(t, &hello)
	g.address = hello.Address
	return g
}

func (g *gatewayProcess) read(t *testing.T, into any) {
	t.Helper()
	if !g.answers.Scan() {
		t.Fatalf("the gateway says no more: %v", g.answers.Err())
	}
	if err := json.Unmarshal(g.answers.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// ask composes subgraphs, which the gateway's process serves, and asks the gateway
// for everything. It says no where they do not compose.
func (g *gatewayProcess) ask(t *testing.T, name string, set []Subgraph) (gatewayAnswer, bool) {
	t.Helper()
	type service struct {
		URL string `json:"url"`
		SDL string `json:"sdl"`
	}
	var services []service
	served := slices.Clone(set)
	for i := range served {
		served[i].URL = fmt.Sprintf("%s/%s/%d", g.address, name, i)
		services = append(services, service{served[i].URL, served[i].SDL})
	}
	result, err := Compose(served)
	if err != nil {
		return gatewayAnswer{}, false
	}
	if err := g.input.Encode(map[string]any{"supergraph": result.Supergraph, "api": result.API, "subgraphs": services}); err != nil {
		t.Fatal(err)
	}
	var answer gatewayAnswer
	g.read(t, &answer)
	return answer, true
}

// TestCompose_supergraphs_run_in_Hive_Gateway loads our own supergraph and all of
// the corpus in the hive-gateway command, with their subgraphs served over HTTP,
// and asks each for everything it has. The subgraphs never answer null, so where
// there is one the gateway did not fetch something; but for fields that move by
// percentage, for which it throws the dice once for each of the two subgraphs, and
// now and then asks neither.
func TestCompose_supergraphs_run_in_Hive_Gateway(t *testing.T) {
	t.Parallel()
	exceptions := map[string]string{}
	if text, err := os.ReadFile("testdata/gateway.yml"); err != nil {
		t.Fatal(err)
	} else if err := yaml.Unmarshal(text, &exceptions); err != nil {
		t.Fatal(err)
	}
	gateway := startGateway(t)
	graphs := 0
	check := func(name string, set []Subgraph) {
		answer, composed := gateway.ask(t, name, set)
		if !composed {
			return
		}
		graphs++
		failed := len(answer.Errors) > 0 || len(answer.Data) == 0 || string(answer.Data) == "null" || answer.Asked == 0
		dice := slices.ContainsFunc(set, func(s Subgraph) bool { return strings.Contains(s.SDL, `label: "percent(`) })
		failed = failed || !dice && bytes.Contains(answer.Data, []byte("null"))
		if reason, known := exceptions[name]; known != failed {
			t.Errorf("%s: the gateway answers %.600s\nknown: %t %s", name, gateway.answers.Text(), known, reason)
		}
	}
	check("our-own", ownSubgraphs(t))
	for _, c := range readCorpus(t) {
		check(c.name, c.subgraphs)
	}
	t.Logf("%d supergraphs, all but %d answer", graphs, len(exceptions))
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
