package execute_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"heddle/internal/caller"
	"heddle/router/compose"
	"heddle/router/execute"
	"heddle/router/fetch"
	"heddle/router/memory"
	"heddle/router/operation"
	"heddle/router/supergraph"
)

var update = flag.Bool("update", false, "rewrite the plans and responses of the golden cases")

const cases = "../plan/testdata"

// TestGolden runs every case of router/plan/testdata: it composes the subgraphs,
// plans the query, executes it over servers of the subgraphs' data, and compares
// plan and response with the file. The data must also be what one server gives
// that has the whole schema and all data.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(cases + "/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		folder := filepath.Base(filepath.Dir(file))
		if folder == "graphs" {
			continue
		}
		t.Run(folder+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runGolden(t, file)
		})
	}
}

// section is a file of an archive, or "".
func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setSection(a *txtar.Archive, name, data string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(data)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
}

// world is the graph of a case.
type world struct {
	super *supergraph.Supergraph
	graph *execute.Graph
	parts map[string]*memory.Server
	whole *memory.Server
	// labels are the custom labels that are active.
	labels []string
	// policies are those that hold.
	policies []string
}

func (w *world) holding(_ context.Context, names []string) map[string]bool {
	holding := map[string]bool{}
	for _, name := range names {
		holding[name] = slices.Contains(w.policies, name)
	}
	return holding
}

func (w *world) label(_ context.Context, label string) bool { return slices.Contains(w.labels, label) }

func runGolden(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	source := archive
	if use := strings.TrimSpace(section(archive, "graph")); use != "" {
		if source, err = txtar.ParseFile(filepath.Join(cases, "graphs", use+".txtar")); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, source, section(archive, "data"), strings.Fields(section(archive, "down")))
	request := operation.Request{Query: section(archive, "query"), Variables: json.RawMessage(section(archive, "variables"))}
	ctx := context.Background()
	if who := strings.Fields(section(archive, "caller")); len(who) > 0 { // an id, and scopes
		ctx = caller.With(ctx, caller.Caller{ID: who[0], Scopes: who[1:]})
	}
	w.policies = strings.Fields(section(archive, "policies"))
	w.labels = strings.Fields(section(archive, "labels"))
	var plan, response, merged string
	if request.Incremental = strings.HasPrefix(filepath.Base(filepath.Dir(file)), "defer"); request.Incremental {
		plan, response, merged = w.runInParts(t, ctx, request)
	} else {
		plan, response = w.run(ctx, request)
		merged = response
	}
	if section(archive, "alone") == "" {
		compareWhole(t, w, request, merged)
	}
	if *update {
		setSection(archive, "plan", plan)
		setSection(archive, "response", response)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(section(archive, "plan"), plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(section(archive, "response"), response); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
}

// newWorld makes the graph of an archive. other changes fields of its objects.
func newWorld(t *testing.T, a *txtar.Archive, other string, down []string) *world {
	t.Helper()
	var data, changes memory.Data
	if err := json.Unmarshal([]byte(section(a, "data.json")), &data); err != nil {
		t.Fatalf("data.json: %v", err)
	}
	if other != "" {
		if err := json.Unmarshal([]byte(other), &changes); err != nil {
			t.Fatalf("data: %v", err)
		}
	}
	for id, fields := range changes {
		for name, v := range fields {
			data[id][name] = v
		}
	}
	w := &world{parts: map[string]*memory.Server{}}
	var subgraphs []compose.Subgraph
	fetchers := map[string]fetch.Fetcher{}
	for _, f := range a.Files {
		name, ok := strings.CutSuffix(f.Name, ".graphql")
		if !ok {
			continue
		}
		subgraphs = append(subgraphs, compose.Subgraph{Name: name, URL: "http://" + name + ".test/graphql", SDL: string(f.Data), File: f.Name})
		part, err := memory.Subgraph(string(f.Data), data.Of(name))
		if err != nil {
			t.Fatalf("subgraph %s: %v", name, err)
		}
		part.Down = slices.Contains(down, name)
		w.parts[name] = part
		fetchers[name] = fetch.InProcess(part)
	}
	sdl := section(a, "supergraph") // where another composer wrote it
	if sdl == "" {
		composed, err := compose.Compose(subgraphs)
		if err != nil {
			t.Fatalf("compose: %v", err)
		}
		sdl = composed.Supergraph
	}
	var err error
	if w.super, err = supergraph.Read(sdl); err != nil {
		t.Fatalf("read supergraph: %v", err)
	}
	if w.graph, err = execute.New(w.super, fetchers, execute.Options{Label: w.label, Policies: w.holding, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}); err != nil {
		t.Fatalf("new graph: %v", err)
	}
	if w.whole, err = memory.Whole(w.super.API, data); err != nil {
		t.Fatal(err)
	}
	return w
}

// run gives the plan and the response of a request, both as text.
func (w *world) run(ctx context.Context, r operation.Request) (plan, response string) {
	p, err := w.graph.Prepare(ctx, r)
	if err != nil {
		encoded, _ := json.Marshal(map[string]any{"errors": err})
		return "", execute.Pretty(encoded)
	}
	body, err := w.graph.Execute(ctx, p, nil)
	if err != nil {
		return w.graph.Explain(p), err.Error() + "\n"
	}
	response = execute.Pretty(body)
	for range 2 { // queries: what was asked before is not merged again
		if p.Kind() != operation.Query {
			break
		}
		body, err := w.graph.Execute(ctx, p, nil)
		if again := execute.Pretty(body); err != nil || again != response {
			return w.graph.Explain(p), fmt.Sprintf("%s\nnot the same again: %v\n%s", response, err, again)
		}
	}
	return w.graph.Explain(p), response
}

// compareWhole holds the response against that of one server with everything.
func compareWhole(t *testing.T, w *world, r operation.Request, response string) {
	t.Helper()
	var got, want struct {
		Data   any
		Errors []struct{ Path any }
	}
	if err := json.Unmarshal([]byte(response), &got); err != nil {
		t.Errorf("response: %v\n%s", err, response)
		return
	}
	var variables map[string]any
	if len(r.Variables) > 0 {
		if err := json.Unmarshal(r.Variables, &variables); err != nil {
			t.Fatal(err)
		}
	}
	encoded, _ := json.Marshal(w.whole.Answer(memory.Request{Query: r.Query, Variables: variables}))
	if err := json.Unmarshal(encoded, &want); err != nil {
		t.Fatal(err)
	}
	for _, errs := range [][]struct{ Path any }{got.Errors, want.Errors} {
		slices.SortFunc(errs, func(a, b struct{ Path any }) int {
			return strings.Compare(fmt.Sprint(a.Path), fmt.Sprint(b.Path))
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not what one server with the whole schema answers (-whole +heddle):\n%s\n%s", diff, response)
	}
}
