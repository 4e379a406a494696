package notifications

import (
	"context"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// serviceName is who the domain is when it asks the graph.
const serviceName = "notifications"

// rates are how much each channel takes unless HEDDLE_NOTIFICATION_RATES says
// otherwise.
const rates = "EMAIL=20/s,SMS=2/s,PUSH=100/s"

// configure reads the settings of the providers: docs/notifications.md lists
// them. Mail goes to the local mailbox without a server, text messages nowhere
// without an account, and push messages always where the devices say.
func (r *Resolvers) configure(ctx context.Context, getenv func(string) string) error {
	from := getenv("HEDDLE_MAIL_FROM")
	if from == "" {
		from = "Heddle <notifications@heddle.example>"
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return fmt.Errorf("HEDDLE_MAIL_FROM is not an address such as Heddle <notifications@example.com>: %w", err)
	}
	r.Providers = map[NotificationChannel]Provider{}
	if r.Providers[NotificationChannelEmail], err = r.mailProvider(getenv, from); err != nil {
		return err
	}
	if account := getenv("HEDDLE_TWILIO_ACCOUNT"); account != "" {
		r.Providers[NotificationChannelSms] = &twilio{
			url: first(getenv("HEDDLE_TWILIO_URL"), "https://api.twilio.com"), account: account, token: getenv("HEDDLE_TWILIO_TOKEN"), from: getenv("HEDDLE_TWILIO_FROM"),
			client: apiClient(), now: r.Now,
		}
	}
	if r.Providers[NotificationChannelPush], err = r.pushProvider(ctx, getenv, sender.Address); err != nil {
		return err
	}
	r.Rates, err = parseRates(first(getenv("HEDDLE_NOTIFICATION_RATES"), rates))
	return err
}

func (r *Resolvers) mailProvider(getenv func(string) string, from string) (Provider, error) {
	server, key := getenv("HEDDLE_SMTP_URL"), getenv("HEDDLE_SENDGRID_KEY")
	switch {
	case server != "" && key != "":
		return nil, fmt.Errorf("mail goes to a server (HEDDLE_SMTP_URL) or to SendGrid (HEDDLE_SENDGRID_KEY); both are set")
	case server != "":
		return newSMTP(server, getenv("HEDDLE_SMTP_CA"), from)
	case key != "":
		return &sendGrid{url: first(getenv("HEDDLE_SENDGRID_URL"), "https://api.sendgrid.com"), key: key, from: from, client: apiClient(), now: r.Now}, nil
	}
	return mailbox{r.Store, from, r.Now}, nil
}

// pushProvider takes the key that is set, or the one that the service made for
// itself when it opened first: devices are registered for it.
func (r *Resolvers) pushProvider(ctx context.Context, getenv func(string) string, sender string) (Provider, error) {
	private := getenv("HEDDLE_VAPID_KEY")
	if private == "" {
		fresh, err := newVAPIDKey()
		if err != nil {
			return nil, fmt.Errorf("make a key for push messages: %w", err)
		}
		if private, err = r.Store.Key(ctx, "vapid", fresh); err != nil {
			return nil, err
		}
	}
	public, err := vapidKeys(private)
	if err != nil {
		return nil, fmt.Errorf("HEDDLE_VAPID_KEY is not a private key on the curve P-256, 32 octets in base64url: %w", err)
	}
	r.PushKey, r.LocalPush = public, getenv("HEDDLE_PUSH_LOCAL") == "1"
	p := &pushServices{private: private, public: public, subject: first(getenv("HEDDLE_VAPID_SUBJECT"), "mailto:"+sender), client: outward(), now: r.Now}
	if r.LocalPush {
		p.client = apiClient()
	}
	return p, nil
}

// parseRates reads limits such as EMAIL=20/s,SMS=100/h: so many at once, and as
// many in each second, minute or hour. A channel without one has no limit.
func parseRates(text string) (map[NotificationChannel]rate, error) {
	limits := map[NotificationChannel]rate{}
	for _, part := range strings.Split(text, ",") {
		name, limit, _ := strings.Cut(strings.TrimSpace(part), "=")
		count, unit, _ := strings.Cut(limit, "/")
		n, err := strconv.Atoi(count)
		span := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
		if err != nil || n < 1 || span == 0 || !NotificationChannel(name).IsValid() {
			return nil, fmt.Errorf("HEDDLE_NOTIFICATION_RATES: %q is not a limit such as EMAIL=20/s, with s, m or h", part)
		}
		limits[NotificationChannel(name)] = rate{burst: n, every: span / time.Duration(n)}
	}
	return limits, nil
}

// first is the first text that is not empty.
func first(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
