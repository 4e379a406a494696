package source

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long a file must have been left alone before it is read: an
// editor may write it in several pieces.
const quiet = 100 * time.Millisecond

// file is a supergraph in a file.
type file struct {
	name string
	opts Options
	last string // what was read last
}

// Read reads the whole file.
func (f *file) Read(context.Context) (string, error) {
	sdl, err := f.read()
	if err == nil {
		f.last = sdl
	}
	return sdl, err
}

func (f *file) read() (string, error) {
	in, err := os.Open(f.name)
	if err != nil {
		return "", fmt.Errorf("read supergraph: %w", err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, MaxSize+1))
	if err != nil {
		return "", fmt.Errorf("read supergraph: %w", err)
	}
	if len(text) > MaxSize {
		return "", fmt.Errorf("read supergraph: %s is larger than %d bytes", f.name, MaxSize)
	}
	return string(text), nil
}

// Watch listens to the folders that the name leads through, not to the file: an
// editor puts another file in its place, and Kubernetes another folder behind a
// symbolic link in its path.
func (f *file) Watch(ctx context.Context, deliver func(sdl string)) {
	told := complaints{log: f.opts.Log}
	watcher, deaf := fsnotify.NewWatcher()
	if deaf != nil { // the clock alone is left
		f.opts.Log.WarnContext(ctx, "changes of files cannot be heard; the supergraph is looked at now and then", "error", deaf)
		watcher = &fsnotify.Watcher{}
	} else {
		defer watcher.Close()
	}
	look := time.NewTimer(quiet) // it may have changed since it was read
	defer look.Stop()
	watching := map[string]bool{}
	for {
		if deaf == nil {
			listen(watcher, watching, folders(f.name))
		}
		select {
		case <-ctx.Done():
			return
		case <-watcher.Events:
			look.Reset(quiet)
			continue
		case <-watcher.Errors: //nolint:errcheck // the error says that events were lost: look
			look.Reset(quiet)
			continue
		case <-look.C:
		}
		look.Reset(f.opts.Every)
		sdl, err := f.read()
		told.note(ctx, f.name, err)
		if err == nil && sdl != f.last {
			f.last = sdl
			deliver(sdl)
		}
	}
}

// listen adds folders that are not watched yet, and gives up those that are in
// the way no more.
func listen(watcher *fsnotify.Watcher, watching map[string]bool, want map[string]bool) {
	for folder := range watching {
		if !want[folder] {
			_ = watcher.Remove(folder) // it may be gone
			delete(watching, folder)
		}
	}
	for folder := range want {
		if watching[folder] {
			continue
		}
		if watcher.Add(folder) == nil {
			watching[folder] = true
		}
	}
}

// maxLinks is how many symbolic links are followed.
const maxLinks = 16

// folders are those in which a change can change the file: its own, and along a
// chain of symbolic links the own folder of each.
func folders(name string) map[string]bool {
	all := map[string]bool{}
	for range maxLinks {
		folder := filepath.Dir(name)
		all[folder] = true
		if behind, err := filepath.EvalSymlinks(folder); err == nil {
			all[behind] = true
		}
		target, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(folder, target)
		}
		name = target
	}
	return all
}
