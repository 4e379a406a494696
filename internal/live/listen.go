package live

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Pauses between tries to reach Redis again.
const (
	pauseFirst = 50 * time.Millisecond
	pauseMost  = 2 * time.Second
)

// listen reads the connection until the broker stops. The client library
// subscribes again by itself after a loss.
func (b *Broker) listen(ctx context.Context, pubsub *redis.PubSub, stopped chan<- struct{}) {
	defer close(stopped)
	lost, pause := false, pauseFirst
	for ctx.Err() == nil {
		message, err := pubsub.Receive(ctx)
		if err != nil {
			if !lost && ctx.Err() == nil {
				b.log.Warn("lost the connection to Redis; trying again", "error", err)
			}
			lost = true
			b.giveUpAll(err)
			sleep(ctx, pause)
			pause = min(2*pause, pauseMost)
			continue
		}
		if lost {
			lost, pause = false, pauseFirst
			b.log.Info("reached Redis again")
			b.reconnected()
		}
		b.take(message)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (b *Broker) take(message any) {
	switch m := message.(type) {
	case *redis.Message:
		b.deliver(Signal{Topic: m.Channel, Payload: []byte(m.Payload)})
	case *redis.Subscription:
		if m.Kind == "subscribe" {
			b.confirm(m.Channel)
		}
	}
}

// confirm notes that Redis sends the topic now. Of several commands for one
// topic (left and joined again) only the last one's answer counts.
func (b *Broker) confirm(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[topic]--
	if b.asked[topic] > 0 {
		return
	}
	delete(b.asked, topic)
	if b.listeners[topic] == nil {
		return
	}
	b.confirmed[topic] = true
	for s := range b.listeners[topic] {
		if s.waiting[topic] {
			delete(s.waiting, topic)
			if len(s.waiting) == 0 {
				close(s.ready)
			}
		}
	}
}

func (b *Broker) deliver(signal Signal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.listeners[signal.Topic] {
		b.hand(s, signal)
	}
}

// reconnected tells every listener that signals may be missing. Answers that
// were under way on the lost connection will not come.
func (b *Broker) reconnected() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.asked)
	told := map[*Subscription]bool{}
	for _, listeners := range b.listeners {
		for s := range listeners {
			if !told[s] {
				told[s] = true
				b.hand(s, Signal{Reconnected: true})
			}
		}
	}
}

// hand queues the signal, or ends a listener that does not keep up: it costs
// the others nothing. The lock is held.
func (b *Broker) hand(s *Subscription, signal Signal) {
	select {
	case s.signals <- signal:
	default:
		b.log.Warn("ended a listener that fell behind", "topics", s.topics)
		b.end(s)
	}
}
