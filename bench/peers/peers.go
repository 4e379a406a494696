// Package peers gets the programs from npm that benchmarks put beside Heddle.
// They are installed into this folder, at the versions of package.json, and are
// no part of the product.
package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// patience is how long an installation may take.
const patience = 5 * time.Minute

// Install gives the folder with the peers' scripts and modules, below the root
// of the repository. What is missing there, or has another version, it installs.
func Install(ctx context.Context, root string) (folder string, err error) {
	folder, err = filepath.Abs(filepath.Join(root, "bench", "peers"))
	if err != nil {
		return "", err
	}
	if complete(folder) == nil {
		return folder, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// The peers ask for their own dependencies by range; the day keeps those as
	// they were when the figures were taken.
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--before=2026-10-01")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install in %s: %w: %.300s", folder, err, out)
	}
	return folder, complete(folder)
}

// complete tells what is missing of the dependencies. A peer that lacks a part
// may fall back to another one without a word, so each is looked at.
func complete(folder string) error {
	var want struct{ Dependencies map[string]string }
	if err := read(filepath.Join(folder, "package.json"), &want); err != nil {
		return err
	}
	for name, version := range want.Dependencies {
		var have struct{ Version string }
		if err := read(filepath.Join(folder, "node_modules", name, "package.json"), &have); err != nil {
			return err
		}
		if have.Version != version {
			return fmt.Errorf("%s is installed in version %s, not %s", name, have.Version, version)
		}
	}
	return nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}
