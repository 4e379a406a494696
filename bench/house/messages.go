package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"heddle/internal/drive"
)

const messageCreated = `subscription($room: ID!) { messageCreated(roomId: $room) { text author { id } } }`

// measureMessages times the way of a message, from the moment createMessage is
// sent to the moment the last subscriber has it, beside the same bytes written
// to as many plain WebSockets.
func measureMessages(ctx context.Context, b *bench) (err error) {
	folder, err := b.temp()
	if err != nil {
		return err
	}
	w, err := b.binary.OneProcess(ctx, folder, nil, "--demo=false", "--trust", b.people.trust())
	if err != nil {
		return err
	}
	defer finish(ctx, w, &err)
	alike, event, err := b.spread(ctx, w, 1)
	if err != nil {
		return err
	}
	apart, _, err := b.spread(ctx, w, b.subscribers)
	if err != nil {
		return err
	}
	limit, err := b.limit(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limit.Kill()) }()
	plain, err := b.spreadPlain(ctx, limit, event)
	if err != nil {
		return err
	}
	row := func(name string, took []time.Duration) []string {
		return []string{name, short(quantile(took, 0.5)), short(quantile(took, 0.99)), ratio(float64(quantile(took, 0.5)), float64(quantile(plain, 0.5)))}
	}
	table(fmt.Sprintf("From createMessage to the last of %d subscribers (%d messages of %d bytes)", b.subscribers, b.messages, len(event)),
		[]string{"", "p50", "p99", "p50 beside the limit"},
		row("heddle, one person on every WebSocket", alike),
		row("heddle, another person on each WebSocket", apart),
		row("the same bytes to plain WebSockets (the limit)", plain))
	return nil
}

// spread subscribes, as so many different people, and times the messages. It
// gives the bytes of one event too.
func (b *bench) spread(ctx context.Context, w *drive.World, persons int) (took []time.Duration, event []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	talker := b.people.stranger(w.Origin())
	room, err := must(ctx, talker, createRoom, map[string]any{"title": "Square"}, "createRoom", "room", "id")
	if err != nil {
		return nil, nil, err
	}
	var listeners []drive.Client
	for range persons {
		c := b.people.stranger(w.Origin())
		if _, err := must(ctx, c, joinRoom, map[string]any{"roomId": room}); err != nil {
			return nil, nil, err
		}
		listeners = append(listeners, c)
	}
	var subscriptions []*drive.Listening
	for i := range b.subscribers {
		socket, err := listeners[i%persons].Socket(ctx)
		if err != nil {
			return nil, nil, err
		}
		defer socket.Close()
		l, err := socket.Listen(messageCreated, map[string]any{"room": room})
		if err != nil {
			return nil, nil, err
		}
		subscriptions = append(subscriptions, l)
	}
	if err := allBegin(ctx, talker, room, subscriptions); err != nil {
		return nil, nil, err
	}
	for i := range b.messages {
		text := fmt.Sprintf("Message %d", i)
		last := lastToHear(ctx, subscriptions, text)
		begin := time.Now()
		if _, err := must(ctx, talker, say, map[string]any{"roomId": room, "text": text}); err != nil {
			return nil, nil, err
		}
		heard := <-last
		if heard.err != nil {
			return nil, nil, heard.err
		}
		took, event = append(took, heard.at.Sub(begin)), heard.event
	}
	return sorted(took), event, nil
}

// allBegin talks until every subscription hears it.
func allBegin(ctx context.Context, talker drive.Client, room string, subscriptions []*drive.Listening) error {
	for try := range 200 {
		text := fmt.Sprintf("Try %d", try)
		if _, err := must(ctx, talker, say, map[string]any{"roomId": room, "text": text}); err != nil {
			return err
		}
		moment, cancel := context.WithTimeout(ctx, time.Second)
		heard := <-lastToHear(moment, subscriptions, text)
		cancel()
		if heard.err == nil {
			return nil
		}
		if !errors.Is(heard.err, drive.ErrSilent) {
			return heard.err
		}
	}
	return errors.New("not every subscription begins")
}

type heard struct {
	at    time.Time
	event []byte
	err   error
}

// lastToHear waits until each subscription has brought the text, and tells when
// the last one did.
func lastToHear(ctx context.Context, subscriptions []*drive.Listening, text string) <-chan heard {
	result := make(chan heard, 1)
	each := make(chan heard, len(subscriptions))
	var ready sync.WaitGroup
	for _, l := range subscriptions {
		ready.Add(1)
		go func() {
			ready.Done()
			a, err := l.Next(ctx)
			for err == nil && a.Text("messageCreated", "text") != text {
				a, err = l.Next(ctx) // of before
			}
			each <- heard{time.Now(), a.Body, err}
		}()
	}
	ready.Wait()
	go func() {
		var last heard
		for range subscriptions {
			h := <-each
			if last.err == nil && (h.err != nil || h.at.After(last.at)) {
				last = h
			}
		}
		result <- last
	}()
	return result
}

// spreadPlain does the same with a server that writes the bytes as they are.
func (b *bench) spreadPlain(ctx context.Context, limit *server, event []byte) (took []time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	arrived := make(chan time.Time, b.subscribers)
	for range b.subscribers {
		conn, _, err := websocket.DefaultDialer.DialContext(ctx, strings.Replace(limit.origin, "http", "ws", 1)+"/socket", nil) //nolint:bodyclose // the connection is the body
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		go func() {
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					return // closed: the bench is over
				}
				arrived <- time.Now()
			}
		}()
	}
	message := append(append([]byte(`{"id":"1","type":"next","payload":`), event...), '}')
	for range b.messages {
		begin := time.Now()
		response, err := http.Post(limit.origin+"/tell", "text/plain", bytes.NewReader(message))
		if err != nil {
			return nil, err
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the limit answers %s (%w)", response.Status, err)
		}
		var last time.Time
		for range b.subscribers {
			select {
			case at := <-arrived:
				if at.After(last) {
					last = at
				}
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		took = append(took, last.Sub(begin))
	}
	return sorted(took), nil
}
