package notifications_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// contract is a provider as its documentation has it: it gives the answer that
// was recorded of it.
type contract struct {
	url    string
	mu     sync.Mutex
	asked  []recorded
	answer answer
}

type recorded struct {
	method, path string
	header       http.Header
	body         []byte
}

type answer struct {
	status int
	header map[string]string
	body   string
}

func newContract(t *testing.T) *contract {
	t.Helper()
	c := &contract{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.asked = append(c.asked, recorded{r.Method, r.URL.Path, r.Header, body})
	a := c.answer
	c.mu.Unlock()
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// answers sets the answer from now on.
func (c *contract) answers(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = a
}

// request is the first whose body has the word in it.
func (c *contract) request(word string) recorded {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.asked {
		if bytes.Contains(r.body, []byte(word)) {
			return r
		}
	}
	return recorded{}
}

// outcome is what a delivery came to, as the answers are tabled.
func (d delivery) outcome() string {
	said := d.State + " " + d.Attempts[0].Outcome
	if d.Attempts[0].Answer != nil {
		said += " " + *d.Attempts[0].Answer
	}
	return said
}

// wait is how long the delivery waits, in whole minutes from the world's time.
func (w *world) wait(d delivery) time.Duration {
	w.t.Helper()
	if d.NextAt == nil {
		return 0
	}
	next, err := time.Parse(time.RFC3339Nano, *d.NextAt)
	if err != nil {
		w.t.Fatal(err)
	}
	return next.Sub(w.clock.now()).Round(time.Minute)
}

func TestSendGrid(t *testing.T) {
	api := newContract(t)
	w := newWorld(t, "HEDDLE_SENDGRID_KEY", "SG.secret", "HEDDLE_SENDGRID_URL", api.url, "HEDDLE_MAIL_FROM", "Heddle <looms@heddle.example>")
	accepted := answer{202, map[string]string{"X-Message-Id": "14c5d75ce93.dfd.64b469"}, ""}
	for n, c := range []struct {
		name   string
		answer answer
		want   string
		wait   time.Duration
	}{
		{"accepted", accepted, "SENT SENT Accepted", 0},
		{"a bad request", answer{400, nil, `{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email","help":"http://sendgrid.com/docs"}]}`},
			"FAILED REFUSED Does not contain a valid address. (personalizations.0.to.0.email)", 0},
		{"a wrong key", answer{401, nil, `{"errors":[{"field":null,"message":"authorization required"}]}`}, "WAITING RETRY authorization required", 0},
		{"forbidden", answer{403, nil, `{"errors":[{"field":"from","message":"The from address does not match a verified Sender Identity."}]}`},
			"FAILED REFUSED The from address does not match a verified Sender Identity. (from)", 0},
		{"too many", answer{429, map[string]string{"Retry-After": "600"}, `{"errors":[{"field":null,"message":"too many requests"}]}`}, "WAITING RETRY too many requests", 10 * time.Minute},
		{"broken", answer{503, nil, ``}, "WAITING RETRY Service Unavailable", 0},
	} {
		to := fmt.Sprintf("p%d@heddle.example", n)
		api.answers(c.answer)
		d := w.mail(to)
		if got := d.outcome(); got != c.want || w.wait(d) != c.wait {
			t.Errorf("%s: %q, next in %s, want %q in %s", c.name, got, w.wait(d), c.want, c.wait)
		}
		asked := api.request(to)
		if asked.method != "POST" || asked.path != "/v3/mail/send" || asked.header.Get("Authorization") != "Bearer SG.secret" || asked.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: asked %s %s with %v", c.name, asked.method, asked.path, asked.header)
		}
		var sent struct {
			Personalizations []struct {
				To         []map[string]string
				CustomArgs map[string]string `json:"custom_args"`
			}
			From    map[string]string
			Subject string
			Content []map[string]string
			Headers map[string]string
		}
		if err := json.Unmarshal(asked.body, &sent); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]map[string]string{{"type": "text/plain", "value": "Grüße"}}, sent.Content); diff != "" || sent.Subject != "Hello" ||
			sent.Personalizations[0].To[0]["email"] != to || sent.Personalizations[0].CustomArgs["delivery_id"] != d.ID ||
			sent.From["email"] != "looms@heddle.example" || sent.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" {
			t.Errorf("%s: sent %s", c.name, asked.body)
		}
		if c.answer.status == 202 && (d.ProviderID == nil || *d.ProviderID != "14c5d75ce93.dfd.64b469") {
			t.Errorf("the provider's id is %v", d.ProviderID)
		}
	}
}

