package notifications

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/fault"
)

func version(texts ...*TemplateText) *TemplateVersion {
	return &TemplateVersion{
		Template: "loom.ready", Version: 1, Category: NotificationCategoryGeneral, Texts: texts,
		Variables: []*TemplateVariable{
			{Name: "name", Type: TemplateVariableTypeText, Required: true}, {Name: "count", Type: TemplateVariableTypeNumber},
			{Name: "due", Type: TemplateVariableTypeDatetime}, {Name: "where", Type: TemplateVariableTypeURL},
			{Name: "threads", Type: TemplateVariableTypeTexts}, {Name: "urgent", Type: TemplateVariableTypeBoolean},
		},
	}
}

func text(locale, title, body string, html ...string) *TemplateText {
	t := &TemplateText{Locale: locale, Title: title, Text: body}
	if len(html) > 0 {
		t.HTML = &html[0]
	}
	return t
}

// fieldOf is the field that a fault names.
func fieldOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Field
}

func TestTemplateVersion_Check(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, field, says string
		change            func(v *TemplateVersion)
	}{
		{"sound", "", "", func(*TemplateVersion) {}},
		{"name", "name", "", func(v *TemplateVersion) { v.Template = "Loom Ready" }},
		{"no text", "texts", "", func(v *TemplateVersion) { v.Texts = nil }},
		{"no language", "texts.0.locale", "", func(v *TemplateVersion) { v.Texts[0].Locale = "in English" }},
		{"a language twice", "texts.1.locale", "", func(v *TemplateVersion) { v.Texts = append(v.Texts, text("EN", "t", "t")) }},
		{"no title", "texts.0.title", "", func(v *TemplateVersion) { v.Texts[0].Title = "" }},
		{"a variable twice", "variables.6.name", "", func(v *TemplateVersion) { v.Variables = append(v.Variables, &TemplateVariable{Name: "name"}) }},
		{"a given variable", "variables.6.name", "", func(v *TemplateVersion) { v.Variables = append(v.Variables, &TemplateVariable{Name: "link"}) }},
		{"not declared", "texts.0.text", `"colour" is not declared`, func(v *TemplateVersion) { v.Texts[0].Text = "{{.colour}}" }},
		{"not closed", "texts.0.text", "not a template", func(v *TemplateVersion) { v.Texts[0].Text = "{{if .name}}" }},
		{"a call", "texts.0.text", "not a variable", func(v *TemplateVersion) { v.Texts[0].Text = "{{printf .name}}" }},
		{"a method", "texts.0.text", "not a variable", func(v *TemplateVersion) { v.Texts[0].Text = "{{.name.Foo}}" }},
		{"a count", "texts.0.text", "not a variable", func(v *TemplateVersion) { v.Texts[0].Text = "{{range 1000000000}}x{{end}}" }},
		{"a definition", "texts.0.text", "", func(v *TemplateVersion) { v.Texts[0].Text = `{{define "x"}}x{{end}}` }},
		{"an inclusion", "texts.0.text", "more than a template does", func(v *TemplateVersion) { v.Texts[0].Text = `{{template "it"}}` }},
		{"a list shown", "texts.0.text", "gone through with", func(v *TemplateVersion) { v.Texts[0].Text = "{{.threads}}" }},
		{"a text gone through", "texts.0.text", "no list", func(v *TemplateVersion) { v.Texts[0].Text = "{{range .name}}x{{end}}" }},
		{"HTML that cannot be escaped", "texts.0", "cannot be rendered", func(v *TemplateVersion) { v.Texts[0] = text("en", "t", "t", "<a href='{{.name}}") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := version(text("en", "{{.name}}", "{{range .threads}}{{.}}{{$.name}}{{end}}{{if .urgent}}!{{else}}.{{end}}"))
			c.change(v)
			err := v.Check()
			if fieldOf(err) != c.field || (c.says != "" && !strings.Contains(err.Error(), c.says)) || (c.field == "") != (err == nil) {
				t.Errorf("error %v at %q, want %q at %q", err, fieldOf(err), c.says, c.field)
			}
		})
	}
}

