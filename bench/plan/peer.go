package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"time"

	"heddle/bench/peers"
)

// patience is how long the peer may take for one operation, all its times.
const patience = 20 * time.Second

// peer is the planner of Hive Router, in a process of its own.
type peer struct {
	ctx     context.Context
	folder  string
	process *exec.Cmd
	in      io.WriteCloser
	answers chan []byte
}

func startPeer(ctx context.Context) (*peer, error) {
	folder, err := peers.Install(ctx, ".")
	if err != nil {
		return nil, err
	}
	p := &peer{ctx: ctx, folder: folder}
	return p, p.start()
}

func (p *peer) start() (err error) {
	p.process = exec.CommandContext(p.ctx, "node", "planner.mjs")
	p.process.Dir = p.folder
	if p.in, err = p.process.StdinPipe(); err != nil {
		return err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return err
	}
	answers := make(chan []byte, 1)
	p.answers = answers
	go func() {
		defer close(answers)
		read := bufio.NewReaderSize(out, 1<<20)
		for {
			line, err := read.ReadBytes('\n')
			if err != nil {
				return
			}
			answers <- line
		}
	}()
	return p.process.Start()
}

func (p *peer) stop() {
	_ = p.process.Process.Kill()
	_ = p.process.Wait()
}

// plan has the peer plan the graph's operations. One that takes too long is
// given up, and the peer started anew.
func (p *peer) plan(g graph, times int) ([]planned, error) {
	out := make([]planned, len(g.operations))
	for i, o := range g.operations {
		line, err := json.Marshal(map[string]any{"sdl": g.sdl, "times": times, "query": o.query, "variables": o.variables, "labels": o.labels})
		if err != nil {
			return nil, err
		}
		if _, err := p.in.Write(append(line, '\n')); err != nil {
			return nil, err
		}
		select {
		case answer, ok := <-p.answers:
			if ok {
				if out[i], err = readPlanned(answer); err != nil {
					return nil, err
				}
				continue
			}
			out[i].Error = "it broke"
		case <-time.After(patience):
			out[i].Error = fmt.Sprintf("no plan within %s", patience)
		}
		p.stop()
		if err := p.start(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readPlanned(answer []byte) (planned, error) {
	var read struct {
		Error          string
		Ready          float64
		Times          []float64
		Fetches, Depth int
		Text           string
	}
	if err := json.Unmarshal(answer, &read); err != nil {
		return planned{}, fmt.Errorf("read %.200q: %w", answer, err)
	}
	out := planned{ready: milliseconds(read.Ready), fetches: read.Fetches, depth: read.Depth, text: read.Text, Error: read.Error}
	var taken []time.Duration
	for _, t := range read.Times {
		taken = append(taken, milliseconds(t))
	}
	out.median = median(taken)
	return out, nil
}

func milliseconds(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
