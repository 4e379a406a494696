package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"heddle/router/fetch"
)

// gate is a fetcher that answers with the request's token when it is let.
type gate struct {
	arrived chan string
	open    chan struct{}
	mu      sync.Mutex
	count   int
}

func (g *gate) Fetch(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	g.mu.Lock()
	g.count++
	g.mu.Unlock()
	token := r.Header.Get("Authorization")
	g.arrived <- token
	select {
	case <-g.open:
		return fetch.Response{Body: []byte(token)}, nil
	case <-ctx.Done():
		return fetch.Response{}, ctx.Err()
	}
}

func ask(f fetch.Fetcher, ctx context.Context, token, id string) (string, error) {
	r, err := f.Fetch(ctx, fetch.Request{Body: []byte("{me}"), Header: http.Header{"Authorization": {token}, "X-Request-Id": {id}}})
	return string(r.Body), err
}

func TestShared_sends_identical_requests_once_and_never_mixes_tokens(t *testing.T) {
	const people, each = 4, 8
	g := &gate{arrived: make(chan string, people*each), open: make(chan struct{})}
	f := fetch.Share(g)
	type answer struct {
		token, body string
		err         error
	}
	answers := make(chan answer)
	ready := sync.WaitGroup{}
	for p := range people {
		token := fmt.Sprintf("Bearer %d", p)
		for i := range each {
			ready.Add(1)
			go func() {
				ready.Done()
				body, err := ask(f, context.Background(), token, fmt.Sprint(p, i))
				answers <- answer{token, body, err}
			}()
		}
	}
	ready.Wait()
	for range people {
		<-g.arrived
	}
	close(g.open)
	for range people * each {
		if a := <-answers; a.err != nil || a.body != a.token {
			t.Errorf("%s got %q, %v", a.token, a.body, a.err)
		}
	}
	if f.Waiting() != 0 || g.sent() > people*each {
		t.Errorf("%d requests were sent", g.count)
	}
}

func TestShared_keeps_the_followers_when_the_leader_leaves(t *testing.T) {
	g := &gate{arrived: make(chan string, 8), open: make(chan struct{})}
	f := fetch.Share(g)
	leading, leave := context.WithCancel(context.Background())
	led := make(chan error, 1)
	go func() {
		_, err := ask(f, leading, "a", "1")
		led <- err
	}()
	<-g.arrived
	const followers = 50
	followed := make(chan error, followers)
	for i := range followers {
		go func() {
			body, err := ask(f, context.Background(), "a", fmt.Sprint(i))
			if err == nil && body != "a" {
				err = fmt.Errorf("got %q", body)
			}
			followed <- err
		}()
	}
	for f.Waiting() < followers+1 {
		runtime.Gosched()
	}
	leave()
	if err := <-led; !errors.Is(err, context.Canceled) {
		t.Errorf("the leader got %v", err)
	}
	close(g.open)
	for range followers {
		if err := <-followed; err != nil {
			t.Errorf("a follower got %v", err)
		}
	}
	if g.sent() != 1 {
		t.Errorf("%d requests were sent, want 1", g.sent())
	}
}

func (g *gate) sent() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

func TestShared_cancels_the_request_when_all_have_left(t *testing.T) {
	stopped := make(chan error, 1)
	began := make(chan struct{})
	f := fetch.Share(fetcherFunc(func(ctx context.Context, _ fetch.Request) (fetch.Response, error) {
		close(began)
		<-ctx.Done()
		stopped <- ctx.Err()
		return fetch.Response{}, ctx.Err()
	}))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-began
		cancel()
	}()
	if _, err := ask(f, ctx, "a", "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("the request ended with %v", err)
	}
}

type fetcherFunc func(context.Context, fetch.Request) (fetch.Response, error)

func (f fetcherFunc) Fetch(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	return f(ctx, r)
}

// A request that was sent before something changed must not answer one that
// comes after.
func TestShared_renewed_shares_nothing_that_was_under_way(t *testing.T) {
	g := &gate{arrived: make(chan string, 2), open: make(chan struct{})}
	f := fetch.Share(g)
	errs := make(chan error, 2)
	get := func() { _, err := ask(f, context.Background(), "Bearer a", "1"); errs <- err }
	go get()
	<-g.arrived
	f.Renew()
	go get()
	<-g.arrived // a second request was sent, while the first is still under way
	close(g.open)
	for range 2 {
		if err := <-errs; err != nil {
			t.Errorf("a request failed: %v", err)
		}
	}
}
