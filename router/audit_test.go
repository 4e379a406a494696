package router_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/lacking"
	"heddle/router"
)

// The server audit of the graphql-http package, which other people wrote.
func TestRouter_graphql_http_audit(t *testing.T) {
	t.Parallel()
	const folder = "../web/audit"
	if why := lacksPackage("graphql-http"); why != "" {
		lacking.Skip(t, "The audit of graphql-http does not run: %s", why)
	}
	w := newWorld(t, router.Options{})
	command := exec.CommandContext(t.Context(), "node", "audit.mjs")
	command.Dir = folder
	command.Env = append(os.Environ(), "HEDDLE_URL="+w.url)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	statuses := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		var audit struct{ ID, Name, Status, Reason string }
		if err := json.Unmarshal(lines.Bytes(), &audit); err != nil {
			t.Fatalf("the audit said %q", lines.Text())
		}
		statuses[audit.Status]++
		if audit.Status != "ok" {
			t.Errorf("%s %s: %s", audit.ID, audit.Name, audit.Reason)
		}
	}
	if err != nil {
		t.Errorf("the audit failed: %v\n%s", err, complaints.Bytes())
	}
	if diff := cmp.Diff(map[string]int{"ok": 61}, statuses); diff != "" {
		t.Errorf("audits by status (-want +got):\n%s", diff)
	}
}

// lacksPackage says why nothing can be run that needs a package from npm; empty
// where it can.
func lacksPackage(name string) string {
	if _, err := exec.LookPath("node"); err != nil {
		return "Node.js is not there (scripts/needs gets it)."
	}
	if _, err := os.Stat("../web/node_modules/" + name); err != nil {
		return "The npm packages of web/ are not installed (scripts/npm-install does it)."
	}
	return ""
}
