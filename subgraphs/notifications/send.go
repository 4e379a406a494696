package notifications

import (
	"context"
	"fmt"
	"time"
)

// sendTimeout bounds one try.
const sendTimeout = 30 * time.Second

// rate is how much a channel takes: burst at once, then one each so often.
type rate struct {
	burst int
	every time.Duration // 0: no limit
}

// again is when a job is to be done again; the zero time is never.
type again = time.Time

// send brings a delivery one step further: it waits for its time, or is tried
// once. Done again after it has ended, it does nothing.
func (r *Resolvers) send(ctx context.Context, id string) (again, error) {
	d, err := r.Store.Delivery(ctx, id)
	if err != nil || d == nil || d.State != DeliveryStateWaiting {
		return again{}, err
	}
	until, why, err := r.hold(ctx, d)
	if err != nil {
		return again{}, err
	}
	if why != "" && until.IsZero() {
		return again{}, r.Store.Conclude(ctx, id, DeliveryStateSuppressed, why, r.Now())
	}
	if !until.IsZero() {
		return until, r.Store.Postpone(ctx, id, until, why)
	}
	next, err := r.try(ctx, d)
	if err != nil {
		return again{}, fmt.Errorf("send delivery %s: %w", id, err)
	}
	return next, nil
}

// hold says why a delivery is not tried now: until when, or for good if until is
// the zero time. With neither, it is tried.
func (r *Resolvers) hold(ctx context.Context, d *Delivery) (until time.Time, why string, err error) {
	now := r.Now()
	if d.ExpiresAt != nil && !d.ExpiresAt.After(now) {
		return until, "It came too late.", nil
	}
	if d.NextAt != nil && d.NextAt.After(now) && d.SlotAt == nil {
		return *d.NextAt, or(d.Reason), nil
	}
	if why, err := r.Store.Unwanted(ctx, d); err != nil || why != "" {
		return until, why, err
	}
	if d.PersonID != nil {
		settings, err := r.Store.Settings(ctx, *d.PersonID)
		if err != nil {
			return until, "", err
		}
		if settings.Gone {
			return until, "There is no such person any more.", nil
		}
		if settings.modes[wayOf{d.Category, d.Channel}] == DeliveryModeOff && d.Category != NotificationCategorySecurity {
			return until, "The person has turned it off meanwhile.", nil
		}
		if quiet := settings.QuietUntil(d.Category, now); quiet.After(now) {
			return quiet, "Waits for the person's quiet hours to end.", nil
		}
	}
	if err := r.Store.Slot(ctx, d, r.Rates[d.Channel], now); err != nil {
		return until, "", err
	}
	if d.SlotAt != nil && d.SlotAt.After(now) {
		return *d.SlotAt, "Waits for its place under the channel's rate limit.", nil
	}
	return until, "", nil
}

// try hands a delivery to its provider once, and gives the time of the next try
// if there is to be one. The try is recorded before and after: when the process
// dies in between, the message is tried again, since nobody knows whether the
// provider has it.
func (r *Resolvers) try(ctx context.Context, d *Delivery) (next again, err error) {
	provider := r.Providers[d.Channel]
	if provider == nil {
		return next, r.Store.Conclude(ctx, d.ID, DeliveryStateFailed, fmt.Sprintf("No provider for %s is configured.", d.Channel), r.Now())
	}
	m, why, err := r.message(ctx, d)
	if err != nil {
		return next, err
	}
	if why != "" {
		return next, r.Store.Conclude(ctx, d.ID, DeliveryStateSuppressed, why, r.Now())
	}
	begun, err := r.Store.Try(ctx, d, provider.Name(), r.Now())
	if err != nil || !begun {
		return next, err
	}
	trying, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	outcome := provider.Send(trying, m)
	if ctx.Err() != nil && outcome.Result != AttemptOutcomeSent {
		return next, ctx.Err() // the process is stopping, which is not the provider's fault
	}
	again, err := r.Store.Tried(context.WithoutCancel(ctx), d, outcome, r.Now())
	if err != nil || again == nil {
		return next, err
	}
	r.Log.WarnContext(ctx, "a message could not be sent; trying again", "delivery", d.ID, "channel", d.Channel, "tries", d.Tries, "next", again, "answer", outcome.Answer)
	return *again, nil
}

// message is what the provider is given; why, if there is nobody to give it to.
func (r *Resolvers) message(ctx context.Context, d *Delivery) (m *Message, why string, err error) {
	m = &Message{
		ID: d.ID, PersonID: d.PersonID, Address: d.Address, Template: d.Template, Category: d.Category, About: d.About,
		CreatedAt: d.CreatedAt, ExpiresAt: d.ExpiresAt,
	}
	if d.Content != nil {
		m.Content = *d.Content
	}
	switch d.Channel {
	case NotificationChannelPush:
		if m.Device, err = r.Store.Device(ctx, or(d.PushID)); err == nil && m.Device == nil {
			why = "The device is not registered any more."
		}
	case NotificationChannelEmail:
		if d.Category != NotificationCategorySecurity {
			m.Unsubscribe, err = r.unsubscribeLink(ctx, d)
		}
	}
	return m, why, err
}
