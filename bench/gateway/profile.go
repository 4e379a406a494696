package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"heddle/internal/drive"
)

// profile writes what Heddle does with its time and its memory, for each kind,
// with and without sharing.
func profile(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "heddle-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.MkdirAll(s.profile, 0o755); err != nil {
		return err
	}
	for _, address := range []*string{&s.sharing, &s.alone} {
		if *address, err = drive.FreeAddress(); err != nil {
			return err
		}
	}
	f, err := prepare(ctx, dir)
	defer f.stop()
	if err != nil {
		return err
	}
	if err := f.addHeddle(ctx, s); err != nil {
		return err
	}
	if err := f.warm(ctx, s); err != nil {
		return err
	}
	for _, c := range f.contenders {
		address := s.sharing
		if c.name == heddleAlone {
			address = s.alone
		}
		for _, k := range s.chosen() {
			if err := f.profileOne(ctx, s, c, k, address); err != nil {
				return err
			}
		}
	}
	return nil
}

// profileOne loads a contender while its profiles are taken.
func (f *field) profileOne(ctx context.Context, s settings, c *contender, k kind, address string) error {
	query := url.Values{"seconds": {fmt.Sprint(int(s.duration.Seconds()))}}.Encode()
	name := k.name + map[bool]string{true: "-alone"}[c.name == heddleAlone]
	taken := make(chan error, 2)
	for _, what := range []struct{ path, file string }{{"profile", name + ".cpu.pprof"}, {"allocs", name + ".allocs.pprof"}} {
		go func() {
			taken <- save(ctx, "http://"+address+"/debug/pprof/"+what.path+"?"+query, filepath.Join(s.profile, what.file))
		}()
	}
	r, err := load(ctx, f, s.clients, s.duration, c, k)
	for range 2 {
		if failed := <-taken; failed != nil {
			err = failed
		}
	}
	if err == nil {
		fmt.Printf("%s: %.2f s of CPU for 1,000 requests, %.0f requests/s; %s.*.pprof\n", strings.ToUpper(name[:1])+name[1:], r.cpuPerThousand(), r.perSecond(), filepath.Join(s.profile, name))
	}
	return err
}

// save writes what stands at an address into a file.
func save(ctx context.Context, address, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("profile: status %d: %.200s", response.StatusCode, body)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o600)
}
