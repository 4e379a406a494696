package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heddle/router/compose"
	"heddle/router/compose/feed"
)

// composeFlags are the flags of heddle compose.
type composeFlags struct {
	config, out, api, format, listen string
	headers                          []string
	hints, watch                     bool
	poll                             time.Duration
}

// composeCommand merges subgraphs into a supergraph. Without a configuration it
// composes our own, which the caller lists.
func composeCommand(own func() []compose.Subgraph) *cobra.Command {
	var flags composeFlags
	cmd := &cobra.Command{
		Use:   "compose",
		Short: "Compose subgraphs into a supergraph",
		Long: `Compose merges the schemas of subgraphs, of Federation 1 and 2, into one
supergraph SDL that any Federation 2 router reads.

With --config it reads a file in rover's format (federation_version,
subgraphs.<name>.routing_url, subgraphs.<name>.schema.file, .sdl or
.subgraph_url); without one it composes Heddle's own domains. The same input
gives the same bytes.

Everything that is wrong at one stage is reported at once, each with a code of
the Federation error reference, subgraph, file, line and column, and an edit
that would mend it where one is clear. The exit status is then 1.

With --watch it composes again whenever a file changes. With --poll it asks the
running subgraphs for their schemas at that interval, by _service { sdl }, and
composes again when one changes. Either way the last good supergraph stays: in
the file of --out, and at --listen for routers to fetch.`,
		Example: `  heddle compose --config supergraph.yaml --out supergraph.graphql
  heddle compose --config supergraph.yaml --format json | jq .errors
  heddle compose --config supergraph.yaml --out supergraph.graphql --watch
  heddle compose --config supergraph.yaml --poll 10s --listen 127.0.0.1:4009`,
		Args:          noComposeArguments,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			source, err := flags.source(own)
			if err != nil {
				return err
			}
			if flags.watch || flags.poll > 0 {
				return flags.keep(cmd.Context(), feed.New(source), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return flags.once(cmd.Context(), source, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.config, "config", "", "file in rover's format that lists the subgraphs (default: Heddle's own domains)")
	f.StringVar(&flags.out, "out", "", "file to write the supergraph to (default: standard output)")
	f.StringVar(&flags.api, "api", "", "file to write the schema that clients see to")
	f.StringVar(&flags.format, "format", "text", "text, or json: one object with supergraph, api, hints and errors")
	f.BoolVar(&flags.hints, "hints", false, "print hints at what composes but differs between subgraphs")
	f.BoolVar(&flags.watch, "watch", false, "compose again whenever a file changes")
	f.DurationVar(&flags.poll, "poll", 0, "ask the running subgraphs for their schemas at this interval")
	f.StringVar(&flags.listen, "listen", "", "with --watch or --poll: address at which to serve the last good supergraph")
	f.StringArrayVar(&flags.headers, "header", nil, `header to send to the subgraphs that are asked for their schemas, as "Name: value"`)
	return cmd
}

// noComposeArguments refuses arguments: the subgraphs are listed in a file.
func noComposeArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("heddle compose takes no arguments; did you mean --config %s?", args[0])
	}
	return nil
}

// check refuses flags that have no meaning, or none without another.
func (f *composeFlags) check() error {
	switch {
	case f.format != "text" && f.format != "json":
		return fmt.Errorf("--format is text or json, not %q", f.format)
	case f.poll < 0:
		return fmt.Errorf("--poll is an interval such as 10s, not %s", f.poll)
	case f.listen != "" && !f.watch && f.poll == 0:
		return errors.New("--listen serves what --watch or --poll composes; add one of them")
	case len(f.headers) > 0 && f.poll == 0 && f.config == "":
		return errors.New("--header is sent to running subgraphs; add --poll, or a --config with subgraph_url")
	}
	return nil
}

// source is where the subgraphs come from.
func (f *composeFlags) source(own func() []compose.Subgraph) (feed.Source, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	services := &feed.Services{Client: &http.Client{Timeout: 10 * time.Second}, Header: http.Header{}, All: f.poll > 0}
	for _, header := range f.headers {
		name, value, ok := strings.Cut(header, ":")
		if !ok {
			return nil, fmt.Errorf(`--header %q is not of the form "Name: value"`, header)
		}
		services.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if f.config != "" {
		return feed.Files(f.config, services), nil
	}
	if f.poll > 0 {
		return feed.Running(feed.Fixed(own()), services), nil
	}
	return feed.Fixed(own()), nil
}

// once composes and writes what came of it.
func (f *composeFlags) once(ctx context.Context, source feed.Source, stdout, stderr io.Writer) error {
	update, _ := feed.New(source).Look(ctx)
	if f.format == "json" {
		return f.writeJSON(stdout, update)
	}
	var refused compose.Errors
	if errors.As(update.Err, &refused) {
		return fmt.Errorf("the subgraphs do not compose:\n%w", refused)
	}
	if update.Err != nil {
		return update.Err
	}
	f.writeHints(stderr, update.Result.Hints)
	return f.write(stdout, update.Result)
}

// keep composes again and again, until the context is done.
func (f *composeFlags) keep(ctx context.Context, kept *feed.Feed, stdout, stderr io.Writer) error {
	stop, err := f.serve(kept)
	if err != nil {
		return err
	}
	defer stop()
	interval := f.poll
	if interval == 0 {
		interval = time.Second / 2
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	tick := make(chan struct{})
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			select {
			case <-ctx.Done():
				return
			case tick <- struct{}{}:
			}
		}
	}()
	kept.Run(ctx, tick, func(update feed.Update) { f.tell(update, stdout, stderr) })
	return nil
}

// serve gives the last good supergraph to whoever asks at --listen.
func (f *composeFlags) serve(kept *feed.Feed) (stop func(), err error) {
	if f.listen == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return nil, fmt.Errorf("serve the supergraph: %w", err)
	}
	server := &http.Server{Handler: kept, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

// tell writes what a look at the subgraphs gave. What cannot be written is told
// too, and tried again with the next supergraph.
func (f *composeFlags) tell(update feed.Update, stdout, stderr io.Writer) {
	if f.format == "json" {
		_ = f.writeJSON(stdout, update)
	}
	if update.Err != nil {
		fmt.Fprintf(stderr, "heddle: the last good supergraph is kept: %v\n", update.Err)
		return
	}
	f.writeHints(stderr, update.Result.Hints)
	if f.format == "json" {
		return
	}
	if err := f.write(stdout, update.Result); err != nil {
		fmt.Fprintf(stderr, "heddle: %v\n", err)
		return
	}
	fmt.Fprintf(stderr, "heddle: composed %s\n", f.out)
}

func (f *composeFlags) writeHints(stderr io.Writer, hints []compose.Hint) {
	if !f.hints {
		return
	}
	for _, hint := range hints {
		fmt.Fprintf(stderr, "hint: %s\n", hint)
	}
}

func (f *composeFlags) write(stdout io.Writer, result compose.Result) error {
	if f.api != "" {
		if err := replaceFile(f.api, result.API); err != nil {
			return err
		}
	}
	if f.out == "" || f.out == "-" {
		_, err := io.WriteString(stdout, result.Supergraph)
		return err
	}
	return replaceFile(f.out, result.Supergraph)
}

// writeJSON writes the outcome as one object; a refusal is also the exit status.
func (f *composeFlags) writeJSON(stdout io.Writer, update feed.Update) error {
	outcome := struct {
		Supergraph string          `json:"supergraph,omitempty"`
		API        string          `json:"api,omitempty"`
		Hints      []compose.Hint  `json:"hints"`
		Errors     []compose.Error `json:"errors"`
	}{Hints: []compose.Hint{}, Errors: []compose.Error{}}
	var refused compose.Errors
	switch {
	case errors.As(update.Err, &refused):
		outcome.Errors = refused
	case update.Err != nil:
		outcome.Errors = []compose.Error{{Code: "UNREADABLE", Message: update.Err.Error()}}
	default:
		outcome.Supergraph, outcome.API = update.Result.Supergraph, update.Result.API
		outcome.Hints = append(outcome.Hints, update.Result.Hints...)
		if f.out != "" && f.out != "-" {
			if err := replaceFile(f.out, update.Result.Supergraph); err != nil {
				return err
			}
		}
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(outcome); err != nil {
		return err
	}
	if update.Err != nil {
		return silent{update.Err}
	}
	return nil
}

// replaceFile writes a file so that a reader sees the old or the new one whole.
func replaceFile(path, text string) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".heddle-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(text)
	if err := errors.Join(err, temporary.Chmod(0o644), temporary.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(temporary.Name(), path)
}
