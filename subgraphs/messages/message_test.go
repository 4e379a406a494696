package messages

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"heddle/internal/fault"
	"heddle/internal/membership"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestNewMessage(t *testing.T) {
	t.Parallel()
	long := "A message has 1 to 10000 characters; this one has 10001."
	blank := "A message has 1 to 10000 characters; this one is blank."
	for _, c := range []struct{ name, text, refused string }{
		{"one character", "x", ""},
		{"as long as it may be", strings.Repeat("é", 10_000), ""},
		{"code with blanks at both ends", "\tif x {\n", ""},
		{"too long", strings.Repeat("é", 10_001), long},
		{"empty", "", blank},
		{"blank", " \n\t\u00a0", blank},
		{"NUL", "a\x00b", "A message is text without NUL characters."},
		{"not UTF-8", "a\xffb", "A message is text without NUL characters."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := NewMessage("m", "loom", "ada", c.text, noon)
			if c.refused != "" {
				want := fault.Field("text", "%s", c.refused)
				if diff := cmp.Diff(error(want), err); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				return
			}
			want := &Message{ID: "m", RoomID: "loom", AuthorID: "ada", Text: c.text, CreatedAt: noon}
			if diff := cmp.Diff(want, m, cmpopts.IgnoreUnexported(Message{})); err != nil || diff != "" {
				t.Errorf("message (-want +got):\n%s\nerror: %v", diff, err)
			}
		})
	}
}

func TestMessage_Delete(t *testing.T) {
	t.Parallel()
	m := &Message{ID: "m", RoomID: "loom", AuthorID: "ada"}
	for _, c := range []struct {
		name, by string
		role     membership.Role
		want     fault.Code
	}{
		{"the author", "ada", membership.Member, ""},
		{"the author, who has left", "ada", membership.None, ""},
		{"the owner", "grace", membership.Owner, ""},
		{"a moderator", "grace", membership.Moderator, ""},
		{"a member", "grace", membership.Member, fault.Forbidden},
		{"somebody outside", "grace", membership.None, fault.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.CodeOf(m.Delete(c.by, c.role)); got != c.want {
				t.Errorf("code %q, want %q", got, c.want)
			}
		})
	}
}
