package notifications

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// sendGrid is the provider of mail with an HTTP API: POST /v3/mail/send.
type sendGrid struct {
	url, key, from string
	client         *http.Client
	now            func() time.Time
}

type sendGridAddress struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

type sendGridContent struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type sendGridMail struct {
	Personalizations []sendGridPersonalization `json:"personalizations"`
	From             sendGridAddress           `json:"from"`
	Subject          string                    `json:"subject"`
	Content          []sendGridContent         `json:"content"`
	Headers          map[string]string         `json:"headers,omitempty"`
	TrackingSettings sendGridTracking          `json:"tracking_settings"`
}

type sendGridPersonalization struct {
	To         []sendGridAddress `json:"to"`
	CustomArgs map[string]string `json:"custom_args"`
}

// sendGridTracking says that links stay as they are: a rewritten one to set a
// password would lead through somebody else's server.
type sendGridTracking struct {
	ClickTracking struct {
		Enable bool `json:"enable"`
	} `json:"click_tracking"`
	OpenTracking struct {
		Enable bool `json:"enable"`
	} `json:"open_tracking"`
}

// Name names it in the history.
func (*sendGrid) Name() string { return "sendgrid" }

// Send hands the mail over. The API knows no idempotency id: what is sent again
// after a lost answer arrives twice, with the same Message-ID, and with the id of
// the delivery in custom_args.
func (s *sendGrid) Send(ctx context.Context, m *Message) Outcome {
	body, err := json.Marshal(s.mail(m))
	if err != nil {
		return refused(0, err.Error())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(s.url, "/")+"/v3/mail/send", bytes.NewReader(body))
	if err != nil {
		return refused(0, err.Error())
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Content-Type", "application/json")
	a, err := apiAsk(s.client, request)
	if err != nil {
		return unanswered(err)
	}
	if a.status/100 == 2 {
		return sent(a.status, http.StatusText(a.status), a.header.Get("X-Message-Id"))
	}
	o := a.failed(s.now(), sendGridSaid(a.body))
	if o.Result == AttemptOutcomeRetry && o.After == 0 { // the API's own way to say it
		if at, err := strconv.ParseInt(a.header.Get("X-RateLimit-Reset"), 10, 64); err == nil && a.status == http.StatusTooManyRequests {
			o.After = max(time.Unix(at, 0).Sub(s.now()), 0)
		}
	}
	return o
}

func (s *sendGrid) mail(m *Message) sendGridMail {
	from := sendGridAddress{Email: s.from}
	if parsed, err := mail.ParseAddress(s.from); err == nil {
		from = sendGridAddress{Email: parsed.Address, Name: parsed.Name}
	}
	letter := sendGridMail{
		Personalizations: []sendGridPersonalization{{
			To: []sendGridAddress{{Email: m.Address}}, CustomArgs: map[string]string{"delivery_id": m.ID},
		}},
		From: from, Subject: m.Content.Title, Headers: map[string]string{},
		Content: []sendGridContent{{"text/plain", m.Content.Text}},
	}
	if m.Content.HTML != "" {
		letter.Content = append(letter.Content, sendGridContent{"text/html", m.Content.HTML})
	}
	for _, h := range mailHeaders(m) {
		letter.Headers[h.Name] = h.Value
	}
	return letter
}

// sendGridSaid is the text of an error answer.
func sendGridSaid(body []byte) string {
	var answer struct {
		Errors []struct{ Message, Field string }
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	var said []string
	for _, e := range answer.Errors {
		if e.Field != "" {
			e.Message += " (" + e.Field + ")"
		}
		said = append(said, e.Message)
	}
	return strings.Join(said, " ")
}
