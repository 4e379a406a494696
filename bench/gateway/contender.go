package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"heddle/bench/peers"
	"heddle/internal/drive"
)

// The contenders' names; the bars are set beside the one with the Rust planner.
const (
	heddle      = "heddle"
	heddleAlone = "heddle, sharing nothing"
	static      = "static server (the limit)"
	hive        = "@graphql-hive/gateway"
	hiveRust    = "@graphql-hive/gateway, Rust planner"
	apollo      = "@apollo/gateway"
)

// contender is a process that is measured.
type contender struct {
	name    string
	address string
	process *exec.Cmd
	// lengths is how long its answers are, by kind; leaves is what each of the
	// query's leaves takes of them.
	lengths map[string]int
	leaves  []int
}

// length is how long the answer to the n-th request of a kind is.
func (c *contender) length(k kind, n int64) int {
	length := c.lengths[k.name]
	if k.missing != nil {
		for _, leaf := range k.missing(n) {
			length -= c.leaves[leaf]
		}
	}
	return length
}

func (c *contender) stop() {
	if c.process != nil && c.process.Process != nil {
		_ = c.process.Process.Kill()
		_ = c.process.Wait()
	}
}

func (c *contender) pid() int { return c.process.Process.Pid }

// start runs a command that listens at an address, and waits until it answers.
func start(ctx context.Context, name, dir string, env []string, command func(address, port string) []string) (*contender, error) {
	address, err := drive.FreeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	args := command(address, port)
	log, err := os.Create(filepath.Join(dir, port+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Env = log, log, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &contender{name: name, address: address, process: cmd, lengths: map[string]int{}}
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
		_, err := askOnce(ctx, c.address, encode("{ __typename }", nil))
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it gave no answer within a minute: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// field is what takes part in a run.
type field struct {
	dir, supergraph string
	self            string // this program
	subgraphs       *contender
	contenders      []*contender
}

func (f *field) stop() {
	for _, c := range f.contenders {
		c.stop()
	}
	if f.subgraphs != nil {
		f.subgraphs.stop()
	}
}

// add starts a contender unless only others are asked for. Its answers are held
// against those of the first.
func (f *field) add(ctx context.Context, s settings, name string, env []string, command func(address, port string) []string) error {
	if !s.wants(name) {
		return nil
	}
	c, err := start(ctx, name, f.dir, env, command)
	if err != nil {
		return err
	}
	f.contenders = append(f.contenders, c)
	for _, k := range kinds {
		if !c.asked(k.name) {
			continue
		}
		if err := c.compare(ctx, f.contenders[0], k); err != nil {
			return fmt.Errorf("%s, %s: %w", c.name, k.what, err)
		}
	}
	return nil
}

func (s settings) wants(name string) bool {
	if len(s.only) == 0 {
		return true
	}
	for _, part := range s.only {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// asked tells whether a contender is asked requests of a kind: the static server
// does the same for all.
func (c *contender) asked(kind string) bool { return c.name != static || kind == same }

// compare holds an answer of the contender against that of another, and notes
// how long it is.
func (c *contender) compare(ctx context.Context, other *contender, k kind) error {
	body := k.body(newest)
	got, err := askOnce(ctx, c.address, body)
	if err != nil {
		return err
	}
	want, err := askOnce(ctx, other.address, body)
	if err != nil {
		return err
	}
	var a, b struct {
		Data   map[string]any
		Errors []any
	}
	if err := errors.Join(json.Unmarshal(got, &a), json.Unmarshal(want, &b)); err != nil {
		return err
	}
	if len(a.Errors) > 0 || len(a.Data) == 0 || !reflect.DeepEqual(a, b) {
		return fmt.Errorf("the answer is not that of %s: %.300s", other.name, got)
	}
	c.lengths[k.name] = len(got)
	if k.missing != nil {
		return c.weigh(ctx, k)
	}
	return nil
}

// weigh notes what each of the query's leaves takes of an answer, and how long it
// is with all of them.
func (c *contender) weigh(ctx context.Context, k kind) error {
	whole, err := askOnce(ctx, c.address, encode(without(nil), nil))
	if err != nil {
		return err
	}
	c.lengths[k.name], c.leaves = len(whole), make([]int, leafCount)
	for leaf := range c.leaves {
		less, err := askOnce(ctx, c.address, encode(without([]int{leaf}), nil))
		if err != nil {
			return err
		}
		c.leaves[leaf] = len(whole) - len(less)
	}
	return nil
}

// enter starts everything: the subgraphs, and who answers over them.
func enter(ctx context.Context, s settings, dir string) (*field, error) {
	f, err := prepare(ctx, dir)
	if err != nil {
		return f, err
	}
	if err := f.addHeddle(ctx, s); err != nil {
		return f, err
	}
	if err := f.addStatic(ctx, s); err != nil {
		return f, err
	}
	if !s.peers {
		return f, nil
	}
	return f, f.addPeers(ctx, s)
}

// prepare starts the subgraphs and composes them.
func prepare(ctx context.Context, dir string) (*field, error) {
	f := &field{dir: dir, supergraph: filepath.Join(dir, "supergraph.graphql")}
	var err error
	if f.self, err = os.Executable(); err != nil {
		return f, err
	}
	if f.subgraphs, err = start(ctx, "subgraphs", dir, nil, f.serving); err != nil {
		return f, err
	}
	return f, f.writeSupergraph()
}

// serving is the command of this program that serves at an address.
func (f *field) serving(address, _ string) []string {
	return []string{"/usr/bin/env", serveAddress + "=" + address, f.self}
}

func (f *field) addHeddle(ctx context.Context, s settings) error {
	binary, err := drive.Build(ctx, f.dir)
	if err != nil {
		return err
	}
	noStores := []string{"HEDDLE_JWKS_URL=", "HEDDLE_REDIS_URL="}
	command := func(more ...string) func(address, _ string) []string {
		return func(address, _ string) []string {
			return append([]string{binary.Path, "router", "--supergraph", f.supergraph, "--listen", address}, more...)
		}
	}
	sharing, alone := command("--profiles", s.sharing), command("--no-sharing", "--profiles", s.alone)
	if err := f.add(ctx, settings{}, heddle, noStores, sharing); err != nil {
		return err
	}
	return f.add(ctx, s, heddleAlone, noStores, alone)
}

// addStatic starts the limit: a server that has the answer ready.
func (f *field) addStatic(ctx context.Context, s settings) error {
	answer, err := askOnce(ctx, f.contenders[0].address, kinds[0].body(0))
	if err != nil {
		return err
	}
	file := filepath.Join(f.dir, "answer.json")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		return err
	}
	return f.add(ctx, s, static, []string{answerFile + "=" + file}, f.serving)
}

func (f *field) addPeers(ctx context.Context, s settings) error {
	folder, err := peers.Install(ctx, ".")
	if err != nil {
		return fmt.Errorf("the peers cannot be had (leave them out with -peers=false): %w", err)
	}
	production := []string{"NODE_ENV=production", "LOG_LEVEL=error", "APOLLO_TELEMETRY_DISABLED=true"}
	cli := filepath.Join(folder, "node_modules", ".bin", "hive-gateway")
	gateway := func(more ...string) func(_, port string) []string {
		return func(_, port string) []string {
			return append([]string{"node", cli, "supergraph", f.supergraph, "-h", "127.0.0.1", "-p", port, "--polling", "1h"}, more...)
		}
	}
	return errors.Join(
		f.add(ctx, s, hiveRust, production, gateway("--hive-router-runtime")),
		f.add(ctx, s, hive, production, gateway()),
		f.add(ctx, s, apollo, production, func(_, port string) []string {
			return []string{"node", filepath.Join(folder, "apollo.mjs"), f.supergraph, "127.0.0.1", port}
		}),
	)
}
