package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGenerate_refuses_what_is_no_domain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../rooms", "a/b", "rooms.go", `a\b`, "{subgraph}"} {
		if err := generate(name); err == nil || err.Error() != "not the name of a domain" {
			t.Errorf("%q: %v, want that it is not the name of a domain", name, err)
		}
	}
}

// A domain is generated in a module of its own, from a schema with the
// directives that the code generator does not know by itself; what comes out
// binds the resolvers that there are.
func TestGenerate(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "gqlgen.yml"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(text))
	}
	for _, name := range []string{"scalar", "page", "fault", "batch"} {
		if err := os.CopyFS(filepath.Join(dir, "internal", name), os.DirFS(filepath.Join(root, "internal", name))); err != nil {
			t.Fatal(err)
		}
	}
	domain := filepath.Join(dir, "subgraphs", "loom")
	write(t, filepath.Join(domain, "schema.graphql"), `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@cost", "@listSize"])
type Query { threads: [Thread!]! @listSize(assumedSize: 10) @cost(weight: 2) }
type Thread @key(fields: "id") { id: ID! length: Int! }
`)
	write(t, filepath.Join(domain, "loom.go"), `package loom

import "context"

type Resolvers struct{}
type Thread struct{ ID string }

func (*Thread) IsEntity() {}

type query struct{}

func (*Resolvers) Query() query { return query{} }
func (query) Threads(context.Context) ([]*Thread, error) { return nil, nil }

type thread struct{}

func (*Resolvers) Thread() thread { return thread{} }
func (thread) Length(_ context.Context, threads []*Thread) ([]int, error) { return make([]int, len(threads)), nil }

type entity struct{}

func (*Resolvers) Entity() entity { return entity{} }
func (entity) FindManyThreadByIDs(_ context.Context, keys []*ThreadByIDsInput) ([]*Thread, error) { return make([]*Thread, len(keys)), nil }
`)
	t.Chdir(dir)
	if err := generate("loom"); err != nil {
		t.Fatal(err)
	}
	bind, err := os.ReadFile(filepath.Join(domain, "graph", "bind.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"func Bind(resolvers *loom.Resolvers) graphql.ExecutableSchema",
		"func (r root) Entity() EntityResolver", "func (r root) Query() QueryResolver", "func (r root) Thread() ThreadResolver",
	} {
		if !strings.Contains(string(bind), want) {
			t.Errorf("bind.go lacks %q:\n%s", want, bind)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
