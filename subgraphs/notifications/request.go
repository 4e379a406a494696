package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"heddle/internal/fault"
)

// Request is that somebody is to be told something. It is in the queue once for
// each source, and is planned by a job: who is told on which ways, in which
// words.
type Request struct {
	ID        string
	Source    *string // what asked for it: an event; unique
	PersonID  *string
	Channel   *NotificationChannel // the only one; nil: the person's preferences decide
	Address   *string              // where to; nil: where the person is
	Template  string
	Version   int
	Category  NotificationCategory
	Variables map[string]any
	Lookups   map[string]Lookup // by variable
	Locale    *string           // where there is no person, or nothing is known of their language
	Link      *string
	About     []string // ids of the things it is about: it is erased with them
	CreatedAt time.Time
	ExpiresAt *time.Time
}

// Lookup is a variable whose value the graph is asked for when the message is
// written: names are not carried in events.
type Lookup struct {
	Kind string `json:"kind"` // one of lookups
	ID   string `json:"id"`
}

// asked is what a service asks for, in whichever mutation.
type asked struct {
	person    *string
	channel   *NotificationChannel
	address   *string
	template  string
	variables json.RawMessage
	locale    *string
	link      *string
	about     []string
	expires   *time.Time
}

// request makes a request of what was asked for, in the version of the template
// that is active now.
func (r *Resolvers) request(ctx context.Context, a asked) (*Request, error) {
	version, err := r.Store.ActiveVersion(ctx, a.template)
	if err != nil {
		return nil, err
	}
	if version == nil {
		return nil, fault.Field("template", "There is no template %q that is active.", a.template)
	}
	given, err := object(a.variables)
	if err != nil {
		return nil, err
	}
	values, err := version.Values(given)
	if err != nil {
		return nil, err
	}
	if a.person == nil && a.address == nil {
		return nil, fault.Field("to", "It goes to an address or to a person; neither is given.")
	}
	if a.link != nil && !linkable(*a.link) {
		return nil, fault.Field("link", `%q is neither an http or https address nor a path such as "/rooms".`, *a.link)
	}
	if len(a.about) > 20 {
		return nil, fault.Field("aboutIds", "It is about at most 20 things; these are %d.", len(a.about))
	}
	now := r.Now()
	if a.expires != nil && !a.expires.After(now) {
		return nil, fault.Field("expiresAt", "%s is past.", a.expires.Format(time.RFC3339))
	}
	if a.about == nil {
		a.about = []string{}
	}
	return &Request{
		ID: r.NewID(), PersonID: a.person, Channel: a.channel, Address: a.address, Template: version.Template, Version: version.Version,
		Category: version.Category, Variables: values, Lookups: map[string]Lookup{}, Locale: a.locale, Link: a.link,
		About: a.about, CreatedAt: now, ExpiresAt: a.expires,
	}, nil
}

// checkEmail reads an address, and gives it without spaces around it.
func checkEmail(field, address string) (string, error) {
	address = strings.TrimSpace(address)
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address || len(address) > 254 || strings.ContainsAny(address, "\"\r\n") {
		return "", fault.Field(field, `%q is not an e-mail address such as "ada@example.com".`, address)
	}
	return address, nil
}

// input is what tells two requests with the same idempotency key apart.
func (a asked) input() (string, error) {
	text, err := json.Marshal([]any{a.person, a.channel, a.address, a.template, a.variables, a.locale, a.link, a.about, a.expires})
	if err != nil {
		return "", fmt.Errorf("remember request: %w", err)
	}
	return string(text), nil
}