const sendSms = `mutation($input: SendSmsInput!) { sendSms(input: $input) { requestId } }`

func TestTwilio(t *testing.T) {
	api := newContract(t)
	w := newWorld(t, "HEDDLE_TWILIO_ACCOUNT", "AC1", "HEDDLE_TWILIO_TOKEN", "secret", "HEDDLE_TWILIO_FROM", "+15005550006", "HEDDLE_TWILIO_URL", api.url)
	for n, c := range []struct {
		name    string
		answer  answer
		want    string
		wait    time.Duration
		bounced bool
	}{
		{"queued", answer{201, nil, `{"sid":"SM123","status":"queued","error_code":null}`}, "SENT SENT queued", 0, false},
		{"no such number", answer{400, nil, `{"code":21211,"message":"Invalid 'To' Phone Number: +491701234567","status":400}`},
			"FAILED REFUSED 21211: Invalid 'To' Phone Number: +491701234567", 0, true},
		{"stopped", answer{400, nil, `{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}`},
			"FAILED REFUSED 21610: Attempt to send to unsubscribed recipient", 0, true},
		{"not allowed", answer{403, nil, `{"code":21408,"message":"Permission to send an SMS has not been enabled for the region","status":403}`},
			"FAILED REFUSED 21408: Permission to send an SMS has not been enabled for the region", 0, false},
		{"too many", answer{429, map[string]string{"Retry-After": "300"}, `{"code":20429,"message":"Too Many Requests","status":429}`}, "WAITING RETRY 20429: Too Many Requests", 5 * time.Minute, false},
		{"broken", answer{500, nil, `<html>`}, "WAITING RETRY Internal Server Error", 0, false},
	} {
		number := fmt.Sprintf("+49170123456%d", n)
		api.answers(c.answer)
		w.domain.Get(w.sender, sendSms, variables{"input": variables{"to": number, "template": "message", "variables": variables{"title": "t", "text": "Grüße"}}}, &struct{}{})
		d := w.tried(variables{"address": number}, 1)
		if got := d.outcome(); got != c.want || w.wait(d) != c.wait {
			t.Errorf("%s: %q, next in %s, want %q in %s", c.name, got, w.wait(d), c.want, c.wait)
		}
		asked := api.request(number[1:])
		account, token, _ := (&http.Request{Header: asked.header}).BasicAuth()
		form, err := url.ParseQuery(string(asked.body))
		if diff := cmp.Diff(url.Values{"To": {number}, "From": {"+15005550006"}, "Body": {"Grüße"}}, form); diff != "" || err != nil ||
			asked.path != "/2010-04-01/Accounts/AC1/Messages.json" || account != "AC1" || token != "secret" {
			t.Errorf("%s: asked %s %s as %s: %s", c.name, asked.method, asked.path, account, asked.body)
		}
		var bounced struct {
			BouncedAddresses struct {
				Edges []struct{ Node struct{ Address string } }
			}
		}
		w.domain.Get(w.admin, `{ bouncedAddresses(first: 100) { edges { node { address } } } }`, nil, &bounced)
		said := strings.Contains(fmt.Sprint(bounced), number)
		if said != c.bounced {
			t.Errorf("%s: whether the number bounced is %t, want %t", c.name, said, c.bounced)
		}
	}
}

// device is a browser with a push subscription: it reads what is sent to it.
type device struct {
	private *ecdh.PrivateKey
	auth    []byte
}

