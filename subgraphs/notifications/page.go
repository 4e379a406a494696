package notifications

import (
	"context"
	"strconv"
	"time"

	"heddle/internal/page"
)

// The connections of the schema, and their edges.
type (
	NotificationConnection struct {
		*page.Connection[NotificationEdge]
		unread func(ctx context.Context) (int, error)
	}
	NotificationEdge           page.Edge[*Notification]
	PushSubscriptionConnection struct {
		*page.Connection[PushSubscriptionEdge]
	}
	PushSubscriptionEdge page.Edge[*PushSubscription]
	MailConnection       struct{ *page.Connection[MailEdge] }
	MailEdge             page.Edge[*Mail]
	DeliveryConnection   struct{ *page.Connection[DeliveryEdge] }
	DeliveryEdge         page.Edge[*Delivery]

	BouncedAddressConnection struct {
		*page.Connection[BouncedAddressEdge]
	}
	BouncedAddressEdge             page.Edge[*BouncedAddress]
	NotificationTemplateConnection struct {
		*page.Connection[NotificationTemplateEdge]
	}
	NotificationTemplateEdge page.Edge[*NotificationTemplate]
)

// UnreadCount counts what the person has not read, whatever the filter.
func (c *NotificationConnection) UnreadCount(ctx context.Context) (int, error) { return c.unread(ctx) }

func numberKey(n *Notification) page.Key { return page.Key{strconv.FormatInt(n.Number, 10)} }

func bouncedKey(b *BouncedAddress) page.Key {
	return page.Key{b.Since.UTC().Format(time.RFC3339Nano), string(b.Channel), b.Address}
}
