package main_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"heddle/internal/drive"
	"heddle/internal/lacking"
)

// TestClients runs what other people wrote against every topology: graphql-ws,
// graphql-sse, Apollo Client and urql, each with its own tests in web/clients,
// and one subscription test that every transport runs.
func TestClients(t *testing.T) {
	t.Parallel()
	requires(t, "the clients from npm do not run", lacksNode)
	everywhere(t, func(t *testing.T, w *drive.World) {
		for _, client := range []string{"graphql-ws", "graphql-sse", "apollo", "urql", "transports"} {
			t.Run(client, func(t *testing.T) {
				t.Parallel()
				node(t, w, "clients", "--test", client+".test.mjs")
			})
		}
	})
}

// TestAudit runs the server audit of the graphql-http package: no failed MUST
// and no failed SHOULD.
func TestAudit(t *testing.T) {
	t.Parallel()
	requires(t, "the audit of graphql-http does not run", lacksNode)
	everywhere(t, func(t *testing.T, w *drive.World) {
		audits := node(t, w, "audit", "audit.mjs")
		if done := strings.Count(audits, `"status":"ok"`); done < 50 || strings.Contains(audits, `"status":"error"`) || strings.Contains(audits, `"status":"warn"`) {
			t.Errorf("%d audits passed:\n%s", done, audits)
		}
	})
}

// TestPlayground drives the playground in Chromium: a query, then a live message.
func TestPlayground(t *testing.T) {
	t.Parallel()
	requires(t, "the browser test does not run", lacksNode, lacksChromium, lacksPlayground)
	w := oneProcess.get(t)
	node(t, w, "browser", "--test", "playground.test.mjs")
}

// TestExample drives the example of two editors in Chromium: two people write
// in one document, on two pages.
func TestExample(t *testing.T) {
	t.Parallel()
	requires(t, "the browser test does not run", lacksNode, lacksChromium, lacksPlayground)
	w := oneProcess.get(t)
	node(t, w, "browser", "--test", "code.test.mjs")
}

// shortTokens is where to get access tokens that soon end, of whom "sub" names.
func shortTokens(t *testing.T) (url string) {
	t.Helper()
	const life = 6 * time.Second
	var asked atomic.Bool
	office := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(true)
		token := issuer().Token(r.URL.Query().Get("sub"), map[string]any{"exp": time.Now().Add(life).Unix()})
		_, _ = io.WriteString(w, token) // whoever asked may be gone
	}))
	t.Cleanup(func() {
		office.Close()
		if !asked.Load() {
			t.Error("nobody has asked for a token that soon ends")
		}
	})
	return office.URL
}

// TestYjsProvider runs the Yjs provider of web/yjs-provider against every
// topology: documents and cursors of several people, connections that are cut, tokens that
// are replaced before they end.
func TestYjsProvider(t *testing.T) {
	t.Parallel()
	requires(t, "the Yjs provider is not tried", lacksNode)
	tokens := shortTokens(t)
	everywhere(t, func(t *testing.T, w *drive.World) {
		nodeWith(t, w, []string{"HEDDLE_TOKENS=" + tokens}, "yjs-provider", filepath.Join("..", "node_modules", "vitest", "vitest.mjs"), "run", "--config", "live.config.ts")
	})
}

// node runs a program of the npm workspace and returns what it printed.
func node(t *testing.T, w *drive.World, folder string, args ...string) string {
	t.Helper()
	return nodeWith(t, w, nil, folder, args...)
}

// nodeWith is node with more in the program's environment.
func nodeWith(t *testing.T, w *drive.World, env []string, folder string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", args...)
	command.Dir = filepath.Join(binary().Root, "web", folder)
	command.Env = append(os.Environ(), "HEDDLE_URL="+w.Origin())
	command.Env = append(command.Env, env...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("node %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// requires skips the test, and says why, unless all is there.
func requires(t *testing.T, what string, lacks ...func() string) {
	t.Helper()
	for _, lack := range lacks {
		if why := lack(); why != "" {
			lacking.Skip(t, "%s: %s", what, why)
		}
	}
}

func lacksNode() string {
	if _, err := exec.LookPath("node"); err != nil {
		return "there is no Node.js on this machine (scripts/needs gets it)"
	}
	if _, err := os.Stat(filepath.Join(binary().Root, "web", "node_modules", ".package-lock.json")); err != nil {
		return "the npm packages of web/ are not installed (scripts/npm-install does it)"
	}
	return ""
}

func lacksChromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return ""
	}
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if _, err := exec.LookPath(name); err == nil {
			return ""
		}
	}
	return "there is no Chromium on the PATH; CHROMIUM can name another place"
}

func lacksPlayground() string {
	if _, err := os.Stat(filepath.Join(binary().Root, "router", "serve", "playground", "dist", "examples", "code", "index.html")); err != nil {
		return "the playground has not been built (make playground does it)"
	}
	return ""
}
