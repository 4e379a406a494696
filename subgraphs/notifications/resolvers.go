package notifications

import (
	"context"
	"encoding/json"
	"time"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/page"
)

type query struct{ *Resolvers }

// Query answers the fields of Query.
func (r *Resolvers) Query() query { return query{r} }

func (q query) Notifications(ctx context.Context, unread bool, first *int, after *string, last *int, before *string) (*NotificationConnection, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.Number)
	if err != nil {
		return nil, err
	}
	rows, err := q.Store.List(ctx, c.ID, unread, w)
	if err != nil {
		return nil, err
	}
	count := func(unread bool) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return q.Store.Count(ctx, c.ID, unread) }
	}
	return &NotificationConnection{page.Of[NotificationEdge](w, rows, numberKey, count(unread)), count(true)}, nil
}

func (q query) NotificationSettings(ctx context.Context) (*NotificationSettings, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := q.Store.Settings(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return settings.shown(), nil
}

func (q query) PushSubscriptions(ctx context.Context, first *int, after *string, last *int, before *string) (*PushSubscriptionConnection, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	w, err := page.Args{First: first, After: after, Last: last, Before: before}.Window(page.ID)
	if err != nil {
		return nil, err
	}
	rows, err := q.Store.DeviceList(ctx, c.ID, w)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountDevices(ctx, c.ID) }
	return &PushSubscriptionConnection{page.Of[PushSubscriptionEdge](w, rows, func(s *PushSubscription) page.Key { return page.Key{s.ID} }, count)}, nil
}

func (q query) PushServerKey(ctx context.Context) (string, error) {
	if _, err := caller.RequirePerson(ctx); err != nil {
		return "", err
	}
	return q.PushKey, nil
}

func (q query) Mailbox(ctx context.Context, to *string, first *int, after *string, last *int, before *string) (*MailConnection, error) {
	w, err := adminPage(ctx, page.Args{First: first, After: after, Last: last, Before: before}, page.ID)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	rows, err := q.Store.Mails(ctx, to, now, w)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountMails(ctx, to, now) }
	return &MailConnection{page.Of[MailEdge](w, rows, func(m *Mail) page.Key { return page.Key{m.ID} }, count)}, nil
}

func (q query) NotificationDeliveries(ctx context.Context, filter *DeliveryFilter, first *int, after *string, last *int, before *string) (*DeliveryConnection, error) {
	w, err := adminPage(ctx, page.Args{First: first, After: after, Last: last, Before: before}, page.ID)
	if err != nil {
		return nil, err
	}
	rows, err := q.Store.Deliveries(ctx, filter, w)
	if err != nil {
		return nil, err
	}
	count := func(ctx context.Context) (int, error) { return q.Store.CountDeliveries(ctx, filter) }
	return &DeliveryConnection{page.Of[DeliveryEdge](w, rows, func(d *Delivery) page.Key { return page.Key{d.ID} }, count)}, nil
}

func (q query) BouncedAddresses(ctx context.Context, first *int, after *string, last *int, before *string) (*BouncedAddressConnection, error) {
	channel := func(text string) bool { return NotificationChannel(text).IsValid() }
	w, err := adminPage(ctx, page.Args{First: first, After: after, Last: last, Before: before}, page.Time, channel, page.Text)
	if err != nil {
		return nil, err
	}
	rows, err := q.Store.Bounced(ctx, w)
	if err != nil {
		return nil, err
	}
	return &BouncedAddressConnection{page.Of[BouncedAddressEdge](w, rows, bouncedKey, q.Store.CountBounced)}, nil
}

// adminPage is the window that an administrator asks for.
func adminPage(ctx context.Context, args page.Args, kinds ...page.Kind) (page.Window, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return page.Window{}, err
	}
	return args.Window(kinds...)
}

func (q query) NotificationTemplates(ctx context.Context, first *int, after *string, last *int, before *string) (*NotificationTemplateConnection, error) {
	w, err := adminPage(ctx, page.Args{First: first, After: after, Last: last, Before: before}, page.Text)
	if err != nil {
		return nil, err
	}
	names, err := q.Store.Templates(ctx, w)
	if err != nil {
		return nil, err
	}
	rows, err := q.Store.TemplatesByName(ctx, names)
	if err != nil {
		return nil, err
	}
	key := func(t *NotificationTemplate) page.Key { return page.Key{t.Name} }
	return &NotificationTemplateConnection{page.Of[NotificationTemplateEdge](w, rows, key, q.Store.CountTemplates)}, nil
}

func (q query) NotificationTemplate(ctx context.Context, name string) (*NotificationTemplate, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return nil, err
	}
	found, err := q.Store.TemplatesByName(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (q query) PreviewNotification(ctx context.Context, template string, version *int, locale string, variables json.RawMessage) (*NotificationPreview, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return nil, err
	}
	v, err := q.Store.ActiveVersion(ctx, template)
	if version != nil {
		v, err = q.Store.TemplateVersion(ctx, template, *version)
	}
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fault.New(fault.NotFound, "There is no such version of a template %q.", template)
	}
	given, err := object(variables)
	if err != nil {
		return nil, err
	}
	values, err := v.Values(given)
	if err != nil {
		return nil, err
	}
	r, err := v.Render(values, time.UTC, locale)
	if err != nil {
		return nil, err
	}
	preview := &NotificationPreview{Version: v.Version, Locale: r.Locale, Title: r.Title, Text: r.Text, Sms: r.SMS}
	if r.HTML != "" {
		preview.HTML = &r.HTML
	}
	return preview, nil
}

type entity struct{ *Resolvers }

// Entity resolves what other domains refer to.
func (r *Resolvers) Entity() entity { return entity{r} }

// FindManyNotificationByIDs gives people their own; others' are not there.
func (e entity) FindManyNotificationByIDs(ctx context.Context, keys []*NotificationByIDsInput) ([]*Notification, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return e.Store.Notifications(ctx, c.ID, ids)
}

// FindManyDeliveryByIDs gives deliveries to administrators.
func (e entity) FindManyDeliveryByIDs(ctx context.Context, keys []*DeliveryByIDsInput) ([]*Delivery, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	found, err := e.Store.DeliveriesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	return batch.InOrder(ids, found, func(d *Delivery) string { return d.ID }), nil
}

type deliveryFields struct{ *Resolvers }

// Delivery resolves the fields of deliveries that take reading.
func (r *Resolvers) Delivery() deliveryFields { return deliveryFields{r} }

// Attempts reads the tries of all deliveries of a page at once.
func (f deliveryFields) Attempts(ctx context.Context, deliveries []*Delivery) ([][]*DeliveryAttempt, error) {
	return batch.Each(ctx, deliveries, func(deliveries []*Delivery) ([][]*DeliveryAttempt, error) {
		ids := make([]string, len(deliveries))
		for i, d := range deliveries {
			ids[i] = d.ID
		}
		found, err := f.Store.Attempts(ctx, ids)
		if err != nil {
			return nil, err
		}
		all := make([][]*DeliveryAttempt, len(deliveries))
		for i, id := range ids {
			all[i] = found[id]
			if all[i] == nil {
				all[i] = []*DeliveryAttempt{}
			}
		}
		return all, nil
	})
}
