package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// twilio is the provider of text messages: POST
// /2010-04-01/Accounts/{account}/Messages.json.
type twilio struct {
	url, account, token, from string
	client                    *http.Client
	now                       func() time.Time
}

// Name names it in the history.
func (*twilio) Name() string { return "twilio" }

// Codes of Twilio's error catalogue that are about the number: nobody can be
// reached there.
var twilioBounces = map[int]bool{
	21211: true, // the number is not one
	21214: true, // it cannot be reached
	21217: true, // it does not look like one
	21614: true, // it is no mobile number
	21610: true, // its owner has answered STOP
}

// Send hands the message over. The API knows no idempotency id: what is sent
// again after a lost answer arrives twice.
func (t *twilio) Send(ctx context.Context, m *Message) Outcome {
	form := url.Values{"To": {m.Address}, "Body": {m.Content.SMS}}
	if strings.HasPrefix(t.from, "MG") { // a messaging service, which chooses the number
		form.Set("MessagingServiceSid", t.from)
	} else {
		form.Set("From", t.from)
	}
	at := fmt.Sprintf("%s/2010-04-01/Accounts/%s/Messages.json", strings.TrimSuffix(t.url, "/"), url.PathEscape(t.account))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return refused(0, err.Error())
	}
	request.SetBasicAuth(t.account, t.token)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := apiAsk(t.client, request)
	if err != nil {
		return unanswered(err)
	}
	var said struct {
		Sid, Status, Message string
		Code                 int
	}
	_ = json.Unmarshal(a.body, &said) // what is no JSON has said nothing
	if a.status/100 == 2 {
		return sent(a.status, said.Status, said.Sid)
	}
	if said.Code != 0 {
		said.Message = fmt.Sprintf("%d: %s", said.Code, said.Message)
	}
	o := a.failed(t.now(), said.Message)
	o.Bounced = o.Result == AttemptOutcomeRefused && twilioBounces[said.Code]
	return o
}
