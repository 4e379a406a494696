package users

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"heddle/internal/batch"
	"heddle/internal/caller"
	"heddle/internal/fault"
)

// Lengths of what a person may say of themselves, in characters.
const (
	nameLimit = 80
	urlLimit  = 2000
)

// User is a person.
type User struct {
	ID        string
	Username  string
	email     string
	FirstName string
	LastName  string
	avatar    string
	CreatedAt time.Time
	profile   Profile
	settings  Preferences

	viewer caller.Caller // who reads the record
	batch.Peer[*User]
}

// IsEntity says that other domains may refer to a person by their id.
func (*User) IsEntity() {}

// Email is the person's address, for themselves, administrators and services.
func (u *User) Email() *string {
	if u.viewer.ID == u.ID || u.viewer.HasRole(caller.Admin) || u.viewer.HasScope(caller.ServiceScope) {
		return &u.email
	}
	return nil
}

// Preferences are the person's own affair, and that of services, which speak to
// them in their language and on the ways that they want.
func (u *User) Preferences() *Preferences {
	if u.viewer.ID == u.ID || u.viewer.HasScope(caller.ServiceScope) {
		return &u.settings
	}
	return nil
}

// Profile is what the person tells others about themselves.
func (u *User) Profile() *Profile { return &u.profile }

// Avatar is the address of a picture.
func (u *User) Avatar() *string { return textOrNil(u.avatar) }

// NewUser makes the record of somebody who signs up.
func NewUser(in CreateUserInput, now time.Time) (*User, error) {
	u := &User{ID: in.ID, email: in.Email, CreatedAt: now, settings: defaultPreferences}
	if in.Email == "" {
		return nil, fault.Field("email", "A person has an e-mail address.")
	}
	if err := u.rename(in.Username); err != nil {
		return nil, err
	}
	if err := setName(&u.FirstName, "firstName", in.FirstName); err != nil {
		return nil, err
	}
	return u, setName(&u.LastName, "lastName", in.LastName)
}

// usernames are what can stand in a path and be told apart by eye.
var usernames = regexp.MustCompile(`^[A-Za-z0-9_-]{3,30}$`)

func (u *User) rename(username string) error {
	if !usernames.MatchString(username) {
		return fault.Field("username", "A username has 3 to 30 characters: letters from A to Z, digits, underscores and hyphens.")
	}
	u.Username = username
	return nil
}

func setName(into *string, field, name string) error {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > nameLimit {
		return fault.Field(field, "A name has 1 to %d characters; this one has %d.", nameLimit, n)
	}
	return setText(into, field, name, nameLimit, false)
}

// setText keeps a text of at most limit characters, of one line unless lines.
func setText(into *string, field, text string, limit int, lines bool) error {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n > limit {
		return fault.Field(field, "%q has at most %d characters; this text has %d.", field, limit, n)
	}
	strange := func(r rune) bool { return unicode.IsControl(r) && (!lines || (r != '\n' && r != '\t')) }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, strange) {
		return fault.Field(field, "%q is text without control characters.", field)
	}
	*into = text
	return nil
}

// setURL keeps the address of a page or picture.
func setURL(into *string, field, address string) error {
	if err := setText(into, field, address, urlLimit, false); err != nil || *into == "" {
		return err
	}
	u, err := url.Parse(*into)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return fault.Field(field, `%q is not an address such as "https://example.com/me".`, address)
	}
	return nil
}

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Delete checks that the person means it.
func (u *User) Delete(confirm string) error {
	if !strings.EqualFold(u.Username, confirm) {
		return fault.Field("confirmUsername", "To delete your account, give your own username; %q is another one.", confirm)
	}
	return nil
}
