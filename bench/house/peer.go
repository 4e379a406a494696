package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"heddle/bench/peers"
	"heddle/internal/drive"
)

// hiveConfig hands the caller's token on, as our router does.
const hiveConfig = `export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      return { authorization: request.headers.get('authorization') };
    },
  },
};
`

// hive starts @graphql-hive/gateway over the domains of the world, with its
// Rust planner. It is nil, with the reason, where it cannot be had.
func (b *bench) hive(ctx context.Context, w *drive.World) (peer *server, why string, err error) {
	folder, err := peers.Install(ctx, b.binary.Root)
	if err != nil {
		return nil, err.Error(), nil
	}
	bin := filepath.Join(folder, "node_modules", ".bin", "hive-gateway")
	supergraph, err := pointedSupergraph(w)
	if err != nil {
		return nil, "", err
	}
	config := filepath.Join(w.Folder, "gateway.config.mjs")
	if err := os.WriteFile(config, []byte(hiveConfig), 0o600); err != nil {
		return nil, "", err
	}
	address, err := drive.FreeAddress()
	if err != nil {
		return nil, "", err
	}
	port := address[strings.LastIndex(address, ":")+1:]
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, "there is no Node.js", nil
	}
	process, err := drive.Binary{Path: node}.Start("hive", []string{"NODE_ENV=production", "LOG_LEVEL=error"},
		bin, "supergraph", supergraph, "-c", config, "-h", "127.0.0.1", "-p", port, "--polling", "1h", "--hive-router-runtime")
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := process.ReadyAt(ctx, "http://"+address+"/healthcheck"); err != nil {
		return nil, fmt.Sprint(err), process.Kill()
	}
	return &server{process, "http://" + address}, "", nil
}

// pointedSupergraph is the world's supergraph with the addresses where its
// domains listen.
func pointedSupergraph(w *drive.World) (file string, err error) {
	text, err := os.ReadFile(filepath.Join(w.Folder, "supergraph.graphql"))
	if err != nil {
		return "", err
	}
	sdl := string(text)
	for i, domain := range drive.Domains {
		sdl = strings.ReplaceAll(sdl, fmt.Sprintf("http://127.0.0.1:%d/%s/graphql", 4101+i, domain), w.Serving(domain).Origin()+"/"+domain+"/graphql")
	}
	file = filepath.Join(w.Folder, "pointed.graphql")
	return file, os.WriteFile(file, []byte(sdl), 0o600)
}

// sameAnswer holds the peer's answer against ours.
func sameAnswer(ctx context.Context, c drive.Client, want []byte) error {
	got, err := c.Ask(ctx, lobby, nil)
	if err != nil {
		return err
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(got.Body, &a), json.Unmarshal(want, &b)); err != nil {
		return err
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("the peer gives another answer: %.600s\nours is %.600s", got.Body, want)
	}
	return nil
}
