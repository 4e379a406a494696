package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"heddle/internal/embedded/storetest"
	"heddle/internal/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// process is one process's connection to the server.
func process(t *testing.T, server *storetest.RedisProcess) (*live.Broker, *redis.Client) {
	t.Helper()
	options, err := redis.ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries, options.DialerRetries = -1, 1
	client := redis.NewClient(options)
	b := live.NewBroker(client, slog.New(slog.DiscardHandler))
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, client
}

func listen(t *testing.T, b *live.Broker, topics ...string) *live.Subscription {
	t.Helper()
	s, err := b.Subscribe(t.Context(), topics...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func publish(t *testing.T, b *live.Broker, topic, payload string) {
	t.Helper()
	if err := b.Publish(t.Context(), topic, []byte(payload)); err != nil {
		t.Fatal(err)
	}
}

// next gives the next n signals as "topic payload", or "reconnected".
func next(t *testing.T, s *live.Subscription, n int) []string {
	t.Helper()
	got := []string{}
	for range n {
		signal, ok := <-s.C()
		switch {
		case !ok:
			got = append(got, "end")
		case signal.Reconnected:
			got = append(got, "reconnected")
		default:
			got = append(got, signal.Topic+" "+string(signal.Payload))
		}
	}
	return got
}

func wantNext(t *testing.T, s *live.Subscription, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, next(t, s, len(want))); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
}

// What one process publishes on several topics arrives in that order in every process.
func TestBroker_Subscribe_order_over_topics(t *testing.T) {
	t.Parallel()
	server := storetest.RedisServer(t)
	here, _ := process(t, server)
	there, _ := process(t, server)
	a, b, c := listen(t, here, "warp", "weft"), listen(t, there, "weft", "warp"), listen(t, there, "weft")
	var all, weft []string
	for n := range 100 {
		topic := []string{"warp", "weft", "weft"}[n%3]
		publish(t, here, topic, strconv.Itoa(n))
		all = append(all, fmt.Sprint(topic, " ", n))
		if topic == "weft" {
			weft = append(weft, fmt.Sprint(topic, " ", n))
		}
	}
	wantNext(t, a, all...)
	wantNext(t, b, all...)
	wantNext(t, c, weft...)
}

func TestBroker_Subscribe_Redis_restarts(t *testing.T) {
	t.Parallel()
	server := storetest.RedisServer(t)
	b, _ := process(t, server)
	one, two := listen(t, b, "warp", "weft"), listen(t, b, "weft")
	for range 3 {
		server.Stop()
		if err := b.Publish(t.Context(), "weft", nil); err == nil {
			t.Error("published without Redis")
		}
		server.Start()
		wantNext(t, one, "reconnected")
		wantNext(t, two, "reconnected")
		publish(t, b, "weft", "again")
		wantNext(t, one, "weft again")
		wantNext(t, two, "weft again")
	}
	wantNextOf(t, b, "fresh")
}

// wantNextOf listens to the topic anew and hears what is published.
func wantNextOf(t *testing.T, b *live.Broker, topic string) {
	t.Helper()
	s := listen(t, b, topic)
	defer s.Close()
	publish(t, b, topic, "x")
	wantNext(t, s, topic+" x")
}

// Without Redis nobody listens, and nobody waits for ever.
func TestBroker_Subscribe_without_Redis(t *testing.T) {
	t.Parallel()
	server := storetest.RedisServer(t)
	b, _ := process(t, server)
	before := listen(t, b, "warp")
	server.Stop()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if s, err := b.Subscribe(t.Context(), "weft", "warp"); err == nil {
				t.Errorf("listens to %v without Redis", s)
			}
		})
	}
	all.Wait()
	server.Start()
	wantNext(t, before, "reconnected")
	wantNextOf(t, b, "weft")
}

// A topic that the last listener leaves and another joins at once is heard.
func TestBroker_Subscribe_left_and_joined_again(t *testing.T) {
	t.Parallel()
	b, _ := process(t, storetest.RedisServer(t))
	for range 200 {
		wantNextOf(t, b, "warp")
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				s, err := b.Subscribe(t.Context(), "weft", fmt.Sprint("own ", i))
				if err != nil {
					t.Error(err)
					return
				}
				if err := b.Publish(t.Context(), fmt.Sprint("own ", i), []byte("x")); err != nil {
					t.Error(err)
				}
				if signal := <-s.C(); string(signal.Payload) != "x" {
					t.Errorf("heard %+v, want x", signal)
				}
				s.Close()
			}
		})
	}
	all.Wait()
}

// A listener that does not read is ended; the others hear everything.
func TestBroker_Subscribe_slow_listener(t *testing.T) {
	t.Parallel()
	b, _ := process(t, storetest.RedisServer(t))
	slow, quick := listen(t, b, "warp"), listen(t, b, "warp")
	const more = 300 // than a queue holds
	for n := range more {
		publish(t, b, "warp", strconv.Itoa(n))
		wantNext(t, quick, fmt.Sprint("warp ", n))
	}
	heard := 0
	for range slow.C() {
		heard++
	}
	if heard >= more {
		t.Errorf("the slow listener heard %d, want an end before %d", heard, more)
	}
	wantNextOf(t, b, "warp")
}

func TestBroker_Stop(t *testing.T) {
	t.Parallel()
	server := storetest.RedisServer(t)
	b, client := process(t, server)
	s := listen(t, b, "warp")
	for range 2 {
		if err := b.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantNext(t, s, "end")
	s.Close()
	if _, err := b.Subscribe(t.Context(), "warp"); err == nil {
		t.Error("listens to a broker that was stopped")
	}
	for range 2 {
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantNextOf(t, b, "warp")
	if got := client.PubSubNumSub(t.Context(), "warp").Val()["warp"]; got > 1 {
		t.Errorf("%d connections listen, want at most one", got)
	}
}

func TestBroker_Subscribe_cancelled(t *testing.T) {
	t.Parallel()
	b, _ := process(t, storetest.RedisServer(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := b.Subscribe(ctx, "warp"); err == nil {
		s.Close() // Redis was quicker
	}
	wantNextOf(t, b, "warp")
}

func TestBroker_Start_without_Redis(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	if err := live.NewBroker(client, slog.New(slog.DiscardHandler)).Start(t.Context()); err == nil {
		t.Error("started without Redis")
	}
}
