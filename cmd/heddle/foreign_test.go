package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heddle/internal/drive"
)

// TestForeign_subgraphs composes and serves subgraphs that somebody else wrote,
// in another language, with no other configuration.
func TestForeign_subgraphs(t *testing.T) {
	t.Parallel()
	requires(t, "the foreign subgraphs do not run", lacksNode)
	origin := serveLibrary(t)
	client := signedOut(origin)
	t.Run("query", func(t *testing.T) {
		a := client.must(t, `{ books { title postage shelf { room } } readers { name } missing: book(isbn: "9") { title } }`, nil)
		want := `{"books":[{"title":"The Loom","postage":200,"shelf":{"room":"Weaving"}},{"title":"The Shuttle","postage":150,"shelf":{"room":"Weaving"}},` +
			`{"title":"A Pamphlet","postage":null,"shelf":{"room":"Weaving"}}],"readers":[{"name":"Wanda"},{"name":"Fred"}],"missing":null}`
		if string(a.Data) != want {
			t.Errorf("got %s\nwanted %s", a.Data, want)
		}
	})
	t.Run("token is not asked for", func(t *testing.T) {
		withToken := &person{Client: drive.Client{Origin: origin, Token: "whatever their own servers make of it"}}
		withToken.must(t, `{ readers { card } }`, nil)
	})
	for _, carrier := range carriers {
		t.Run("subscription over "+carrier.name, func(t *testing.T) {
			l := carrier.listen(t, client, `subscription { lent { book { title postage } reader { name } } }`, nil)
			heardLoan(t, l, client)
		})
	}
	t.Run("after the loans", func(t *testing.T) {
		a := client.must(t, `{ book(isbn: "2") { loans { reader { name card } } } }`, nil)
		if !strings.HasPrefix(string(a.Data), `{"book":{"loans":[{"reader":{"name":"Fred","card":"r2"}}`) {
			t.Errorf("got %s", a.Data)
		}
	})
}

// heardLoan lends a book until the subscription hears it.
func heardLoan(t *testing.T, l *drive.Listening, client *person) {
	t.Helper()
	for range 100 {
		client.must(t, `mutation { lend(isbn: "2", card: "r2") { book { title } reader { name } } }`, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		a, err := l.Next(ctx)
		cancel()
		if err == nil {
			if want := `{"lent":{"book":{"title":"The Shuttle","postage":150},"reader":{"name":"Fred"}}}`; string(a.Data) != want {
				t.Errorf("heard %s\nwanted %s", a.Body, want)
			}
			return
		}
	}
	t.Fatal("the subscription hears nothing")
}

// serveLibrary starts the foreign servers, composes them by a configuration in
// rover's format, and starts a router over them.
func serveLibrary(t *testing.T) (origin string) {
	t.Helper()
	sources := filepath.Join(binary().Root, "web", "foreign")
	folder := t.TempDir()
	config, supergraph := filepath.Join(folder, "supergraph.yaml"), filepath.Join(folder, "supergraph.graphql")
	text := "federation_version: =2.5.0\nsubgraphs:\n"
	addresses := startLibrary(t, sources)
	for _, name := range []string{"books", "lending", "readers"} {
		text += fmt.Sprintf("  %s:\n    routing_url: %s\n    schema:\n      file: %s\n", name, addresses[name], filepath.Join(sources, name+".graphql"))
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, complaint, status, err := binary().Run(soon(t), nil, "compose", "--config", config, "--out", supergraph)
	if err != nil || status != 0 {
		t.Fatalf("compose: status %d, %v: %s", status, err, complaint)
	}
	address, err := drive.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	router, err := binary().Start("router", nil, "router", "--supergraph", supergraph, "--listen", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := router.Stop(context.WithoutCancel(t.Context()), syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(router.Log.Tail(40))
		}
	})
	if err := router.Ready(soon(t), address); err != nil {
		t.Fatal(err)
	}
	return "http://" + address
}

// startLibrary starts the foreign servers and returns their addresses by name.
func startLibrary(t *testing.T, folder string) map[string]string {
	t.Helper()
	command := exec.Command("node", "library.mjs")
	command.Dir = folder
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close() // which ends it
		if err := command.Wait(); err != nil {
			t.Errorf("the foreign servers: %v", err)
		}
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the foreign servers do not start: %v", err)
	}
	var addresses map[string]string
	if err := json.Unmarshal(line, &addresses); err != nil {
		t.Fatal(err)
	}
	return addresses
}
