package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"
)

// config is the part of rover's supergraph configuration that is understood.
type config struct {
	FederationVersion string                    `yaml:"federation_version"`
	Subgraphs         map[string]subgraphConfig `yaml:"subgraphs"`
}

type subgraphConfig struct {
	RoutingURL string `yaml:"routing_url"`
	Schema     struct {
		File        string `yaml:"file"`
		SDL         string `yaml:"sdl"`
		SubgraphURL string `yaml:"subgraph_url"`
	} `yaml:"schema"`
}

// ReadConfig reads the subgraphs that a file in rover's format lists. Paths in
// it are relative to the file. A subgraph without a schema of its own has an
// empty SDL and must be asked for it at its URL.
func ReadConfig(path string) ([]Subgraph, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the list of subgraphs: %w", err)
	}
	var c config
	if err := yaml.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("read the list of subgraphs in %s: %w", path, err)
	}
	if len(c.Subgraphs) == 0 {
		return nil, fmt.Errorf("%s lists no subgraphs; it needs subgraphs.<name>.schema.file", path)
	}
	var names []string
	for name := range c.Subgraphs {
		names = append(names, name)
	}
	slices.Sort(names)
	var subgraphs []Subgraph
	for _, name := range names {
		s, err := c.Subgraphs[name].read(name, filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		subgraphs = append(subgraphs, s)
	}
	return subgraphs, nil
}

func (c subgraphConfig) read(name, folder string) (Subgraph, error) {
	s := Subgraph{Name: name, URL: c.RoutingURL, SDL: c.Schema.SDL}
	switch {
	case c.Schema.File != "":
		s.File = c.Schema.File
		path := c.Schema.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		sdl, err := os.ReadFile(path)
		if err != nil {
			return s, fmt.Errorf("read the schema of subgraph %q: %w", name, err)
		}
		s.SDL = string(sdl)
	case c.Schema.SDL != "":
	case c.Schema.SubgraphURL != "":
		if s.URL == "" {
			s.URL = c.Schema.SubgraphURL
		}
		s.File = c.Schema.SubgraphURL
	default:
		return s, fmt.Errorf("subgraph %q has neither schema.file, schema.sdl nor schema.subgraph_url", name)
	}
	if s.URL == "" {
		return s, fmt.Errorf("subgraph %q has no routing_url, so no router would find it", name)
	}
	return s, nil
}
