package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"heddle/internal/drive"
)

// lobby is a question over four domains, five fetches deep.
const lobby = `{ me { username roles } rooms(first: 20) { totalCount edges { node {
	title viewerRole owner { username }
	messages(last: 3) { edges { node { text createdAt author { username } } } }
} } } }`

// askLobby is the body of the request for it.
var askLobby, _ = json.Marshal(map[string]any{"query": lobby}) // a text always marshals

// measureRequests asks the same question of Heddle in one process and apart,
// of a server that only has the answer's bytes, and of another gateway over
// the same subgraphs.
func measureRequests(ctx context.Context, b *bench) error {
	var rows []measured
	one, size, err := b.requestsInOne(ctx)
	if err != nil {
		return err
	}
	several, err := b.requestsApart(ctx)
	if err != nil {
		return err
	}
	rows = append(append(rows, one...), several...)
	limit, peer := rows[1], measured{} // the limit stands beside the one process, the peer comes last
	if len(rows) == 4 {
		peer = rows[3]
	}
	lines := [][]string{{"", "requests/s", "p50", "p99", "beside the limit", "beside the peer"}}
	for _, m := range rows {
		lines = append(lines, []string{m.name, fmt.Sprintf("%.0f", m.rate), short(m.p50), short(m.p99), ratio(m.rate, limit.rate), ratio(m.rate, peer.rate)})
	}
	table(fmt.Sprintf("Requests over four domains: %d people ask at once for %v, answers of %d bytes", b.clients, b.duration, size), lines...)
	return nil
}

// measured is what came of one server.
type measured struct {
	name     string
	rate     float64
	p50, p99 time.Duration
}

func (b *bench) requestsInOne(ctx context.Context) (rows []measured, size int, err error) {
	folder, err := b.temp()
	if err != nil {
		return nil, 0, err
	}
	w, err := b.binary.OneProcess(ctx, folder, nil, "--demo=false")
	if err != nil {
		return nil, 0, err
	}
	defer finish(ctx, w, &err)
	crowd, answer, err := b.crowd(ctx, w.Origin())
	if err != nil {
		return nil, 0, err
	}
	m, err := b.load(ctx, "heddle, one process", w.Origin(), crowd, askLobby)
	if err != nil {
		return nil, 0, err
	}
	limit, err := b.limit(ctx, answer)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, limit.Kill()) }()
	l, err := b.load(ctx, "the same bytes from a static server (the limit)", limit.origin, crowd, askLobby)
	return []measured{m, l}, len(answer), err
}

func (b *bench) requestsApart(ctx context.Context) (rows []measured, err error) {
	folder, err := b.temp()
	if err != nil {
		return nil, err
	}
	w, err := b.binary.Apart(ctx, folder)
	defer finish(ctx, w, &err)
	if err != nil {
		return nil, err
	}
	crowd, answer, err := b.crowd(ctx, w.Origin())
	if err != nil {
		return nil, err
	}
	m, err := b.load(ctx, "heddle, router and four domains apart", w.Origin(), crowd, askLobby)
	if err != nil || !b.peers {
		return []measured{m}, err
	}
	peer, why, err := b.hive(ctx, w)
	if err != nil {
		return nil, err
	}
	if peer == nil {
		fmt.Printf("\nThe peer is left out: %s\n", why)
		return []measured{m}, nil
	}
	defer func() { err = errors.Join(err, peer.Kill()) }()
	if err := sameAnswer(ctx, drive.Client{Origin: peer.origin, Token: crowd[0].Token}, answer); err != nil {
		return nil, err
	}
	p, err := b.load(ctx, "@graphql-hive/gateway over the same four domains (the peer)", peer.origin, crowd, askLobby)
	return []measured{m, p}, err
}

// crowd makes the people who ask and the rooms that they are in, and gives the
// answer that the first of them gets.
func (b *bench) crowd(ctx context.Context, origin string) (crowd []drive.Client, answer []byte, err error) {
	for i := range b.clients {
		c, err := account(ctx, origin, fmt.Sprintf("bench-%d", i))
		if err != nil {
			return nil, nil, err
		}
		crowd = append(crowd, c)
	}
	for i := range b.rooms {
		owner := crowd[i%len(crowd)]
		room, err := must(ctx, owner, createRoom, map[string]any{"title": fmt.Sprintf("Room %d", i)}, "createRoom", "room", "id")
		if err != nil {
			return nil, nil, err
		}
		for j, c := range crowd {
			_, err := must(ctx, c, joinRoom, map[string]any{"roomId": room})
			if err == nil && j < 3 {
				_, err = must(ctx, c, say, map[string]any{"roomId": room, "text": fmt.Sprintf("What the heddle lifts, the shuttle passes under. (%d)", j)})
			}
			if err != nil {
				return nil, nil, err
			}
		}
	}
	a, err := crowd[0].Ask(ctx, lobby, nil)
	if err == nil && len(a.Errors) > 0 {
		err = fmt.Errorf("the graph answers with errors: %v", a.Errors)
	}
	return crowd, a.Body, err
}

// load asks for as long as the settings say, each client one request after the
// other, after a moment of warming up.
func (b *bench) load(ctx context.Context, name, origin string, crowd []drive.Client, body []byte) (measured, error) {
	if _, err := b.round(ctx, b.duration/5, origin, crowd, body); err != nil {
		return measured{}, fmt.Errorf("%s: %w", name, err)
	}
	begin := time.Now()
	latencies, err := b.round(ctx, b.duration, origin, crowd, body)
	if err != nil {
		return measured{}, fmt.Errorf("%s: %w", name, err)
	}
	rate := float64(len(latencies)) / time.Since(begin).Seconds()
	sorted(latencies)
	return measured{name, rate, quantile(latencies, 0.5), quantile(latencies, 0.99)}, nil
}

func (b *bench) round(ctx context.Context, duration time.Duration, origin string, crowd []drive.Client, body []byte) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: len(crowd)}}
	defer client.CloseIdleConnections()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	for _, c := range crowd {
		wait.Go(func() {
			c.Origin = origin
			mine, err := askOn(ctx, client, c, body)
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, mine...), errors.Join(failed, err)
		})
	}
	wait.Wait()
	return all, failed
}

// askOn asks until ctx ends.
func askOn(ctx context.Context, client *http.Client, c drive.Client, body []byte) (latencies []time.Duration, err error) {
	for {
		request, err := c.Request(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json")
		begin := time.Now()
		response, err := client.Do(request)
		var answer []byte
		if err == nil {
			answer, err = io.ReadAll(response.Body)
			_ = response.Body.Close()
		}
		if ctx.Err() != nil {
			return latencies, nil //nolint:nilerr // cut off because the time is up
		}
		if err == nil && (response.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"errors":`))) {
			err = fmt.Errorf("status %d: %.300s", response.StatusCode, answer)
		}
		if err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(begin))
	}
}
