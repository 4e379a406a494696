package notifications_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const updateSettings = `mutation($input: UpdateNotificationSettingsInput!) { updateNotificationSettings(input: $input) { settings { timeZone phone quietHours { from to } digest { rhythm at } } } }`

func (w *world) set(p person, input variables) {
	w.t.Helper()
	w.domain.Get(p, updateSettings, variables{"input": input}, &struct{}{})
}

func mode(category, channel, mode string) variables {
	return variables{"category": category, "channel": channel, "mode": mode}
}

// states tells the state of each delivery to the person, by channel.
func (w *world) states(p person) map[string]string {
	w.t.Helper()
	states := map[string]string{}
	for _, d := range w.deliveries(variables{"userId": p.ID}) {
		states[d.Channel] = d.State
	}
	return states
}

func TestNotifications_pages_and_reading(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.member("ada"), w.member("grace")
	for n := range 5 {
		w.note(ada, fmt.Sprint(n+1), nil)
		w.until("ada was told", func() bool { return w.notes(ada, nil).TotalCount == n+1 })
	}
	first := w.notes(ada, variables{"first": 2})
	next := w.notes(ada, variables{"first": 2, "after": first.PageInfo.EndCursor})
	last := w.notes(ada, variables{"last": 1})
	got := [][]string{first.titles(), next.titles(), last.titles()}
	if diff := cmp.Diff([][]string{{"5", "4"}, {"3", "2"}, {"1"}}, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	const mark = `mutation($id: ID!, $read: Boolean! = true) { markNotificationRead(input: {notificationId: $id, read: $read}) { unreadCount notification { readAt } } }`
	const markAll = `mutation($id: ID) { markAllNotificationsRead(input: {upToId: $id}) { markedCount unreadCount } }`
	id := next.Edges[0].Node.ID // "3"
	for _, c := range []struct {
		operation string
		with      variables
		want      string
	}{
		{mark, variables{"id": id}, "4 [5 4 2 1]"},
		{mark, variables{"id": id}, "4 [5 4 2 1]"},
		{mark, variables{"id": id, "read": false}, "5 [5 4 3 2 1]"},
		{markAll, variables{"id": id}, "2 [5 4]"},
		{markAll, nil, "0 []"},
	} {
		w.domain.Get(ada, c.operation, c.with, &struct{}{})
		unread := w.notes(ada, variables{"unread": true})
		if got := fmt.Sprint(unread.UnreadCount, " ", unread.titles()); got != c.want || unread.TotalCount != unread.UnreadCount {
			t.Errorf("after %s with %v unread are %s, want %s", c.operation, c.with, got, c.want)
		}
	}
	for _, operation := range []string{mark, markAll} {
		if got := w.domain.Refused(grace, operation, variables{"id": id}); got.Code != "NOT_FOUND" {
			t.Errorf("another's notification was marked, or refused with %+v", got)
		}
	}
	a := w.domain.Do(grace, `query($of: [_Any!]!) { _entities(representations: $of) { ... on Notification { title } } }`,
		variables{"of": []variables{{"__typename": "Notification", "id": id}}})
	if string(a.Data) != `{"_entities":[null]}` {
		t.Errorf("another's notification is %s", a.Data)
	}
}

// What is published may be lost or come twice; a listener hears all of it, once
// and in order.
func TestNotificationReceived_after_Redis_was_away(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	stream := w.listen(ada)
	w.note(ada, "1", nil)
	if diff := cmp.Diff([]string{"1"}, heard(stream, 1)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	w.Redis.Stop()
	for n := range 3 {
		w.note(ada, fmt.Sprint(n+2), nil)
		w.until("ada was told", func() bool { return w.notes(ada, nil).TotalCount == n+2 })
	}
	w.Redis.Start()
	if diff := cmp.Diff([]string{"2", "3", "4"}, heard(stream, 3)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestSettings_decide(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	w.set(ada, variables{"modes": []variables{mode("GENERAL", "IN_APP", "OFF"), mode("GENERAL", "EMAIL", "OFF")}})
	request := w.note(ada, "Nobody hears it", nil)
	w.note(ada, "A secret", variables{"template": "password.unknown", "variables": variables{}}) // SECURITY cannot be turned off
	w.until("the secret is sent", func() bool { return len(w.mails(nil)) == 1 && w.notes(ada, nil).TotalCount == 1 })
	if mails := w.mails(nil); mails[0].Template != "password.unknown" || mails[0].header("List-Unsubscribe") != "" {
		t.Errorf("the mails are %+v", mails)
	}
	w.until("the request is planned", func() bool {
		var dropped int
		w.row(`SELECT count(*) FROM requests WHERE id = '`+request+`' AND dropped LIKE 'The person does not want%'`, &dropped)
		return dropped == 1
	})
	for _, c := range []struct {
		input variables
		field string
	}{
		{variables{"timeZone": "Mars/Olympus"}, "timeZone"},
		{variables{"timeZone": "Local"}, "timeZone"},
		{variables{"phone": "0170 1234567"}, "phone"},
		{variables{"quietHours": variables{"from": "22", "to": "07:00"}}, "quietHours.from"},
		{variables{"quietHours": variables{"from": "22:00", "to": "24:00"}}, "quietHours.to"},
		{variables{"digest": variables{"at": "8:00"}}, "digest.at"},
		{variables{"modes": []variables{mode("SECURITY", "EMAIL", "OFF")}}, "modes"},
		{variables{"modes": []variables{mode("GENERAL", "SMS", "DIGEST")}}, "modes"},
	} {
		if got := w.domain.Refused(ada, updateSettings, variables{"input": c.input}); got.Code != "BAD_USER_INPUT" || got.Field != c.field {
			t.Errorf("%v was refused with %+v, want %s", c.input, got, c.field)
		}
	}
}

func TestQuietHours_hold_back(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	now := w.clock.now()
	hour := func(d time.Duration) string { return now.Add(d).Format("15:04") }
	w.set(ada, variables{"quietHours": variables{"from": hour(-time.Hour), "to": hour(2 * time.Hour)}})
	w.note(ada, "Not now", nil)
	w.until("the mail waits", func() bool {
		all := w.deliveries(variables{"userId": ada.ID})
		return len(all) == 1 && all[0].Reason != nil && strings.Contains(*all[0].Reason, "quiet hours")
	})
	if told := w.notes(ada, nil); told.TotalCount != 1 {
		t.Errorf("in the app ada was told %+v, want it at once", told)
	}
	if len(w.mails(nil)) != 0 {
		t.Error("a mail was sent in quiet hours")
	}
	w.clock.forward(2*time.Hour + time.Minute)
	w.until("the mail is sent", func() bool { w.hurry(); return w.states(ada)["EMAIL"] == "SENT" })
}

func TestRates_hold_back(t *testing.T) {
	w := newWorld(t, "HEDDLE_NOTIFICATION_RATES", "EMAIL=2/h")
	for n := range 4 {
		w.domain.Get(w.sender, sendEmail, variables{"input": variables{"to": fmt.Sprintf("p%d@heddle.example", n), "template": "message", "variables": variables{"title": "t", "text": "x"}}}, &struct{}{})
	}
	held := func() (sent, waiting int) {
		for _, d := range w.deliveries(nil) {
			switch {
			case d.State == "SENT":
				sent++
			case d.Reason != nil && strings.Contains(*d.Reason, "rate limit"):
				waiting++
			}
		}
		return sent, waiting
	}
	w.until("two are sent, and two wait", func() bool { sent, waiting := held(); return sent == 2 && waiting == 2 })
	for n := 3; n <= 4; n++ {
		w.clock.forward(31 * time.Minute)
		w.until("one more is sent", func() bool { w.hurry(); sent, waiting := held(); return sent == n && waiting == 4-n })
	}
}

func TestDigest(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	w.speaks(ada, "de")
	w.set(ada, variables{"timeZone": "America/New_York", "modes": []variables{mode("GENERAL", "EMAIL", "DIGEST")}})
	for n := range 3 {
		w.note(ada, fmt.Sprint("<", n+1, ">"), nil)
		w.until("it is collected", func() bool { return len(w.deliveries(variables{"state": "COLLECTED"})) == n+1 })
	}
	if len(w.mails(nil)) != 0 {
		t.Error("a mail was sent before the digest")
	}
	w.clock.forward(24 * time.Hour)
	w.until("the digest is sent", func() bool { w.hurry(); return len(w.mails(nil)) == 1 })
	mail := w.mails(nil)[0]
	if mail.Subject != "3 Neuigkeiten für dich" || mail.Text != "Hallo ada,\n\ndas ist neu:\n\n- <1>\n- <2>\n- <3>" || !strings.Contains(*mail.HTML, "<li>&lt;1&gt;</li>") {
		t.Errorf("the digest is %+v", mail)
	}
	w.until("all is recorded", func() bool { return len(w.deliveries(variables{"state": "DIGESTED"})) == 3 })
	w.hurry()
	// One click ends what is collected into digests.
	w.follow(http.MethodPost, mail)
	w.note(ada, "No more", nil)
	w.until("ada was told in the app", func() bool { return w.notes(ada, nil).TotalCount == 4 })
	if left := w.deliveries(variables{"userId": ada.ID, "state": "COLLECTED"}); len(left) != 0 || len(w.mails(nil)) != 1 {
		t.Errorf("after the digest was ended: %+v", left)
	}
}

// follow follows the link in a mail by which such mails end, and reads the page.
func (w *world) follow(method string, mail letter) (status int, page string) {
	w.t.Helper()
	link, err := url.Parse(strings.Trim(mail.header("List-Unsubscribe"), "<>"))
	if err != nil || !strings.HasPrefix(link.Path, "/notifications/unsubscribe/") {
		w.t.Fatalf("the mail has the headers %+v (%v)", mail.Headers, err)
	}
	response := w.domain.HTTP(method, link.Path)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestUnsubscribe(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	w.note(ada, "First", nil)
	w.until("the mail is sent", func() bool { return len(w.mails(nil)) == 1 })
	first := w.mails(nil)[0]
	if first.header("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("the headers are %+v", first.Headers)
	}
	// Whoever only follows the link changes nothing: mail scanners do.
	if status, page := w.follow(http.MethodGet, first); status != 200 || !strings.Contains(page, `<form method="post">`) || !strings.Contains(page, "ada@heddle.example") {
		t.Errorf("the page is %d %s", status, page)
	}
	w.note(ada, "Second", nil)
	w.until("the second mail is sent", func() bool { return len(w.mails(nil)) == 2 })
	if second := w.mails(nil)[1]; second.header("List-Unsubscribe") != first.header("List-Unsubscribe") {
		t.Error("the link is another one in the next mail")
	}
	for range 2 { // a second click is as good as one
		if status, page := w.follow(http.MethodPost, first); status != 200 || strings.Contains(page, "<form") {
			t.Errorf("the page is %d %s", status, page)
		}
	}
	w.note(ada, "Third", nil)
	w.until("ada was told in the app", func() bool { return w.notes(ada, nil).TotalCount == 3 })
	if mails := w.mails(nil); len(mails) != 2 {
		t.Errorf("after it was ended, the mails are %+v", mails)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		response := w.domain.HTTP(method, "/notifications/unsubscribe/AAAA")
		if response.Body.Close(); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a link that nobody has: %d", method, response.StatusCode)
		}
	}
	response := w.domain.HTTP(http.MethodDelete, "/notifications/unsubscribe/AAAA")
	if response.Body.Close(); response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE gives %d", response.StatusCode)
	}
}

// An address without an account can end such mails too.
func TestUnsubscribe_an_address(t *testing.T) {
	w := newWorld(t)
	w.mail("guest@elsewhere.example")
	w.follow(http.MethodPost, w.mails(nil)[0])
	w.domain.Get(w.sender, sendEmail, variables{"input": variables{"to": "guest@elsewhere.example", "template": "message", "variables": variables{"title": "t", "text": "x"}}}, &struct{}{})
	w.until("the next is not sent", func() bool { return len(w.deliveries(variables{"state": "SUPPRESSED"})) == 1 })
}

// A key makes one request, also when two come at once.
func TestSend_once(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	first := w.note(ada, "Once", variables{"idempotencyKey": "k"})
	if again := w.note(ada, "Once", variables{"idempotencyKey": "k"}); again != first {
		t.Errorf("the same key made %s and %s", first, again)
	}
	input := variables{"userId": ada.ID, "template": "message", "variables": variables{"title": "Other", "text": "x"}, "idempotencyKey": "k"}
	if got := w.domain.Refused(w.sender, sendNotification, variables{"input": input}); got.Code != "CONFLICT" {
		t.Errorf("the same key with another input was refused with %+v", got)
	}
	w.until("ada was told", func() bool { return w.notes(ada, nil).TotalCount == 1 })
}

func TestSend_refused(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	for _, c := range []struct {
		name        string
		input       variables
		code, field string
	}{
		{"no such template", variables{"template": "loom.ready"}, "BAD_USER_INPUT", "template"},
		{"a variable is missing", variables{"variables": variables{"title": "x"}}, "BAD_USER_INPUT", "variables.text"},
		{"no object", variables{"variables": []int{1}}, "BAD_USER_INPUT", "variables"},
		{"a script for a link", variables{"link": "javascript:alert(1)"}, "BAD_USER_INPUT", "link"},
		{"too late", variables{"expiresAt": "2020-01-01T00:00:00Z"}, "BAD_USER_INPUT", "expiresAt"},
		{"an empty key", variables{"idempotencyKey": ""}, "BAD_USER_INPUT", "idempotencyKey"},
	} {
		input := variables{"userId": ada.ID, "template": "message", "variables": variables{"title": "x", "text": "x"}}
		for name, value := range c.input {
			input[name] = value
		}
		if got := w.domain.Refused(w.sender, sendNotification, variables{"input": input}); got.Code != c.code || got.Field != c.field {
			t.Errorf("%s was refused with %+v", c.name, got)
		}
	}
	for _, to := range []string{"ada", "Ada <ada@heddle.example>", "a@b.example\r\nBcc: c@d.example"} {
		input := variables{"to": to, "template": "message", "variables": variables{"title": "x", "text": "x"}}
		if got := w.domain.Refused(w.sender, sendEmail, variables{"input": input}); got.Field != "to" {
			t.Errorf("the address %q was refused with %+v", to, got)
		}
	}
	sms := variables{"to": "+491701234567", "template": "message", "variables": variables{"title": "x", "text": "x"}}
	if got := w.domain.Refused(w.sender, sendSms, variables{"input": sms}); got.Code != "UNAVAILABLE" {
		t.Errorf("without a provider a text message was refused with %+v", got)
	}
}

func TestTemplates(t *testing.T) {
	w := newWorld(t)
	ada := w.member("ada")
	w.speaks(ada, "de-AT")
	const create = `mutation($input: CreateTemplateVersionInput!) { createTemplateVersion(input: $input) { version { template version active } } }`
	const activate = `mutation($name: String!, $version: Int!) { activateTemplateVersion(input: {name: $name, version: $version}) { template { active { version } versions { version active createdBy { id } } } } }`
	input := func(word string) variables {
		return variables{"input": variables{
			"name": "loom.ready", "category": "GENERAL", "variables": []variables{{"name": "loom", "type": "TEXT"}, {"name": "at", "type": "DATE", "required": false}},
			"texts": []variables{{"locale": "en", "title": word + " {{.loom}}", "text": "{{.loom}} {{.at}}"}, {"locale": "de", "title": word + " (de) {{.loom}}", "text": "{{.loom}}", "html": "<b>{{.loom}}</b>"}},
		}}
	}
	for n, word := range []string{"One", "Two"} {
		var made struct {
			CreateTemplateVersion struct {
				Version struct {
					Version int
					Active  bool
				}
			}
		}
		if w.domain.Get(w.admin, create, input(word), &made); made.CreateTemplateVersion.Version.Version != n+1 || made.CreateTemplateVersion.Version.Active {
			t.Errorf("the version made is %+v", made)
		}
	}
	if got := w.domain.Refused(w.sender, sendNotification, variables{"input": variables{"userId": ada.ID, "template": "loom.ready", "variables": variables{"loom": "A"}}}); got.Field != "template" {
		t.Errorf("a template that is not active was used, or refused with %+v", got)
	}
	for n, word := range []string{"One", "Two", "One"} {
		version := map[string]int{"One": 1, "Two": 2}[word]
		w.domain.Get(w.admin, activate, variables{"name": "loom.ready", "version": version}, &struct{}{})
		w.note(ada, "", variables{"template": "loom.ready", "variables": variables{"loom": "<A>"}})
		w.until("ada was told", func() bool { return w.notes(ada, nil).TotalCount == n+1 })
		if got := w.notes(ada, nil).Edges[0].Node; got.Title != word+" (de) <A>" || got.Template != "loom.ready" {
			t.Errorf("with version %d ada was told %+v", version, got)
		}
	}
	var seen struct {
		PreviewNotification struct {
			Version             int
			Locale, Title, Text string
			HTML                *string
		}
	}
	const preview = `query($locale: String!, $version: Int, $variables: JSON) { previewNotification(template: "loom.ready", version: $version, locale: $locale, variables: $variables) { version locale title text html } }`
	w.domain.Get(w.admin, preview, variables{"locale": "de", "version": 2, "variables": variables{"loom": "<A>"}}, &seen)
	if p := seen.PreviewNotification; p.Version != 2 || p.Title != "Two (de) <A>" || p.HTML == nil || *p.HTML != "<b>&lt;A&gt;</b>" {
		t.Errorf("the preview is %+v", p)
	}
	if got := w.domain.Refused(w.admin, preview, variables{"locale": "en", "variables": variables{"loom": "A", "at": "soon"}}); got.Field != "variables.at" {
		t.Errorf("a preview with a bad value was refused with %+v", got)
	}
	if got := w.domain.Refused(w.admin, activate, variables{"name": "loom.ready", "version": 3}); got.Code != "NOT_FOUND" {
		t.Errorf("a version that is not there was refused with %+v", got)
	}
	bad := input("Bad")
	bad["input"].(variables)["texts"] = []variables{{"locale": "en", "title": "x", "text": "{{.colour}}"}}
	if got := w.domain.Refused(w.admin, create, bad); got.Field != "texts.0.text" || !strings.Contains(got.Message, `"colour"`) {
		t.Errorf("a bad template was refused with %+v", got)
	}
}
