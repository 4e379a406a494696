package notifications

import (
	"context"
	"time"

	"heddle/internal/batch"
)

// Mail is a mail in the local mailbox.
type Mail struct {
	ID        string // of its delivery
	PersonID  *string
	About     []string
	Template  string
	From, To  string
	Subject   string
	Text      string
	HTML      *string
	Headers   []*MailHeader
	CreatedAt time.Time
	ExpiresAt *time.Time

	batch.Peer[*Mail]
}

// mailbox is the provider of mail where no server is configured: it keeps each
// mail in a table, once, where an administrator reads it in the graph.
type mailbox struct {
	store *Store
	from  string
	now   func() time.Time
}

func (mailbox) Name() string { return "mailbox" }

func (b mailbox) Send(ctx context.Context, m *Message) Outcome {
	mail := &Mail{
		ID: m.ID, PersonID: m.PersonID, About: m.About, Template: m.Template, From: b.from, To: m.Address,
		Subject: m.Content.Title, Text: m.Content.Text, Headers: mailHeaders(m), CreatedAt: b.now(), ExpiresAt: m.ExpiresAt,
	}
	if m.Content.HTML != "" {
		mail.HTML = &m.Content.HTML
	}
	if err := b.store.KeepMail(ctx, mail); err != nil {
		return retry(0, err.Error())
	}
	return sent(250, "kept in the local mailbox", m.ID)
}

// mailHeaders are the headers of a mail beside those that every mail has. With
// List-Unsubscribe-Post the mail program ends such mails by one request, without
// opening the page (RFC 8058, section 3.1).
func mailHeaders(m *Message) []*MailHeader {
	headers := []*MailHeader{
		{Name: "Message-ID", Value: "<" + m.ID + "@notifications.heddle>"},
		{Name: "Auto-Submitted", Value: "auto-generated"}, // RFC 3834, section 5
	}
	if m.Unsubscribe != "" {
		headers = append(headers,
			&MailHeader{Name: "List-Unsubscribe", Value: "<" + m.Unsubscribe + ">"},
			&MailHeader{Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"})
	}
	return headers
}
