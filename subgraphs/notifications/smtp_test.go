package notifications_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// mailServer is a real SMTP server, which keeps what it took.
type mailServer struct {
	t    *testing.T
	addr string
	ca   string // file with the certificate that vouches for it
	mailOptions

	mu      sync.Mutex
	taken   []string // mails, as they came
	secure  []bool   // whether each came encrypted
	senders []string // how who sent it had signed in
	tried   []string // ways in which somebody tried to sign in
	answer  func(to string) error
	silent  bool   // says nothing to those who connect
	took    func() // called when a mail is taken, before that is said
	left    func() // called when the client has its answer and goes on
	arrived chan struct{}
}

// mailOptions are what a server wants of those who connect.
type mailOptions struct {
	direct bool     // TLS from the first byte
	ways   []string // of signing in; whoever has not signed in sends nothing. None: nobody signs in
}

// newMailServer starts a server with STARTTLS for a host, or without if host is "".
func newMailServer(t *testing.T, host string) *mailServer {
	t.Helper()
	return newMailServerWith(t, host, mailOptions{})
}

func newMailServerWith(t *testing.T, host string, o mailOptions) *mailServer {
	t.Helper()
	m := &mailServer{t: t, mailOptions: o, arrived: make(chan struct{}, 10_000)}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, encrypted := c.TLSConnectionState()
		return &mailSession{server: m, encrypted: encrypted}, nil
	}))
	server.Domain, server.AllowInsecureAuth = "mail.example", true
	if host != "" {
		server.TLSConfig = m.certificate(host)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().String()
	listener = &hanging{listener, m}
	if o.direct {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return m
}

// hanging accepts connections, and says nothing on them while the server is silent.
type hanging struct {
	net.Listener
	server *mailServer
}

func (h *hanging) Accept() (net.Conn, error) {
	for {
		conn, err := h.Listener.Accept()
		if err != nil {
			return nil, err
		}
		h.server.mu.Lock()
		silent := h.server.silent
		h.server.mu.Unlock()
		if !silent {
			return conn, nil
		}
		h.server.t.Cleanup(func() { _ = conn.Close() })
		h.server.arrived <- struct{}{}
	}
}

// certificate makes a certificate for the host, and the file that vouches for it.
func (m *mailServer) certificate(host string) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(host); ip != nil {
		of.IPAddresses = []net.IP{ip}
	} else {
		of.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		m.t.Fatal(err)
	}
	m.ca = filepath.Join(m.t.TempDir(), "ca.pem")
	if err := os.WriteFile(m.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

type mailSession struct {
	server    *mailServer
	encrypted bool
	signedIn  string // how
	answered  bool   // its mail was taken, and it was told so
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	if len(s.server.ways) > 0 && s.signedIn == "" {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *mailSession) AuthMechanisms() []string { return s.server.ways }

// Auth lets loom in with the password shuttle.
func (s *mailSession) Auth(way string) (sasl.Server, error) {
	s.server.mu.Lock()
	s.server.tried = append(s.server.tried, way)
	s.server.mu.Unlock()
	check := func(user, password string) error {
		if user != "loom" || password != "shuttle" {
			return smtp.ErrAuthFailed
		}
		s.signedIn = way
		return nil
	}
	switch way {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer asks for a name and a password, one after the other, as the way
// LOGIN has it, which no specification but many servers know.
type loginServer struct {
	check func(user, password string) error
	said  []string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.said[0], l.said[1])
}

// Reset is what a client says first when it has heard that its mail was taken.
func (s *mailSession) Reset() {
	if s.answered && s.server.left != nil {
		s.server.left()
	}
	s.answered = false
}

func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	answer := s.server.answer
	s.server.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(to)
}

func (s *mailSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.taken = append(s.server.taken, string(body))
	s.server.secure = append(s.server.secure, s.encrypted)
	s.server.senders = append(s.server.senders, s.signedIn)
	select {
	case s.server.arrived <- struct{}{}:
	default: // nobody waits for so many
	}
	if s.server.took != nil {
		s.server.took()
	}
	s.answered = true
	return nil
}

// answers sets how recipients are answered.
func (m *mailServer) answers(answer func(to string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = answer
}

// letters reads what was taken.
func (m *mailServer) letters() (all []*netmail.Message) {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, text := range m.taken {
		letter, err := netmail.ReadMessage(strings.NewReader(text))
		if err != nil {
			m.t.Fatal(err)
		}
		all = append(all, letter)
	}
	return all
}

func (m *mailServer) settings() []string { return m.settingsFor("smtp://" + m.addr) }

func (m *mailServer) settingsFor(url string) []string {
	return []string{"HEDDLE_SMTP_URL", url, "HEDDLE_SMTP_CA", m.ca, "HEDDLE_MAIL_FROM", "Heddle <looms@heddle.example>"}
}

const sendEmail = `mutation($input: SendEmailInput!) { sendEmail(input: $input) { requestId } }`

// mail has a mail sent to an address, and waits until what became of it is known.
func (w *world) mail(to string) delivery {
	w.t.Helper()
	w.domain.Get(w.sender, sendEmail, variables{"input": variables{"to": to, "template": "message", "variables": variables{"title": "Hello", "text": "Grüße"}}}, &struct{}{})
	return w.tried(variables{"address": to}, 1)
}

// tried waits until the latest delivery that the filter takes has been tried so
// often, with the end of the last try recorded.
func (w *world) tried(filter variables, times int) (d delivery) {
	w.t.Helper()
	w.until("a delivery was tried", func() bool {
		all := w.deliveries(filter)
		if len(all) == 0 {
			return false
		}
		d = all[len(all)-1]
		return len(d.Attempts) == times && d.Attempts[times-1].EndedAt != nil
	})
	all := w.deliveries(filter) // the delivery was read before its tries, which were recorded with its state
	return all[len(all)-1]
}

func TestSMTP_over_TLS(t *testing.T) {
	m := newMailServer(t, "127.0.0.1")
	w := newWorld(t, m.settings()...)
	d := w.mail("ada@heddle.example")
	if d.State != "SENT" || *d.Attempts[0].Code != 250 || d.Attempts[0].Provider != "smtp" {
		t.Errorf("the delivery is %+v", d)
	}
	letters := m.letters()
	if len(letters) != 1 || !m.secure[0] {
		t.Fatalf("%d letters came, encrypted: %v", len(letters), m.secure)
	}
	h := letters[0].Header
	if h.Get("Message-Id") != "<"+d.ID+"@notifications.heddle>" || h.Get("Subject") != "Hello" || h.Get("From") != `"Heddle" <looms@heddle.example>` || h.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the headers are %+v", h)
	}
	if h.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(h.Get("List-Unsubscribe"), "<https://app.heddle.example/notifications/unsubscribe/") {
		t.Errorf("the mail does not say how to end such mails: %+v", h)
	}
}

// What is not encrypted, or not by who it should be, is not talked to, and told
// no password; the mail waits, since its address is not at fault.
func TestSMTP_not_secure(t *testing.T) {
	w := prepareParallel(t)
	for n, c := range []struct {
		name, host string
		options    mailOptions
		unvouched  bool
		says       string
	}{
		{"no STARTTLS", "", mailOptions{ways: []string{sasl.Plain}}, false, "STARTTLS"},
		{"a certificate of another host", "mail.example", mailOptions{ways: []string{sasl.Plain}}, false, "certificate"},
		{"a certificate that nobody vouches for", "127.0.0.1", mailOptions{ways: []string{sasl.Plain}}, true, "certificate"},
		{"smtps, a certificate of another host", "mail.example", mailOptions{direct: true, ways: []string{sasl.Plain}}, false, "certificate"},
		{"smtps, a certificate that nobody vouches for", "127.0.0.1", mailOptions{direct: true, ways: []string{sasl.Plain}}, true, "certificate"},
	} {
		m := newMailServerWith(t, c.host, c.options)
		if c.unvouched {
			m.ca = ""
		}
		w.under(m.settingsFor(m.url("shuttle")), func() {
			d := w.mail(fmt.Sprintf("p%d@heddle.example", n))
			if d.State != "WAITING" || d.Attempts[0].Outcome != "RETRY" || !strings.Contains(*d.Attempts[0].Answer, c.says) || len(m.letters()) > 0 || len(m.tried) > 0 {
				t.Errorf("%s: the delivery is %+v; to sign in was tried by %v", c.name, d, m.tried)
			}
		})
	}
}

// url is the server's address for loom with the password.
func (m *mailServer) url(password string) string {
	scheme := map[bool]string{false: "smtp", true: "smtps"}[m.direct]
	return scheme + "://loom:" + password + "@" + m.addr
}

// Who has to sign in does so in a way that the server offers, once the
// connection is encrypted, by STARTTLS or from the first byte.
func TestSMTP_signs_in(t *testing.T) {
	w := prepareParallel(t)
	for n, c := range []struct {
		name     string
		options  mailOptions
		password string
		want     string // how who sent it has signed in, or why it was not sent
		code     int
	}{
		{"PLAIN", mailOptions{ways: []string{sasl.Login, sasl.Plain}}, "shuttle", "PLAIN", 250},
		{"LOGIN alone", mailOptions{ways: []string{"XOAUTH2", sasl.Login}}, "shuttle", "LOGIN", 250},
		{"smtps, PLAIN", mailOptions{direct: true, ways: []string{sasl.Plain}}, "shuttle", "PLAIN", 250},
		{"smtps, LOGIN", mailOptions{direct: true, ways: []string{sasl.Login}}, "shuttle", "LOGIN", 250},
		{"a wrong password", mailOptions{ways: []string{sasl.Plain}}, "bobbin", "Authentication failed", 535},
		{"smtps, a wrong password", mailOptions{direct: true, ways: []string{sasl.Login}}, "bobbin", "Authentication failed", 535},
		{"no way that is known", mailOptions{ways: []string{"XOAUTH2"}}, "shuttle", "none is known here: XOAUTH2", 0},
		{"nobody signs in", mailOptions{}, "shuttle", "lets nobody sign in", 0},
	} {
		m := newMailServerWith(t, "127.0.0.1", c.options)
		w.under(m.settingsFor(m.url(c.password)), func() {
			d := w.mail(fmt.Sprintf("p%d@heddle.example", n))
			try := d.Attempts[0]
			code := 0
			if try.Code != nil {
				code = *try.Code
			}
			if c.code == 250 {
				if d.State != "SENT" || len(m.letters()) != 1 || m.senders[0] != c.want || !m.secure[0] {
					t.Errorf("%s: the delivery is %+v, sent by who signed in with %v", c.name, d, m.senders)
				}
			} else if d.State != "WAITING" || try.Outcome != "RETRY" || !strings.Contains(*try.Answer, c.want) || strings.Contains(*try.Answer, c.password) || len(m.letters()) > 0 {
				t.Errorf("%s: the delivery is %+v", c.name, d)
			}
			if code != c.code {
				t.Errorf("%s: the code is %d, want %d", c.name, code, c.code)
			}
		})
	}
}

// Without an account, smtps is talked to all the same.
func TestSMTP_over_TLS_from_the_first_byte(t *testing.T) {
	m := newMailServerWith(t, "127.0.0.1", mailOptions{direct: true})
	w := newWorld(t, m.settingsFor("smtps://"+m.addr)...)
	if d := w.mail("ada@heddle.example"); d.State != "SENT" || len(m.letters()) != 1 || !m.secure[0] {
		t.Errorf("the delivery is %+v, encrypted: %v", d, m.secure)
	}
}

func TestSMTP_answers(t *testing.T) {
	m := newMailServer(t, "127.0.0.1")
	m.answers(func(to string) error {
		switch {
		case strings.HasPrefix(to, "gone"):
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
		case strings.HasPrefix(to, "spam"):
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Looks like spam"}
		case strings.HasPrefix(to, "full"):
			return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "Mailbox full"}
		}
		return nil
	})
	w := newWorld(t, m.settings()...)
	got := map[string]string{}
	for _, to := range []string{"gone", "spam", "full", "ada"} {
		d := w.mail(to + "@heddle.example")
		said := strings.ReplaceAll(*d.Attempts[0].Answer, `"`, "")
		_, code, _ := strings.Cut(said, "TO command: ")
		code = code[:min(len(code), len("550 5.1.1"))]
		got[to] = d.State + " " + d.Attempts[0].Outcome + " " + code
	}
	want := map[string]string{"gone": "FAILED REFUSED 550 5.1.1", "spam": "FAILED REFUSED 550 5.7.1", "full": "WAITING RETRY 452 4.2.2", "ada": "SENT SENT "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	// An address that does not exist is not written to again, until an
	// administrator says so.
	var bounced struct {
		BouncedAddresses struct {
			TotalCount int
			Edges      []struct {
				Node struct{ Channel, Address string }
			}
		}
	}
	w.domain.Get(w.admin, `{ bouncedAddresses { totalCount edges { node { channel address reason } } } }`, nil, &bounced)
	if b := bounced.BouncedAddresses; b.TotalCount != 1 || b.Edges[0].Node.Address != "gone@heddle.example" {
		t.Errorf("bounced: %+v", b)
	}
	again := variables{"input": variables{"to": "gone@heddle.example", "template": "message", "variables": variables{"title": "Again", "text": "x"}}}
	w.domain.Get(w.sender, sendEmail, again, &struct{}{})
	w.until("nothing is sent to an address that bounced", func() bool {
		all := w.deliveries(variables{"address": "gone@heddle.example"})
		return len(all) == 2 && all[1].State == "SUPPRESSED" && len(all[1].Attempts) == 0
	})
	m.answers(nil)
	w.domain.Get(w.admin, `mutation { forgetBouncedAddress(input: {channel: EMAIL, address: "gone@heddle.example"}) { address } }`, nil, &struct{}{})
	if d := w.mail("gone@heddle.example"); d.State != "SENT" {
		t.Errorf("after it was forgotten: %+v", d)
	}
}

// A mail that could not be handed over is tried again when it is time, and has
// the same Message-ID.
func TestSMTP_tried_again(t *testing.T) {
	m := newMailServer(t, "127.0.0.1")
	m.answers(func(string) error {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Later"}
	})
	w := newWorld(t, m.settings()...)
	d := w.mail("ada@heddle.example")
	if d.State != "WAITING" || d.NextAt == nil {
		t.Fatalf("after the first try: %+v", d)
	}
	m.answers(nil)
	w.clock.forward(time.Minute)
	w.until("it is tried again", func() bool { w.hurry(); return len(w.deliveries(nil)[0].Attempts) == 2 })
	if d = w.tried(variables{"address": "ada@heddle.example"}, 2); d.State != "SENT" || d.Attempts[0].Outcome != "RETRY" || d.Attempts[1].Outcome != "SENT" {
		t.Errorf("after the second try: %+v", d)
	}
	if letters := m.letters(); len(letters) != 1 || letters[0].Header.Get("Message-Id") != "<"+d.ID+"@notifications.heddle>" {
		t.Errorf("letters: %+v", letters)
	}
}

// A server that says nothing holds up nobody: the domain stops, and the mail is
// tried again by the next process.
func TestSMTP_hangs(t *testing.T) {
	t.Parallel()
	m := newMailServer(t, "127.0.0.1")
	m.silent = true
	w := prepare(t, m.settings()...)
	first := w.begin()
	w.domain = first.service
	w.domain.Get(w.sender, sendEmail, variables{"input": variables{"to": "ada@heddle.example", "template": "message", "variables": variables{"title": "Hello", "text": "x"}}}, &struct{}{})
	select {
	case <-m.arrived: // the try is under way
	case <-time.After(time.Minute):
		t.Fatal("the server was not talked to")
	}
	first.end()
	m.mu.Lock()
	m.silent = false
	m.mu.Unlock()
	w.exec(`UPDATE jobs.river_job SET state = 'available', scheduled_at = now() WHERE kind = 'send_notification' AND finalized_at IS NULL`)
	w.domain = w.Open(domain)
	w.until("the mail is sent", func() bool {
		all := w.deliveries(nil)
		return len(all) == 1 && all[0].State == "SENT"
	})
	d := w.deliveries(nil)[0]
	if diff := cmp.Diff([]string{"UNKNOWN", "SENT"}, d.outcomes()); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
}
