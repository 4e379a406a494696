package notifications

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	webpush "github.com/SherClockHolmes/webpush-go"
	"github.com/google/uuid"
)

// pushLife is how long a push service keeps a message for a device that is off,
// unless it expires before.
const pushLife = 24 * time.Hour

// pushTextLimit is how much of a text goes to a device, in bytes: an encrypted
// message has one record of at most 4096 octets (RFC 8291, section 4).
const pushTextLimit = 2500

// pushServices is the provider of push messages: each device names its own push
// service (RFC 8030), to which the message goes encrypted for the device (RFC
// 8291), signed with our key (VAPID, RFC 8292).
type pushServices struct {
	private, public string // P-256, base64url
	subject         string // whom a push service may write to: mailto: or https:
	client          *http.Client
	now             func() time.Time
}

// vapidKeys makes a pair of keys from a private one, in base64url.
func vapidKeys(private string) (public string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(private, "="))
	if err != nil {
		return "", err
	}
	key, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), nil
}

func newVAPIDKey() (private string, err error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(key.Bytes()), nil
}

// Name names it in the history.
func (*pushServices) Name() string { return "webpush" }

// pushed is what the device's service worker is given.
type pushed struct {
	ID       string               `json:"id"` // the same at every try: for the tag of what is shown
	Category NotificationCategory `json:"category"`
	Title    string               `json:"title"`
	Text     string               `json:"text"`
	Link     string               `json:"link,omitempty"`
}

// Send hands the message to the device's push service. Its topic is the same at
// every try: while the device has not got the message, it is replaced by itself
// (RFC 8030, section 5.4).
func (p *pushServices) Send(ctx context.Context, m *Message) Outcome {
	payload, err := json.Marshal(pushed{m.ID, m.Category, atMost(m.Content.Title, 300), atMost(m.Content.Text, pushTextLimit), m.Content.Link})
	if err != nil {
		return refused(0, err.Error())
	}
	if len(payload) > 3900 { // escapes can make a text longer than it is
		payload, _ = json.Marshal(pushed{ID: m.ID, Category: m.Category, Title: atMost(m.Content.Title, 300)})
	}
	life := pushLife
	if m.ExpiresAt != nil {
		life = min(life, max(m.ExpiresAt.Sub(p.now()), 0))
	}
	response, err := webpush.SendNotificationWithContext(ctx, payload, &webpush.Subscription{
		Endpoint: m.Device.Endpoint, Keys: webpush.Keys{Auth: m.Device.Auth, P256dh: m.Device.P256dh},
	}, &webpush.Options{
		HTTPClient: p.client, TTL: int(life.Seconds()), Urgency: webpush.UrgencyNormal, Topic: pushTopic(m.ID),
		Subscriber: strings.TrimPrefix(p.subject, "mailto:"), VAPIDPublicKey: p.public, VAPIDPrivateKey: p.private,
	})
	if err != nil {
		if errors.Is(err, errInside) || errors.Is(err, webpush.ErrMaxPadExceeded) {
			return refused(0, err.Error())
		}
		return unanswered(err)
	}
	a, err := readAnswer(response)
	if err != nil {
		return unanswered(err)
	}
	if a.status/100 == 2 {
		return sent(a.status, http.StatusText(a.status), a.header.Get("Location"))
	}
	o := a.failed(p.now(), strings.TrimSpace(string(a.body)))
	// The device has unsubscribed (RFC 8030, section 7.3).
	o.Bounced = a.status == http.StatusNotFound || a.status == http.StatusGone
	return o
}

// pushTopic is an id in at most 32 characters of base64url (RFC 8030, section 5.4).
func pushTopic(id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(parsed[:])
}

// atMost cuts a text to so many bytes, between characters.
func atMost(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[:limit-len("…")]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "…"
}

// errInside says that an endpoint is in our own network.
var errInside = errors.New("the push service's address is not on the public internet")

// outward is a client for addresses that strangers give: it reaches only public
// ones, whatever their names mean at the moment when they are dialled.
func outward() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) {
			return fmt.Errorf("%w: %s", errInside, ip)
		}
		return nil
	}}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext, transport.Proxy = dialer.DialContext, nil
	client := apiClient()
	client.Transport = transport
	return client
}

// shared is the space of carriers' own networks (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")
