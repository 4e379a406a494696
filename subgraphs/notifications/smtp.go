package notifications

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// smtpServer is the provider of mail that hands it to a server (RFC 5321). The
// connection is encrypted, and the server shows who it is, before anything is
// said: by STARTTLS (RFC 3207), or from the first byte with smtps.
type smtpServer struct {
	from    string
	host    string
	user    *url.Userinfo // nil: nobody signs in
	options []mail.Option
	tls     *tls.Config
	direct  bool // TLS from the first byte
}

// newSMTP reads the address of a server: smtp://user:password@host:587, or
// smtps://host:465. tls=none says that the connection is not encrypted, which is
// for a server on this machine alone. ca names a file with certificates (PEM) of
// those who vouch for the server, beside the system's.
func newSMTP(address, ca, from string) (*smtpServer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("HEDDLE_SMTP_URL is not an address such as smtp://user:password@mail.example.com:587")
	}
	s := &smtpServer{from: from, host: u.Hostname(), user: u.User, direct: u.Scheme == "smtps", tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	port := map[bool]int{false: 587, true: 465}[s.direct]
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("HEDDLE_SMTP_URL: %w", err)
		}
	}
	policy := mail.TLSMandatory
	switch {
	case u.Query().Get("tls") == "none" && loopback(u.Hostname()), s.direct:
		policy = mail.NoTLS // with smtps, the connection is encrypted already
	case u.Query().Has("tls"):
		return nil, errors.New("HEDDLE_SMTP_URL: tls=none is only for a server on this machine")
	}
	if ca != "" {
		if s.tls.RootCAs, err = pool(ca); err != nil {
			return nil, fmt.Errorf("HEDDLE_SMTP_CA: %w", err)
		}
	}
	s.options = []mail.Option{mail.WithPort(port), mail.WithTLSPolicy(policy), mail.WithTLSConfig(s.tls), mail.WithTimeout(sendTimeout), mail.WithoutNoop()}
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func pool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if !all.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("there is no certificate in %s", file)
	}
	return all, nil
}

// Name names it in the history.
func (*smtpServer) Name() string { return "smtp" }

// Send hands the mail to the server. The same message has the same Message-ID at
// every try, by which mail programs and servers know it again.
func (s *smtpServer) Send(ctx context.Context, m *Message) Outcome {
	letter, err := s.letter(m)
	if err != nil {
		return refused(0, "It cannot be written as a mail: "+err.Error())
	}
	options := append(slices.Clone(s.options), mail.WithDialContextFunc(s.dialWithin(ctx)))
	if s.user != nil {
		password, _ := s.user.Password()
		options = append(options, mail.WithSMTPAuthCustom(&account{host: s.host, user: s.user.Username(), password: password}))
	}
	client, err := mail.NewClient(s.host, options...)
	if err != nil {
		return refused(0, err.Error())
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() { // whatever failed after that, such as saying goodbye
		answer := letter.ServerResponse()
		return sent(250, answer, answer)
	}
	return failedMail(err)
}

// dialWithin makes connections that end with the context, wherever the server
// falls silent. The one that a dialling gets ends when that is done.
func (s *smtpServer) dialWithin(whole context.Context) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ends := &ending{Conn: conn, stop: context.AfterFunc(whole, func() { _ = conn.Close() })}
		if !s.direct {
			return ends, nil
		}
		encrypted := tls.Client(ends, s.tls)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = ends.Close() // that it cannot be trusted is what matters
			return nil, err
		}
		return encrypted, nil
	}
}

// ending is a connection that a context closes.
type ending struct {
	net.Conn
	stop func() bool
}

func (e *ending) Close() error {
	e.stop()
	return e.Conn.Close()
}

// letter writes the mail: text, and beside it HTML if there is any.
func (s *smtpServer) letter(m *Message) (*mail.Msg, error) {
	letter := mail.NewMsg()
	if err := errors.Join(letter.From(s.from), letter.To(m.Address)); err != nil {
		return nil, err
	}
	letter.Subject(m.Content.Title)
	letter.SetDateWithValue(m.CreatedAt)
	for _, h := range mailHeaders(m) {
		if h.Name == "Message-ID" {
			letter.SetMessageIDWithValue(strings.Trim(h.Value, "<>"))
			continue
		}
		letter.SetGenHeaderPreformatted(mail.Header(h.Name), h.Value)
	}
	letter.SetBodyString(mail.TypeTextPlain, m.Content.Text)
	if m.Content.HTML != "" {
		letter.AddAlternativeString(mail.TypeTextHTML, m.Content.HTML)
	}
	return letter, nil
}

// failedMail reads what a server answered: 4yz may go another time, 5yz not (RFC
// 5321, section 4.2.1). Of what went wrong before the server was asked anything,
// or when it did not answer, another try may go well.
func failedMail(err error) Outcome {
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.ErrorCode() < 500 {
		code := 0
		var answer *textproto.Error
		if failed != nil {
			code = failed.ErrorCode()
		} else if errors.As(err, &answer) {
			code = answer.Code // such as 535: we may not sign in, which is not the address's fault
		}
		return retry(code, err.Error())
	}
	o := refused(failed.ErrorCode(), err.Error())
	// There is no such mailbox, or no such domain (RFC 3463, section 3.2). Without
	// an enhanced code, 550 to RCPT says so.
	switch failed.EnhancedStatusCode() {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10":
		o.Bounced = true
	case "":
		o.Bounced = failed.Reason == mail.ErrSMTPRcptTo && failed.ErrorCode() == 550
	}
	return o
}
