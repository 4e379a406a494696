package notifications

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// unsubscribePath is where the links at the end of mails lead.
const unsubscribePath = "/notifications/unsubscribe/"

// unsubscribeLink is the address by which the mails of the delivery's kind
// end for whom it is for. It stays the same for all such mails, and does not end:
// people find it in mails of years ago.
func (r *Resolvers) unsubscribeLink(ctx context.Context, d *Delivery) (string, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	token, err := r.Store.UnsubscribeToken(ctx, d, base64.RawURLEncoding.EncodeToString(secret), r.Now())
	if err != nil {
		return "", err
	}
	return r.Link(unsubscribePath + token), nil
}

// kindDigest is the kind of digests; that of every other mail is its category.
const kindDigest = "DIGEST"

// kind is what ends with the link in a mail.
func (d *Delivery) kind() string {
	if d.Template == templateDigest {
		return kindDigest
	}
	return string(d.Category)
}

// Ended is what a link has ended, or would end.
type Ended struct {
	PersonID *string
	Address  string
	Kind     string
}

// End turns off such mails in the person's settings: with digests, all that is
// collected into them.
func (e *Ended) End(s *Settings) {
	for _, category := range AllNotificationCategory {
		if string(category) == e.Kind || (e.Kind == kindDigest && s.Mode(category, NotificationChannelEmail) == DeliveryModeDigest) {
			s.modes[wayOf{category, NotificationChannelEmail}] = DeliveryModeOff
		}
	}
}

// unsubscribe answers the links. POST ends such mails, whoever sends it: a mail
// program does so for one click (RFC 8058, section 3.2), without cookies or a
// page. GET shows a page with a button and changes nothing: mail scanners follow
// links too.
func (r *Resolvers) unsubscribe(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is a secret
	token := strings.TrimPrefix(request.URL.Path, unsubscribePath)
	var ended *Ended
	var err error
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		ended, err = r.Store.Unsubscription(request.Context(), token)
	case http.MethodPost:
		request.Body = http.MaxBytesReader(w, request.Body, 1<<16)
		ended, err = r.Store.Unsubscribe(request.Context(), token, r.Now())
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "The method must be GET or POST.", http.StatusMethodNotAllowed)
		return
	}
	switch {
	case err != nil:
		r.Log.ErrorContext(request.Context(), "a link at the end of a mail could not be answered", "error", err)
		http.Error(w, "This does not work now. Try again in a while.", http.StatusServiceUnavailable)
	case ended == nil:
		r.page(w, request, http.StatusNotFound, pageUnknown, nil)
	case request.Method == http.MethodPost:
		r.page(w, request, http.StatusOK, pageDone, ended)
	default:
		r.page(w, request, http.StatusOK, pageAsk, ended)
	}
}

type pageKind int

const (
	pageAsk pageKind = iota
	pageDone
	pageUnknown
)

// words are the page's, by language.
var words = map[language.Tag]map[string]string{
	language.English: {
		"ask": "Do you want no more mails of this kind?", "button": "Send me no more of them", "done": "You get no more mails of this kind.",
		"back": "You can turn them on again in your settings.", "unknown": "This link is not known. Perhaps a part of it is missing, or the account is deleted.",
		"SECURITY": "About your account", "ROOMS": "About rooms", "SCHOOL": "About students", "REMINDERS": "Reminders", "GENERAL": "News", kindDigest: "Your digest",
	},
	language.German: {
		"ask": "Möchtest du keine Mails dieser Art mehr?", "button": "Schickt mir keine mehr", "done": "Du bekommst keine Mails dieser Art mehr.",
		"back": "In deinen Einstellungen kannst du sie wieder einschalten.", "unknown": "Diesen Link kennen wir nicht. Vielleicht fehlt ein Teil davon, oder das Konto ist gelöscht.",
		"SECURITY": "Zu deinem Konto", "ROOMS": "Zu Räumen", "SCHOOL": "Zu Schülerinnen und Schülern", "REMINDERS": "Erinnerungen", "GENERAL": "Neuigkeiten", kindDigest: "Deine Zusammenfassung",
	},
}

var spoken = []language.Tag{language.English, language.German}

var unsubscribePage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>{{.Heading}}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}</style>
</head><body><h1>{{.Heading}}</h1>{{if .Address}}<p>{{.Address}}</p>{{end}}<p>{{.Text}}</p>
{{if .Button}}<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>{{.Button}}</button></form>{{end}}
</body></html>
`))

func (r *Resolvers) page(w http.ResponseWriter, request *http.Request, status int, kind pageKind, ended *Ended) {
	wanted, _, _ := language.ParseAcceptLanguage(request.Header.Get("Accept-Language")) // what is none asks for nothing
	_, at, _ := language.NewMatcher(spoken).Match(wanted...)
	say := words[spoken[at]]
	shown := struct{ Lang, Heading, Address, Text, Button string }{Lang: spoken[at].String(), Heading: "Heddle", Text: say["unknown"]}
	if ended != nil {
		shown.Heading, shown.Address = say[ended.Kind], ended.Address
		shown.Text, shown.Button = say["ask"], say["button"]
		if kind == pageDone {
			shown.Text, shown.Button = say["done"], ""
			if ended.PersonID != nil {
				shown.Text += " " + say["back"]
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = unsubscribePage.Execute(w, shown) // the client may be gone
}
