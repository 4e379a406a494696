package notifications

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// digest puts what was collected for a person up to the time into one mail, and
// queues that. Each thing goes into one digest, however often this is done.
func (r *Resolvers) digest(ctx context.Context, person string, at time.Time) error {
	collected, err := r.Store.Collected(ctx, person, at)
	if err != nil || len(collected) == 0 {
		return err
	}
	ctx, err = r.Services.As(ctx, serviceName)
	if err != nil {
		return err
	}
	p, err := r.recipient(ctx, person)
	if err != nil {
		return err
	}
	settings, err := r.Store.Settings(ctx, person)
	if err != nil {
		return err
	}
	if p == nil || settings.Gone || p.Email == "" || !p.ByEmail {
		return r.Store.Digested(ctx, collected, nil, "There is no mail to this person any more.", r.Now())
	}
	mail, err := r.digestOf(ctx, collected, p, settings)
	if err != nil {
		return fmt.Errorf("write the digest of %s: %w", person, err)
	}
	return r.Store.Digested(ctx, collected, mail, "", r.Now())
}

// digestOf writes the mail. Titles of what is erased meanwhile are not in it:
// they were erased with it.
func (r *Resolvers) digestOf(ctx context.Context, collected []*Delivery, p *recipient, settings *Settings) (*Delivery, error) {
	version, err := r.Store.ActiveVersion(ctx, templateDigest)
	if err != nil {
		return nil, err
	}
	if version == nil {
		return nil, fmt.Errorf("there is no template %q", templateDigest)
	}
	now := r.Now()
	var titles []any
	mail := &Delivery{
		ID: r.NewID(), PersonID: &settings.PersonID, Channel: NotificationChannelEmail, Address: p.Email, Category: collected[0].Category,
		Template: version.Template, TemplateVersion: version.Version, About: []string{}, State: DeliveryStateWaiting, CreatedAt: now, NextAt: &now,
	}
	for _, d := range collected {
		if d.Content != nil {
			titles = append(titles, d.Content.Title)
		}
		for _, id := range d.About {
			if !slices.Contains(mail.About, id) {
				mail.About = append(mail.About, id)
			}
		}
	}
	values, err := version.Values(map[string]any{"count": len(titles), "titles": titles})
	if err != nil {
		return nil, err
	}
	values["recipient"] = p.FirstName
	rendered, err := version.Render(values, settings.Zone(), p.Language)
	if err != nil {
		return nil, err
	}
	mail.Locale, mail.Content = rendered.Locale, &Content{Rendered: rendered}
	return mail, nil
}
