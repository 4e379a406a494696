package users

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ada(t *testing.T) *User {
	t.Helper()
	u, err := NewUser(CreateUserInput{ID: "ada", Username: "ada", Email: "ada@heddle.example", FirstName: "Ada", LastName: "Lovelace"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// fieldOf is the field that a refusal names, "" if there was none.
func fieldOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.BadInput {
		t.Fatalf("refused with %v, want BAD_USER_INPUT", err)
	}
	return f.Field
}

func TestUser_Edit(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		name  string
		in    UpdateProfileInput
		field string
	}{
		{"nothing", UpdateProfileInput{}, ""},
		{"everything", UpdateProfileInput{
			text("Countess_of-L"), text("A"), text(strings.Repeat("é", 80)), text("https://heddle.example/ada.png"),
			text(strings.Repeat("é", 998) + "\n."), text("London"), text("http://bücher.example/~ada?x=1#y"),
		}, ""},
		{"emptied", UpdateProfileInput{Avatar: text(""), Bio: text(" "), Location: text(""), Website: text("")}, ""},
		{"a short username", UpdateProfileInput{Username: text("ab")}, "username"},
		{"a long username", UpdateProfileInput{Username: text(strings.Repeat("a", 31))}, "username"},
		{"a username of other letters", UpdateProfileInput{Username: text("adé")}, "username"},
		{"a username with a line break", UpdateProfileInput{Username: text("ada\n")}, "username"},
		{"an empty name", UpdateProfileInput{FirstName: text("  ")}, "firstName"},
		{"a long name", UpdateProfileInput{LastName: text(strings.Repeat("é", 81))}, "lastName"},
		{"a name of two lines", UpdateProfileInput{LastName: text("Love\nlace")}, "lastName"},
		{"a long text", UpdateProfileInput{Bio: text(strings.Repeat("é", 1001))}, "bio"},
		{"a text with a zero", UpdateProfileInput{Bio: text("a\x00b")}, "bio"},
		{"a text that is none", UpdateProfileInput{Location: text("a\xffb")}, "location"},
		{"a path as picture", UpdateProfileInput{Avatar: text("/etc/passwd")}, "avatar"},
		{"a script as page", UpdateProfileInput{Website: text("javascript:alert(1)")}, "website"},
		{"a password in an address", UpdateProfileInput{Website: text("https://ada:secret@heddle.example")}, "website"},
		{"no host", UpdateProfileInput{Website: text("https:///x")}, "website"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := fieldOf(t, ada(t).Edit(c.in)); got != c.field {
				t.Errorf("the refusal names %q, want %q", got, c.field)
			}
		})
	}
}

func TestPreferences_Edit(t *testing.T) {
	t.Parallel()
	yes, no, dark, tag, bad := true, false, ThemeDark, "PT-br", "portuguese please"
	p := ada(t).settings
	if err := p.Edit(UpdatePreferencesInput{&dark, &tag, &NotificationPreferencesInput{Push: &yes, Email: &no}}); err != nil {
		t.Fatal(err)
	}
	want := Preferences{Theme: ThemeDark, Language: "pt-BR", notifications: NotificationPreferences{InApp: true, Push: true}}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(Preferences{})); diff != "" {
		t.Errorf("the preferences (-want +got):\n%s", diff)
	}
	if got := fieldOf(t, p.Edit(UpdatePreferencesInput{Language: &bad})); got != "language" {
		t.Errorf("the refusal names %q, want language", got)
	}
}

func TestUser_shown_to(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		viewer             caller.Caller
		email, preferences bool
	}{
		{"nobody", caller.Caller{}, false, false},
		{"somebody else", caller.Caller{ID: "bob", Roles: []string{"TEACHER"}}, false, false},
		{"themselves", caller.Caller{ID: "ada"}, true, true},
		{"an administrator", caller.Caller{ID: "bob", Roles: []string{"ADMIN"}}, true, false},
		{"a service", caller.Caller{ID: "service:chat", Scopes: []string{"service"}}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			u := shown(c.viewer, ada(t))
			if (u.Email() != nil) != c.email || (u.Preferences() != nil) != c.preferences {
				t.Errorf("e-mail is shown: %t, preferences: %t", u.Email() != nil, u.Preferences() != nil)
			}
		})
	}
}
