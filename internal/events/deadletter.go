package events

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// bury puts the event into the dead letters, as it came, with the error.
func (l listener) bury(ctx context.Context, js jetstream.JetStream, msg jetstream.Msg, why error, tries int) error {
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	letter := nats.NewMsg(deadSubject(l.Domain, msg.Subject()))
	letter.Data = msg.Data()
	letter.Header.Set(HeaderError, oneLine(why))
	letter.Header.Set(HeaderTries, strconv.Itoa(tries))
	// Should we die before the event is taken off the stream, it is buried
	// again under the same name, and the stream drops the second.
	name := fmt.Sprintf("%s:%d", l.Domain, meta.Sequence.Stream)
	if _, err := js.PublishMsg(ctx, letter, jetstream.WithMsgID(name)); err != nil {
		return fmt.Errorf("move an event to the dead letters: %w", err)
	}
	return nil
}

// deadSubject is "dead.<domain>.<type>" for "events.<type>" and for
// "replay.<domain>.<type>".
func deadSubject(domain, subject string) string {
	kind := strings.TrimPrefix(subject, "events.")
	kind = strings.TrimPrefix(kind, "replay."+domain+".")
	return "dead." + domain + "." + kind
}

// oneLine fits an error into a header.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
