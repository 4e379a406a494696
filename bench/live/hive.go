package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"heddle/bench/peers"
	"heddle/internal/drive"
)

// hiveConfig hands the caller's token on and subscribes over WebSocket, as our
// router does.
const hiveConfig = `export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      return { authorization: request.headers.get('authorization') };
    },
  },
  transportEntries: {
    '*.http': { options: { subscriptions: { kind: 'ws' } } },
  },
};
`

// hive starts @graphql-hive/gateway over the same subgraphs.
func (b *bench) hive(ctx context.Context) (*server, error) {
	folder, err := peers.Install(ctx, ".")
	if err != nil {
		return nil, err
	}
	bin := filepath.Join(folder, "node_modules", ".bin", "hive-gateway")
	config := filepath.Join(b.folder, "gateway.config.mjs")
	if err := os.WriteFile(config, []byte(hiveConfig), 0o600); err != nil {
		return nil, err
	}
	s := &server{}
	if s.address, err = drive.FreeAddress(); err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errors.New("there is no Node.js")
	}
	port := s.address[strings.LastIndex(s.address, ":")+1:]
	s.Process, err = drive.Binary{Path: node}.Start("hive", []string{"NODE_ENV=production", "LOG_LEVEL=error"},
		bin, "supergraph", b.supergraph, "-c", config, "-h", "127.0.0.1", "-p", port, "--polling", "1h", "--hive-router-runtime")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.ReadyAt(ctx, "http://"+s.address+"/healthcheck"); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}
