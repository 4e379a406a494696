// Package live knows how processes tell each other, at once, what has just
// happened: topics on Redis pub/sub, read over one connection by each process.
//
// Delivery is at most once. Signals of all topics arrive in the order in which
// Redis took them, so a listener that sees "left the room" sees it before any
// message that was published after it. A lost connection shows as a
// Reconnected signal: the listener then reads what it missed from the store.
package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// queue is how many signals a listener may lag behind before it is ended.
const queue = 256

// answerTimeout bounds how long a listener waits to be heard by Redis.
const answerTimeout = 10 * time.Second

// Signal is what a listener hears.
type Signal struct {
	Topic       string
	Payload     []byte
	Reconnected bool // the connection was lost for a while; Topic and Payload are empty
}

// Broker publishes and listens. Start it before use; it is safe for concurrent use.
type Broker struct {
	client *redis.Client
	log    *slog.Logger

	mu        sync.Mutex
	pubsub    *redis.PubSub
	listeners map[string]map[*Subscription]struct{} // by topic
	confirmed map[string]bool                       // topics that Redis sends now
	asked     map[string]int                        // subscribe commands that Redis has not answered yet, by topic
	stop      context.CancelFunc
	stopped   chan struct{}
}

// NewBroker uses the client's server.
func NewBroker(client *redis.Client, log *slog.Logger) *Broker {
	return &Broker{
		client: client, log: log, listeners: map[string]map[*Subscription]struct{}{},
		confirmed: map[string]bool{}, asked: map[string]int{},
	}
}

// Subscription hears the signals of its topics until it is closed.
type Subscription struct {
	signals chan Signal
	topics  []string
	broker  *Broker
	waiting map[string]bool // topics not yet confirmed; guarded by the broker's lock
	ready   chan struct{}   // closed when nothing is waited for any more
	err     error           // why it ended before it was ready; read after ready
	once    sync.Once
}

// C gives the signals. It is closed when the subscription is closed, when the
// broker stops, and when the listener has fallen too far behind.
func (s *Subscription) C() <-chan Signal { return s.signals }

// Close ends the subscription.
func (s *Subscription) Close() { s.broker.leave(s) }

// Start begins to listen.
func (b *Broker) Start(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pubsub != nil {
		return nil
	}
	if err := b.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	clear(b.asked)
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	b.pubsub = b.client.Subscribe(ctx)
	b.stopped = make(chan struct{})
	go b.listen(ctx, b.pubsub, b.stopped)
	return nil
}

// Stop ends every subscription.
func (b *Broker) Stop(context.Context) error {
	b.mu.Lock()
	pubsub, stopped := b.pubsub, b.stopped
	b.pubsub = nil
	b.mu.Unlock()
	if pubsub == nil {
		return nil
	}
	b.stop()
	err := pubsub.Close()
	<-stopped
	b.endAll()
	return err
}

// Publish tells everybody who listens to the topic, in every process.
func (b *Broker) Publish(ctx context.Context, topic string, payload []byte) error {
	if err := b.client.Publish(ctx, topic, payload).Err(); err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	return nil
}

// Subscribe listens to the topics. When it returns, everything that is
// published from then on will be heard. It fails while Redis does not answer.
func (b *Broker) Subscribe(ctx context.Context, topics ...string) (*Subscription, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	s := &Subscription{
		signals: make(chan Signal, queue), topics: topics, broker: b,
		waiting: map[string]bool{}, ready: make(chan struct{}),
	}
	fresh, pubsub, err := b.join(s)
	if err != nil {
		return nil, err
	}
	if len(fresh) > 0 {
		// Others may wait for the same topics, so ctx does not end the asking.
		if err := pubsub.Subscribe(context.WithoutCancel(ctx), fresh...); err != nil {
			b.giveUp(fresh, fmt.Errorf("listen to %v: %w", fresh, err))
		}
	}
	select {
	case <-s.ready:
		if s.err != nil {
			return nil, s.err
		}
		return s, nil
	case <-ctx.Done():
		s.Close()
		return nil, fmt.Errorf("listen to %v: %w", topics, ctx.Err())
	}
}

// giveUp ends everybody who waits for one of the topics.
func (b *Broker) giveUp(topics []string, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range topics {
		b.giveUpTopic(topic, cause)
	}
}

// giveUpAll ends everybody who waits: on a lost connection no answer comes.
func (b *Broker) giveUpAll(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for topic := range b.listeners {
		b.giveUpTopic(topic, cause)
	}
}

func (b *Broker) giveUpTopic(topic string, cause error) {
	for s := range b.listeners[topic] {
		if s.waiting[topic] {
			s.err = cause
			b.end(s)
		}
	}
}

// join enters the subscription and returns the topics that nobody here listened to.
func (b *Broker) join(s *Subscription) (fresh []string, pubsub *redis.PubSub, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pubsub == nil {
		return nil, nil, fmt.Errorf("listen to %v: the broker is not running", s.topics)
	}
	for _, topic := range s.topics {
		if b.listeners[topic] == nil {
			b.listeners[topic] = map[*Subscription]struct{}{}
			b.asked[topic]++
			fresh = append(fresh, topic)
		}
		b.listeners[topic][s] = struct{}{}
		if !b.confirmed[topic] {
			s.waiting[topic] = true
		}
	}
	if len(s.waiting) == 0 {
		close(s.ready)
	}
	return fresh, b.pubsub, nil
}

func (b *Broker) leave(s *Subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(s)
}

// end closes the subscription and gives up the topics that it was the last to
// listen to. The lock is held, also while Redis is told: a topic that is left
// and joined again at once must reach Redis in that order.
func (b *Broker) end(s *Subscription) {
	s.once.Do(func() {
		var idle []string
		for _, topic := range s.topics {
			delete(b.listeners[topic], s)
			if len(b.listeners[topic]) == 0 {
				delete(b.listeners, topic)
				delete(b.confirmed, topic)
				idle = append(idle, topic)
			}
		}
		close(s.signals)
		if len(s.waiting) > 0 {
			if s.err == nil {
				s.err = errors.New("the broker has stopped")
			}
			clear(s.waiting)
			close(s.ready)
		}
		if b.pubsub != nil && len(idle) > 0 {
			if err := b.pubsub.Unsubscribe(context.Background(), idle...); err != nil {
				b.log.Debug("stop listening", "topics", idle, "error", err)
			}
		}
	})
}

func (b *Broker) endAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, listeners := range b.listeners {
		for s := range listeners {
			b.end(s)
		}
	}
}
