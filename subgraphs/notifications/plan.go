package notifications

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// plan is what comes of a request.
type plan struct {
	notification *Notification // what the person is told in the app
	deliveries   []*Delivery   // what goes out, and what does not, and why
	dropped      string        // why nobody is told anything
}

// audience is whom a request is for, as far as that is known.
type audience struct {
	person   *recipient // nil: an address alone
	settings *Settings
	devices  []*PushSubscription
}

// plan decides who is told a request, on which ways and in which words, and
// keeps it. Done again, it changes nothing.
func (r *Resolvers) plan(ctx context.Context, id string) error {
	request, err := r.Store.Request(ctx, id)
	if err != nil || request == nil {
		return err
	}
	p, err := r.planned(ctx, request)
	if err != nil {
		return fmt.Errorf("plan request %s: %w", id, err)
	}
	told, err := r.Store.Planned(ctx, request, p, r.Now())
	if err == nil && told {
		r.tell(ctx, p.notification)
	}
	return err
}

func (r *Resolvers) planned(ctx context.Context, request *Request) (p plan, err error) {
	now := r.Now()
	if request.ExpiresAt != nil && !request.ExpiresAt.After(now) {
		p.dropped = "It came too late."
		return p, nil
	}
	ctx, err = r.Services.As(ctx, serviceName)
	if err != nil {
		return p, err
	}
	a, why, err := r.audience(ctx, request)
	if err != nil || why != "" {
		p.dropped = why
		return p, err
	}
	if why, err = r.fill(ctx, request); err != nil || why != "" {
		p.dropped = why
		return p, err
	}
	version, err := r.Store.TemplateVersion(ctx, request.Template, request.Version)
	if err != nil {
		return p, err
	}
	if version == nil {
		return p, fmt.Errorf("there is no version %d of template %s", request.Version, request.Template)
	}
	content, locale, err := r.content(request, version, a)
	if err != nil {
		return p, err
	}
	p.decide(r, request, a, content, locale, now)
	if p.notification == nil && len(p.deliveries) == 0 {
		p.dropped = "The person does not want to be told, or there is no way to them."
	}
	return p, nil
}

// audience finds out whom the request is for; why, if there is no such person.
func (r *Resolvers) audience(ctx context.Context, request *Request) (a audience, why string, err error) {
	if request.PersonID == nil {
		a.settings = defaultSettings("")
		return a, "", nil
	}
	id := *request.PersonID
	if a.settings, err = r.Store.Settings(ctx, id); err != nil {
		return a, "", err
	}
	if a.settings.Gone {
		return a, "There is no such person any more.", nil
	}
	if a.person, err = r.recipient(ctx, id); err != nil {
		return a, "", err
	}
	if a.person == nil {
		return a, "There is no such person.", nil
	}
	a.devices, err = r.Store.Devices(ctx, id, r.Now())
	return a, "", err
}

// fill puts in the names that the graph knows; why, if one is of something that
// is not there any more.
func (r *Resolvers) fill(ctx context.Context, request *Request) (why string, err error) {
	for _, variable := range slices.Sorted(maps.Keys(request.Lookups)) {
		name, err := r.lookUp(ctx, request.Lookups[variable])
		if err != nil {
			return "", err
		}
		if name == "" {
			return fmt.Sprintf("What it is about is gone: %s %s.", request.Lookups[variable].Kind, request.Lookups[variable].ID), nil
		}
		request.Variables[variable] = name
	}
	return "", nil
}

func (r *Resolvers) content(request *Request, version *TemplateVersion, a audience) (Content, string, error) {
	values := maps.Clone(request.Variables)
	if values == nil {
		values = map[string]any{}
	}
	var wanted []string
	if a.person != nil {
		values["recipient"] = a.person.FirstName
		wanted = append(wanted, a.person.Language)
	}
	wanted = append(wanted, or(request.Locale))
	c := Content{Link: r.absolute(or(request.Link))}
	if c.Link != "" {
		values["link"] = c.Link
	}
	var err error
	c.Rendered, err = version.Render(values, a.settings.Zone(), wanted...)
	return c, c.Locale, err
}

// absolute makes an address of a path of the app.
func (r *Resolvers) absolute(link string) string {
	if strings.HasPrefix(link, "/") {
		return r.Link(link)
	}
	return link
}

// decide goes through the ways.
func (p *plan) decide(r *Resolvers, request *Request, a audience, content Content, locale string, now time.Time) {
	for _, channel := range AllNotificationChannel {
		if request.Channel != nil && *request.Channel != channel {
			continue
		}
		mode := request.mode(a, channel)
		if mode == DeliveryModeOff {
			continue
		}
		if channel == NotificationChannelInApp {
			p.notification = &Notification{
				ID: request.ID, PersonID: *request.PersonID, Category: request.Category, Template: request.Template,
				Title: content.Title, Text: content.Text, Link: request.Link, about: request.About, CreatedAt: now,
			}
			continue
		}
		for _, to := range request.addresses(a, channel) {
			d := &Delivery{
				ID: r.NewID(), RequestID: &request.ID, PersonID: request.PersonID, Channel: channel, Address: to.address, PushID: to.device,
				Category: request.Category, Template: request.Template, TemplateVersion: request.Version, Locale: locale, About: request.About,
				Content: &content, State: DeliveryStateWaiting, CreatedAt: now, ExpiresAt: request.ExpiresAt, NextAt: &now,
			}
			if mode == DeliveryModeDigest {
				at := a.settings.Rhythm.Next(now, a.settings.Zone())
				d.State, d.NextAt = DeliveryStateCollected, &at
			}
			p.deliveries = append(p.deliveries, d)
		}
	}
}

// mode says whether and how the request goes out on a channel. What a service
// sends to an address goes out; what it sends to a person on one channel does as
// the person wants it there; without a channel, the person's account switches
// stand above their modes.
func (r *Request) mode(a audience, channel NotificationChannel) DeliveryMode {
	if r.Address != nil || a.person == nil {
		return DeliveryModeImmediate
	}
	if r.Category == NotificationCategorySecurity {
		if r.Channel == nil && channel == NotificationChannelSms {
			return DeliveryModeOff // costs money, and says no more than the others
		}
		return DeliveryModeImmediate
	}
	if !a.person.on(channel) {
		return DeliveryModeOff
	}
	return a.settings.Mode(r.Category, channel)
}

// destination is where a message goes.
type destination struct {
	address string
	device  *string
}

// addresses are the person's on the channel, or the request's own.
func (r *Request) addresses(a audience, channel NotificationChannel) (all []destination) {
	switch {
	case r.Address != nil:
		return []destination{{address: *r.Address}}
	case a.person == nil:
		return nil
	case channel == NotificationChannelEmail && a.person.Email != "":
		return []destination{{address: a.person.Email}}
	case channel == NotificationChannelSms && a.settings.phone != "":
		return []destination{{address: a.settings.phone}}
	case channel == NotificationChannelPush:
		for _, d := range a.devices {
			all = append(all, destination{d.Endpoint, &d.ID})
		}
	}
	return all
}
