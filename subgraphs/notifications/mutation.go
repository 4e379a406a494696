package notifications

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/postgres"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) MarkNotificationRead(ctx context.Context, in MarkNotificationReadInput) (*MarkNotificationReadPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	var at *time.Time
	if in.Read {
		now := m.Now()
		at = &now
	}
	n, err := m.Store.MarkRead(ctx, c.ID, in.NotificationID, at)
	if err != nil {
		return nil, err
	}
	unread, err := m.Store.Count(ctx, c.ID, true)
	return &MarkNotificationReadPayload{Notification: n, UnreadCount: unread}, err
}

func (m mutation) MarkAllNotificationsRead(ctx context.Context, in MarkAllNotificationsReadInput) (*MarkAllNotificationsReadPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	upTo, err := m.Store.Last(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if in.UpToID != nil {
		found, err := m.Store.Notifications(ctx, c.ID, []string{*in.UpToID})
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, missingNotification(*in.UpToID)
		}
		upTo = found[0].Number
	}
	marked, err := m.Store.MarkAllRead(ctx, c.ID, upTo, m.Now())
	if err != nil {
		return nil, err
	}
	unread, err := m.Store.Count(ctx, c.ID, true)
	return &MarkAllNotificationsReadPayload{MarkedCount: marked, UnreadCount: unread}, err
}

func (m mutation) UpdateNotificationSettings(ctx context.Context, in UpdateNotificationSettingsInput) (*UpdateNotificationSettingsPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := m.Store.ChangeSettings(ctx, c.ID, func(s *Settings) error { return s.Edit(in) })
	if err != nil {
		return nil, err
	}
	return &UpdateNotificationSettingsPayload{Settings: settings.shown()}, nil
}

func (m mutation) RegisterPushSubscription(ctx context.Context, in RegisterPushSubscriptionInput) (*RegisterPushSubscriptionPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	d, err := NewPushSubscription(m.NewID(), c.ID, in, userAgent(ctx), m.Now(), m.LocalPush)
	if err != nil {
		return nil, err
	}
	if d, err = m.Store.Register(ctx, d); err != nil {
		return nil, err
	}
	return &RegisterPushSubscriptionPayload{PushSubscription: d}, nil
}

// userAgent is what the caller's device calls itself.
func userAgent(ctx context.Context) string {
	return cut(caller.DeviceOf(graphql.GetOperationContext(ctx).Headers).Agent)
}

func (m mutation) UnregisterPushSubscription(ctx context.Context, in UnregisterPushSubscriptionInput) (*UnregisterPushSubscriptionPayload, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.Store.Unregister(ctx, c.ID, in.Endpoint); err != nil {
		return nil, err
	}
	return &UnregisterPushSubscriptionPayload{Endpoint: in.Endpoint}, nil
}

func (m mutation) SendNotification(ctx context.Context, in SendNotificationInput) (*SendNotificationPayload, error) {
	id, err := m.ask(ctx, "sendNotification", in.IdempotencyKey, asked{
		person: &in.UserID, template: in.Template, variables: in.Variables, link: in.Link, about: in.AboutIds, expires: in.ExpiresAt,
	})
	return &SendNotificationPayload{RequestID: id}, err
}

func (m mutation) SendEmail(ctx context.Context, in SendEmailInput) (*SendEmailPayload, error) {
	if in.To != nil {
		to, err := checkEmail("to", *in.To)
		if err != nil {
			return nil, err
		}
		in.To = &to
	}
	id, err := m.ask(ctx, "sendEmail", in.IdempotencyKey, asked{
		person: in.UserID, channel: on(NotificationChannelEmail), address: in.To, template: in.Template, variables: in.Variables,
		locale: in.Locale, link: in.Link, about: in.AboutIds, expires: in.ExpiresAt,
	})
	return &SendEmailPayload{RequestID: id}, err
}

func (m mutation) SendSms(ctx context.Context, in SendSmsInput) (*SendSmsPayload, error) {
	if in.To != nil {
		if err := checkPhone("to", *in.To); err != nil {
			return nil, err
		}
	}
	id, err := m.ask(ctx, "sendSms", in.IdempotencyKey, asked{
		person: in.UserID, channel: on(NotificationChannelSms), address: in.To, template: in.Template, variables: in.Variables,
		locale: in.Locale, about: in.AboutIds, expires: in.ExpiresAt,
	})
	return &SendSmsPayload{RequestID: id}, err
}

func (m mutation) SendPush(ctx context.Context, in SendPushInput) (*SendPushPayload, error) {
	id, err := m.ask(ctx, "sendPush", in.IdempotencyKey, asked{
		person: &in.UserID, channel: on(NotificationChannelPush), template: in.Template, variables: in.Variables,
		link: in.Link, about: in.AboutIds, expires: in.ExpiresAt,
	})
	return &SendPushPayload{RequestID: id}, err
}

func on(channel NotificationChannel) *NotificationChannel { return &channel }

// ask puts into the queue what a service asks for. What it answers is not lost.
func (m mutation) ask(ctx context.Context, operation string, key *string, a asked) (id string, err error) {
	c, err := caller.RequireService(ctx)
	if err != nil {
		return "", err
	}
	if a.channel != nil && m.Providers[*a.channel] == nil {
		return "", fault.New(fault.Unavailable, "No provider for %s is configured here.", *a.channel)
	}
	request, err := m.request(ctx, a)
	if err != nil {
		return "", err
	}
	input, err := a.input()
	if err != nil {
		return "", err
	}
	return m.Store.Ask(ctx, request, postgres.Request{Person: c.ID, Operation: operation, Key: key, Input: input})
}

func (m mutation) CreateTemplateVersion(ctx context.Context, in CreateTemplateVersionInput) (*CreateTemplateVersionPayload, error) {
	c, err := caller.RequireRole(ctx, caller.Admin)
	if err != nil {
		return nil, err
	}
	v := &TemplateVersion{Template: in.Name, Category: in.Category, CreatedAt: m.Now(), Variables: []*TemplateVariable{}}
	if person := c.Person(); person != "" {
		v.createdBy = &person
	}
	for _, variable := range in.Variables {
		v.Variables = append(v.Variables, &TemplateVariable{Name: variable.Name, Type: variable.Type, Required: variable.Required})
	}
	for _, t := range in.Texts {
		v.Texts = append(v.Texts, &TemplateText{Locale: t.Locale, Title: t.Title, Text: t.Text, HTML: t.HTML, Sms: t.Sms})
	}
	if err := v.Check(); err != nil {
		return nil, err
	}
	if err := m.Store.AddVersion(ctx, v); err != nil {
		return nil, err
	}
	return &CreateTemplateVersionPayload{Version: v}, nil
}

func (m mutation) ActivateTemplateVersion(ctx context.Context, in ActivateTemplateVersionInput) (*ActivateTemplateVersionPayload, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return nil, err
	}
	if err := m.Store.Activate(ctx, in.Name, in.Version); err != nil {
		return nil, err
	}
	t, err := m.Query().NotificationTemplate(ctx, in.Name)
	return &ActivateTemplateVersionPayload{Template: t}, err
}

func (m mutation) ForgetBouncedAddress(ctx context.Context, in ForgetBouncedAddressInput) (*ForgetBouncedAddressPayload, error) {
	if _, err := caller.RequireRole(ctx, caller.Admin); err != nil {
		return nil, err
	}
	if err := m.Store.ForgetBounced(ctx, in.Channel, in.Address); err != nil {
		return nil, err
	}
	return &ForgetBouncedAddressPayload{Address: in.Address}, nil
}