func newDevice(t *testing.T) device {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	return device{key, auth}
}

func (d device) input(endpoint string) variables {
	return variables{"input": variables{"endpoint": endpoint, "keys": variables{
		"p256dh": base64.RawURLEncoding.EncodeToString(d.private.PublicKey().Bytes()), "auth": base64.RawURLEncoding.EncodeToString(d.auth),
	}}}
}

// open decrypts a message (RFC 8291, section 3.4; RFC 8188, section 2), by no
// part of the library that encrypted it.
func (d device) open(t *testing.T, body []byte) []byte {
	t.Helper()
	salt, size, length := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	senderKey, sealed := body[21:21+length], body[21+length:]
	if len(sealed) > int(size) {
		t.Fatalf("%d octets are more than one record of %d", len(sealed), size)
	}
	sender, err := ecdh.P256().NewPublicKey(senderKey)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := d.private.ECDH(sender)
	if err != nil {
		t.Fatal(err)
	}
	derive := func(secret, salt []byte, info string, length int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, length)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	ikm := derive(secret, d.auth, "WebPush: info\x00"+string(d.private.PublicKey().Bytes())+string(senderKey), 32)
	block, err := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), sealed, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain = []byte(strings.TrimRight(string(plain), "\x00")) // the padding of the last record, then its delimiter
	if plain[len(plain)-1] != 2 {
		t.Fatalf("the last record ends with %d, want the delimiter 2", plain[len(plain)-1])
	}
	return plain[:len(plain)-1]
}

const register = `mutation($input: RegisterPushSubscriptionInput!) { registerPushSubscription(input: $input) { pushSubscription { id endpoint } } }`

const sendPush = `mutation($input: SendPushInput!) { sendPush(input: $input) { requestId } }`

func TestWebPush(t *testing.T) {
	w := newWorld(t, "HEDDLE_PUSH_LOCAL", "1", "HEDDLE_VAPID_SUBJECT", "mailto:ops@heddle.example")
	for n, c := range []struct {
		name   string
		answer answer
		want   string
		wait   time.Duration
		left   int
	}{
		{"created", answer{201, map[string]string{"Location": "https://push.example/m/1"}, ""}, "SENT SENT Created", 0, 1},
		{"gone", answer{410, nil, "unsubscribed"}, "FAILED REFUSED unsubscribed", 0, 0},
		{"not there", answer{404, nil, ""}, "FAILED REFUSED Not Found", 0, 0},
		{"too large", answer{413, nil, "payload too large"}, "FAILED REFUSED payload too large", 0, 1},
		{"too many", answer{429, map[string]string{"Retry-After": "1200"}, ""}, "WAITING RETRY Too Many Requests", 20 * time.Minute, 1},
		{"broken", answer{502, nil, ""}, "WAITING RETRY Bad Gateway", 0, 1},
	} {
		service, browser := newContract(t), newDevice(t)
		service.answers(c.answer)
		ada := w.member(fmt.Sprint("ada", n))
		w.domain.Get(ada, register, browser.input(service.url+"/p/1"), &struct{}{})
		w.domain.Get(w.sender, sendPush, variables{"input": variables{"userId": ada.ID, "template": "message", "variables": variables{"title": "Hello", "text": "Grüße"}}}, &struct{}{})
		d := w.tried(variables{"userId": ada.ID}, 1)
		if got := d.outcome(); got != c.want || w.wait(d) != c.wait {
			t.Errorf("%s: %q, next in %s, want %q in %s", c.name, got, w.wait(d), c.want, c.wait)
		}
		asked := service.request("")
		var shown struct{ ID, Title, Text string }
		if err := json.Unmarshal(browser.open(t, asked.body), &shown); err != nil || shown.Title != "Hello" || shown.Text != "Grüße" || shown.ID != d.ID {
			t.Errorf("%s: the device reads %+v (%v)", c.name, shown, err)
		}
		if asked.header.Get("Content-Encoding") != "aes128gcm" || asked.header.Get("TTL") != "86400" || len(asked.header.Get("Topic")) != 22 {
			t.Errorf("%s: the headers are %v", c.name, asked.header)
		}
		w.vapid(asked.header.Get("Authorization"), service.url)
		var left struct{ PushSubscriptions struct{ TotalCount int } }
		if w.domain.Get(ada, `{ pushSubscriptions { totalCount } }`, nil, &left); left.PushSubscriptions.TotalCount != c.left {
			t.Errorf("%s: %d devices are left, want %d", c.name, left.PushSubscriptions.TotalCount, c.left)
		}
	}
}