func TestTemplateVersion_Values(t *testing.T) {
	t.Parallel()
	v := version(text("en", "t", "t"))
	for _, c := range []struct {
		name, field string
		values      map[string]any
	}{
		{"whole", "", map[string]any{"name": "x", "count": 1.5, "due": "2026-11-22T09:30:00+01:00", "where": "/looms", "threads": []any{"a"}, "urgent": true}},
		{"one alone", "", map[string]any{"name": "x"}},
		{"none", "variables.name", nil},
		{"null", "variables.name", map[string]any{"name": nil}},
		{"of no such name", "variables.colour", map[string]any{"name": "x", "colour": "red"}},
		{"a number for a text", "variables.name", map[string]any{"name": 1.0}},
		{"a text for a number", "variables.count", map[string]any{"name": "x", "count": "1"}},
		{"no time", "variables.due", map[string]any{"name": "x", "due": "tomorrow"}},
		{"a script", "variables.where", map[string]any{"name": "x", "where": "javascript:alert(1)"}},
		{"another host", "variables.where", map[string]any{"name": "x", "where": "//evil.example"}},
		{"a list of numbers", "variables.threads", map[string]any{"name": "x", "threads": []any{1.0}}},
		{"a text for true", "variables.urgent", map[string]any{"name": "x", "urgent": "true"}},
		{"NUL", "variables.name", map[string]any{"name": "\x00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := v.Values(c.values); fieldOf(err) != c.field || (c.field == "") != (err == nil) {
				t.Errorf("error %v at %q, want it at %q", err, fieldOf(err), c.field)
			}
		})
	}
}

func TestTemplateVersion_Render_escapes(t *testing.T) {
	t.Parallel()
	v := version(text("en", "For {{.name}}", "{{.name}} {{.count}}", `<p title="{{.name}}">{{.name}}</p><a href="{{.where}}?q={{.name}}">x</a>{{range .threads}}<i>{{.}}</i>{{end}}`))
	got, err := v.Render(map[string]any{
		"name": "<b onclick='x'>\r\nBcc: eve@evil.example", "count": 1234.5, "where": "https://heddle.example/", "threads": []any{"<1>", "2"},
	}, time.UTC, "en")
	if err != nil {
		t.Fatal(err)
	}
	want := Rendered{
		Locale: "en", Title: "For <b onclick='x'> Bcc: eve@evil.example", // of one line: no header begins in it
		Text: "<b onclick='x'>\r\nBcc: eve@evil.example 1,234.5",
		SMS:  "<b onclick='x'>\r\nBcc: eve@evil.example 1,234.5",
		HTML: "<p title=\"&lt;b onclick=&#39;x&#39;&gt;\r\nBcc: eve@evil.example\">&lt;b onclick=&#39;x&#39;&gt;\r\nBcc: eve@evil.example</p>" +
			"<a href=\"https://heddle.example/?q=%3cb%20onclick%3d%27x%27%3e%0d%0aBcc%3a%20eve%40evil.example\">x</a><i>&lt;1&gt;</i><i>2</i>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rendered (-want +got):\n%s", diff)
	}
}

func TestTemplateVersion_Render_in_the_nearest_language(t *testing.T) {
	t.Parallel()
	berlin, err := parseZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	v := version(text("en", "en", "{{.count}} {{.due}}"), text("de", "de", "{{.count}} {{.due}}"), text("pt", "pt", "x"), text("pt-BR", "pt-BR", "x"))
	values := map[string]any{"name": "x", "count": 1234.5, "due": "2026-07-01T12:00:00Z"}
	for _, c := range []struct {
		wanted      []string
		title, text string
	}{
		{nil, "en", "1,234.5 2026-07-01 14:00 CEST"},
		{[]string{"de"}, "de", "1.234,5 2026-07-01 14:00 CEST"},
		{[]string{"de-AT"}, "de", "1.234,5 2026-07-01 14:00 CEST"},
		{[]string{"pt-BR"}, "pt-BR", "x"},
		{[]string{"pt-AO"}, "pt", "x"},
		{[]string{"ja"}, "en", "1,234.5 2026-07-01 14:00 CEST"},
		{[]string{"ja", "de"}, "de", "1.234,5 2026-07-01 14:00 CEST"},
		{[]string{"", "de"}, "de", "1.234,5 2026-07-01 14:00 CEST"},
		{[]string{"not a language"}, "en", "1,234.5 2026-07-01 14:00 CEST"},
	} {
		got, err := v.Render(values, berlin, c.wanted...)
		if err != nil || got.Title != c.title || got.Text != c.text || got.Locale != c.title {
			t.Errorf("for %q: %+v (%v), want %q in %s", c.wanted, got, err, c.text, c.title)
		}
	}
}

// The templates that come with the service are sound.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	versions, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range versions {
		names = append(names, v.Template)
	}
	want := []string{"digest", "message", "password.reset", "password.unknown", "room.invited", "student.created"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("templates (-want +got):\n%s", diff)
	}
}
