package main

import (
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"heddle/subgraphs"
)

// containers is what docker-compose.yml holds, as far as it is checked here.
type containers struct {
	Services map[string]struct {
		Image       string
		Command     []string
		Environment map[string]string
		Ports       []string
		Volumes     []string
		Healthcheck *struct{ Test []string }
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	Volumes map[string]any
}

func readContainers(t *testing.T) containers {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c containers
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContainers_every_domain_has_one(t *testing.T) {
	t.Parallel()
	c := readContainers(t)
	for _, d := range subgraphs.All {
		_, port, err := net.SplitHostPort(d.Listen)
		if err != nil {
			t.Fatal(err)
		}
		service := c.Services[d.Name]
		if want := []string{"subgraph", d.Name, "--listen=0.0.0.0:" + port}; !slices.Equal(service.Command, want) {
			t.Errorf("the container of %s runs %q, want %q", d.Name, service.Command, want)
		}
		at := "--subgraph-url=" + d.Name + "=http://" + d.Name + ":" + port + pathOf(d)
		if router := c.Services["router"]; !slices.Contains(router.Command, at) {
			t.Errorf("the router's command lacks %s", at)
		}
		if _, waits := c.Services["router"].DependsOn[d.Name]; !waits {
			t.Errorf("the router does not wait for %s", d.Name)
		}
		for _, name := range []string{"POSTGRES", "MONGO", "REDIS", "NATS", "GRAPH", "JWKS"} {
			if service.Environment["HEDDLE_"+name+"_URL"] == "" {
				t.Errorf("the container of %s has no HEDDLE_%s_URL", d.Name, name)
			}
		}
	}
}

func TestContainers_are_checked_and_wait_for_what_is(t *testing.T) {
	t.Parallel()
	c := readContainers(t)
	for _, name := range slices.Sorted(maps.Keys(c.Services)) {
		service := c.Services[name]
		if service.Healthcheck == nil || len(service.Healthcheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
		for on, how := range service.DependsOn {
			if _, there := c.Services[on]; !there || how.Condition != "service_healthy" {
				t.Errorf("%s waits for %s (%s), which is no healthy service", name, on, how.Condition)
			}
		}
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if _, there := c.Volumes[source]; !there {
				t.Errorf("%s mounts %s, which is not among the volumes", name, source)
			}
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s publishes %s beyond this machine", name, port)
			}
		}
		if service.Image == "" || strings.HasSuffix(service.Image, ":latest") || !strings.Contains(service.Image, ":") {
			t.Errorf("%s runs the image %q, which names no version", name, service.Image)
		}
	}
}

// A default password is one that says what it is for.
func TestContainers_no_secret_but_development_ones(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		for _, word := range []string{"PASSWORD", "SECRET"} {
			if strings.Contains(line, word) && !strings.Contains(line, word+":-development-only") {
				t.Errorf("docker-compose.yml:%d: %s", i+1, strings.TrimSpace(line))
			}
		}
	}
}
