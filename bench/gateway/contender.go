package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"heddle/bench/gateway/shop"
)

// contender is a process that is measured.
type contender struct {
	name    string
	address string
	static  bool
	process *exec.Cmd
}

func (c *contender) stop() {
	if c.process != nil && c.process.Process != nil {
		_ = c.process.Process.Kill()
		_ = c.process.Wait()
	}
}

// freeAddress is an address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start runs a command whose arguments may need the address, and waits until it
// answers.
func start(ctx context.Context, name, dir string, env []string, command func(address, port string) []string) (*contender, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	args := command(address, port)
	log, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%s.log", filepath.Base(args[0]), port)))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Env = log, log, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &contender{name: name, address: address, process: cmd}
	if err := c.ready(ctx); err != nil {
		c.stop()
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return c, nil
}

// ready waits until the contender takes connections and gives answers.
func (c *contender) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if _, err := ask(ctx, http.DefaultClient, c.address, request{Query: "{ __typename }"}); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("it gave no answer within a minute")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// startSelf starts this program again as the subgraphs.
func startSelf(ctx context.Context, s settings, dir string) (*contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, "subgraphs", dir, nil, func(address, _ string) []string {
		return []string{self, "-serve", address, "-delay", s.delay.String()}
	})
}

// startContenders starts the gateways, and the static server with the answer
// that the first of them gives.
func startContenders(ctx context.Context, s settings, dir, supergraph string) ([]*contender, error) {
	var all []*contender
	heddle := filepath.Join(dir, "heddle")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", heddle, "./cmd/heddle").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build heddle: %w\n%s", err, out)
	}
	c, err := start(ctx, "heddle", dir, []string{"HEDDLE_JWKS_URL="}, func(address, _ string) []string {
		return []string{heddle, "router", "--supergraph", supergraph, "--listen", address}
	})
	if err != nil {
		return all, err
	}
	all = append(all, c)
	answer, err := ask(ctx, http.DefaultClient, c.address, request{Query: shop.Query()})
	if err != nil {
		return all, err
	}
	fmt.Printf("the answer has %d bytes\n", len(answer))
	file := filepath.Join(dir, "answer.json")
	if err := os.WriteFile(file, answer, 0o644); err != nil {
		return all, err
	}
	self, err := os.Executable()
	if err != nil {
		return all, err
	}
	static, err := start(ctx, "static (the limit)", dir, []string{"HEDDLE_BENCH_ANSWER=" + file}, func(address, _ string) []string {
		return []string{self, "-serve", address}
	})
	if err != nil {
		return all, err
	}
	static.static = true
	all = append(all, static)
	if !s.peers {
		return all, nil
	}
	hive, err := startHive(ctx, dir, supergraph, answer)
	return append(all, hive...), err
}

// startHive installs and starts @graphql-hive/gateway, as it comes and with its
// Rust planner.
func startHive(ctx context.Context, dir, supergraph string, answer []byte) ([]*contender, error) {
	const peers = "bench/gateway/peers"
	bin := filepath.Join(peers, "node_modules", ".bin", "hive-gateway")
	if _, err := os.Stat(bin); err != nil {
		fmt.Println("installing", peers)
		install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--before=2026-10-01")
		install.Dir = peers
		if out, err := install.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm install in %s: %w\n%s", peers, err, out)
		}
	}
	var all []*contender
	for _, v := range []struct {
		name  string
		flags []string
	}{{"hive gateway", nil}, {"hive gateway, Rust planner", []string{"--hive-router-runtime"}}} {
		c, err := start(ctx, v.name, dir, []string{"NODE_ENV=production", "LOG_LEVEL=error"}, func(_, port string) []string {
			return append([]string{"node", bin, "supergraph", supergraph, "-h", "127.0.0.1", "-p", port, "--polling", "1h"}, v.flags...)
		})
		if err != nil {
			return all, err
		}
		all = append(all, c)
		if err := sameAnswer(ctx, c, answer); err != nil {
			return all, err
		}
	}
	return all, nil
}

// sameAnswer holds a peer's answer against ours.
func sameAnswer(ctx context.Context, c *contender, want []byte) error {
	got, err := ask(ctx, http.DefaultClient, c.address, request{Query: shop.Query()})
	if err != nil {
		return err
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(got, &a), json.Unmarshal(want, &b)); err != nil {
		return err
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if !bytes.Equal(x, y) {
		return fmt.Errorf("%s gives another answer than heddle", c.name)
	}
	return nil
}

// request is what clients send.
type request struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
}

func ask(ctx context.Context, client *http.Client, address string, r request) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"errors":`))) {
		err = fmt.Errorf("status %d: %.300s", resp.StatusCode, answer)
	}
	return answer, err
}
