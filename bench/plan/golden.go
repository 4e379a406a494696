package main

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"heddle/router/compose"
)

// goldenGraphs are the cases of the planner's own tests: a graph and an
// operation each. Those that are about what a gateway answers itself, or about
// callers, are left out.
func goldenGraphs() ([]graph, error) {
	const folder = "router/plan/testdata"
	files, err := filepath.Glob(folder + "/*/*.txtar")
	if err != nil {
		return nil, err
	}
	var graphs []graph
	for _, file := range files {
		switch filepath.Base(filepath.Dir(file)) {
		case "graphs", "introspection", "authenticated", "inaccessible", "errors":
			continue
		}
		archive, err := txtar.ParseFile(file)
		if err != nil {
			return nil, err
		}
		source := archive
		if use := strings.TrimSpace(section(archive, "graph")); use != "" {
			if source, err = txtar.ParseFile(filepath.Join(folder, "graphs", use+".txtar")); err != nil {
				return nil, err
			}
		}
		composed, err := compose.Compose(subgraphsOf(source))
		if err != nil {
			continue // a case of an error
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), folder+"/"), ".txtar")
		o := question{query: section(archive, "query"), labels: strings.Fields(section(archive, "labels"))}
		if text := section(archive, "variables"); text != "" {
			o.variables = json.RawMessage(text)
		}
		graphs = append(graphs, graph{name: name, sdl: composed.Supergraph, operations: []question{o}})
	}
	return graphs, nil
}

func subgraphsOf(a *txtar.Archive) []compose.Subgraph {
	var subgraphs []compose.Subgraph
	for _, f := range a.Files {
		if name, ok := strings.CutSuffix(f.Name, ".graphql"); ok {
			subgraphs = append(subgraphs, compose.Subgraph{Name: name, URL: "http://" + name, SDL: string(f.Data), File: f.Name})
		}
	}
	return subgraphs
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
