package notifications

import (
	"context"
	"strings"

	"heddle/internal/fault"
)

// lookups ask the graph for what a message names, on the service's own behalf. A
// thing that is not there any more has no name.
var lookups = map[string]struct {
	query string
	name  func(answer lookedUp) string
}{
	"student": {`query($id: ID!) { student(id: $id) { fullName } }`, func(a lookedUp) string {
		if a.Student == nil {
			return ""
		}
		return a.Student.FullName
	}},
	"room": {`query($id: ID!) { room(id: $id) { title } }`, func(a lookedUp) string {
		if a.Room == nil {
			return ""
		}
		return a.Room.Title
	}},
	"user": {`query($id: ID!) { user(id: $id) { firstName lastName } }`, func(a lookedUp) string {
		if a.User == nil {
			return ""
		}
		return strings.TrimSpace(a.User.FirstName + " " + a.User.LastName)
	}},
}

// lookedUp is an answer to one of the questions.
type lookedUp struct {
	Student *struct{ FullName string }
	Room    *struct{ Title string }
	User    *struct{ FirstName, LastName string }
}

// lookUp asks for the name, empty if there is no such thing.
func (r *Resolvers) lookUp(ctx context.Context, l Lookup) (string, error) {
	known := lookups[l.Kind]
	var answer lookedUp
	err := r.Graph.Ask(ctx, known.query, map[string]any{"id": l.ID}, &answer)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return known.name(answer), nil
}

// recipient is what the domain users knows of whom a message is for.
type recipient struct {
	Email, FirstName string
	Language         string
	InApp            bool
	ByEmail          bool
	BySms            bool
	ByPush           bool
}

// recipient asks for the person, nil if there is no such account.
func (r *Resolvers) recipient(ctx context.Context, id string) (*recipient, error) {
	var answer struct {
		User *struct {
			Email, FirstName string
			Preferences      *struct {
				Language      string
				Notifications struct{ InApp, Email, Sms, Push bool }
			}
		}
	}
	err := r.Graph.Ask(ctx, `query($id: ID!) { user(id: $id) { email firstName preferences { language notifications { inApp email sms push } } } }`,
		map[string]any{"id": id}, &answer)
	if err != nil || answer.User == nil {
		return nil, err
	}
	p := &recipient{Email: answer.User.Email, FirstName: answer.User.FirstName, InApp: true, ByEmail: true}
	if known := answer.User.Preferences; known != nil {
		on := known.Notifications
		p.Language, p.InApp, p.ByEmail, p.BySms, p.ByPush = known.Language, on.InApp, on.Email, on.Sms, on.Push
	}
	return p, nil
}

// on tells whether the person has a channel switched on for the whole account.
func (p *recipient) on(channel NotificationChannel) bool {
	return map[NotificationChannel]bool{
		NotificationChannelInApp: p.InApp, NotificationChannelEmail: p.ByEmail, NotificationChannelSms: p.BySms, NotificationChannelPush: p.ByPush,
	}[channel]
}