// vapid checks the signature of a push message (RFC 8292, sections 2 and 3).
func (w *world) vapid(authorization, audience string) {
	w.t.Helper()
	var server struct{ PushServerKey string }
	w.domain.Get(w.Person(), `{ pushServerKey }`, nil, &server)
	token, key, ok := strings.Cut(strings.TrimPrefix(authorization, "vapid t="), ", k=")
	if !ok || key != server.PushServerKey {
		w.t.Fatalf("%q is not signed with the key %q", authorization, server.PushServerKey)
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		w.t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience(audience), jwt.WithExpirationRequired()); err != nil {
		w.t.Error(err)
	}
	if claims["sub"] != "mailto:ops@heddle.example" {
		w.t.Errorf("the claims are %v", claims)
	}
}

func TestRegisterPushSubscription_refused(t *testing.T) {
	w := newWorld(t) // whose push services are on the internet
	ada := w.member("ada")
	good := newDevice(t).input("https://push.example/p/1")
	with := func(field string, value any) variables {
		in := variables{}
		for k, v := range good["input"].(variables) {
			in[k] = v
		}
		in[field] = value
		return variables{"input": in}
	}
	for _, c := range []struct {
		input variables
		field string
	}{
		{with("endpoint", "http://push.example/p/1"), "endpoint"},
		{with("endpoint", "not an address"), "endpoint"},
		{with("endpoint", "https://user:password@push.example/"), "endpoint"},
		{with("keys", variables{"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}), "keys.p256dh"},
		{with("keys", variables{"p256dh": good["input"].(variables)["keys"].(variables)["p256dh"], "auth": "AAAA"}), "keys.auth"},
		{with("expirationTime", 1000.0), "expirationTime"},
	} {
		if got := w.domain.Refused(ada, register, c.input); got.Code != "BAD_USER_INPUT" || got.Field != c.field {
			t.Errorf("%v was refused with %+v, want %s", c.input, got, c.field)
		}
	}
	// An address within our own network is not sent to, whatever its name.
	w.domain.Get(ada, register, newDevice(t).input("https://localhost:1/p"), &struct{}{})
	w.domain.Get(w.sender, sendPush, variables{"input": variables{"userId": ada.ID, "template": "message", "variables": variables{"title": "Hello", "text": "x"}}}, &struct{}{})
	if d := w.tried(variables{"channel": "PUSH"}, 1); d.State != "FAILED" || !strings.Contains(*d.Attempts[0].Answer, "not on the public internet") {
		t.Errorf("the delivery is %+v", d)
	}
}

// A device that changes hands gets only its new owner's messages.
func TestRegisterPushSubscription_of_another_person(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.member("ada"), w.member("grace")
	browser := newDevice(t)
	for _, p := range []person{ada, grace, grace} {
		w.domain.Get(p, register, browser.input("https://push.example/p/1"), &struct{}{})
	}
	got := map[string]int{}
	for name, p := range map[string]person{"ada": ada, "grace": grace} {
		var own struct{ PushSubscriptions struct{ TotalCount int } }
		w.domain.Get(p, `{ pushSubscriptions { totalCount } }`, nil, &own)
		got[name] = own.PushSubscriptions.TotalCount
	}
	if diff := cmp.Diff(map[string]int{"ada": 0, "grace": 1}, got); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
}
