package notifications

import (
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"heddle/internal/fault"
	"heddle/internal/page"
)

// Bounds of a template; texts are counted in characters.
const (
	titleLimit     = 300
	textLimit      = 10_000
	htmlLimit      = 100_000
	smsLimit       = 1_000
	variablesLimit = 50
	textsLimit     = 50
)

// NotificationTemplate is a name under which something is said, and its versions.
type NotificationTemplate struct {
	Name     string
	Active   *TemplateVersion   // nil before one is activated
	Versions []*TemplateVersion // newest first
}

// TemplateVersion is what is said, in several languages. It never changes.
type TemplateVersion struct {
	Template  string
	Version   int
	Active    bool
	Category  NotificationCategory
	Variables []*TemplateVariable
	Texts     []*TemplateText // the first is the default
	CreatedAt time.Time
	createdBy *string
}

// CreatedBy returns the administrator who made it, nil if it came with the service.
func (v *TemplateVersion) CreatedBy() *User {
	if v.createdBy == nil {
		return nil
	}
	return &User{ID: *v.createdBy}
}

var (
	templateNames = regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)
	variableNames = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,49}$`)
)

// given are the variables that every template has: the recipient's first name,
// empty if there is no such person, and where the message leads, empty if nowhere.
var given = []*TemplateVariable{
	{Name: "recipient", Type: TemplateVariableTypeText},
	{Name: "link", Type: TemplateVariableTypeURL},
}

// Check tells what is wrong with a version that somebody wrote: a name, a
// language, a text that is no template or uses what is not declared.
func (v *TemplateVersion) Check() error {
	if len(v.Template) > 100 || !templateNames.MatchString(v.Template) {
		return fault.Field("name", `%q is not a name such as "room.invited": lower-case words with dots between.`, v.Template)
	}
	if err := v.checkVariables(); err != nil {
		return err
	}
	if n := len(v.Texts); n == 0 || n > textsLimit {
		return fault.Field("texts", "A template has 1 to %d texts; this one has %d.", textsLimit, n)
	}
	seen := map[string]bool{}
	for i, t := range v.Texts {
		tag, err := language.Parse(t.Locale)
		if err != nil {
			return fault.Field(fmt.Sprintf("texts.%d.locale", i), `%q is not a language tag such as "en" or "pt-BR".`, t.Locale)
		}
		if t.Locale = tag.String(); seen[t.Locale] {
			return fault.Field(fmt.Sprintf("texts.%d.locale", i), "There are two texts in %q.", t.Locale)
		}
		seen[t.Locale] = true
		if err := v.checkText(i, t); err != nil {
			return err
		}
	}
	return nil
}

func (v *TemplateVersion) checkVariables() error {
	if n := len(v.Variables); n > variablesLimit {
		return fault.Field("variables", "A template has at most %d variables; this one has %d.", variablesLimit, n)
	}
	seen := map[string]bool{}
	for _, g := range given {
		seen[g.Name] = true
	}
	for i, variable := range v.Variables {
		field := fmt.Sprintf("variables.%d.name", i)
		if !variableNames.MatchString(variable.Name) {
			return fault.Field(field, `%q is not a name such as "dueDate": letters and digits, a small letter first.`, variable.Name)
		}
		if seen[variable.Name] {
			return fault.Field(field, "There is a variable %q already.", variable.Name)
		}
		seen[variable.Name] = true
	}
	return nil
}

// checkText parses every part, and renders it with made-up values.
func (v *TemplateVersion) checkText(i int, t *TemplateText) error {
	for _, part := range []struct {
		name  string
		text  string
		limit int
	}{{"title", t.Title, titleLimit}, {"text", t.Text, textLimit}, {"html", or(t.HTML), htmlLimit}, {"sms", or(t.Sms), smsLimit}} {
		field := fmt.Sprintf("texts.%d.%s", i, part.name)
		if n := utf8.RuneCountInString(part.text); n > part.limit || !page.Text(part.text) {
			return fault.Field(field, "It has at most %d characters, none of them NUL; this one has %d.", part.limit, n)
		}
		if part.text == "" && (part.name == "title" || part.name == "text") {
			return fault.Field(field, "A text has a title and a text.")
		}
		if err := v.checkPart(part.name, part.text); err != nil {
			return fault.Field(field, "%s", err.Error())
		}
	}
	if _, err := v.render(t, v.examples(), time.UTC); err != nil {
		return fault.Field(fmt.Sprintf("texts.%d", i), "It cannot be rendered: %s", err.Error())
	}
	return nil
}

// variable finds a declared or given variable.
func (v *TemplateVersion) variable(name string) *TemplateVariable {
	for _, variable := range slices.Concat(v.Variables, given) {
		if variable.Name == name {
			return variable
		}
	}
	return nil
}

// examples are values of every variable.
func (v *TemplateVersion) examples() map[string]any {
	values := map[string]any{}
	for _, variable := range slices.Concat(v.Variables, given) {
		values[variable.Name] = map[TemplateVariableType]any{
			TemplateVariableTypeText: "text", TemplateVariableTypeNumber: 1.0, TemplateVariableTypeBoolean: true,
			TemplateVariableTypeDate: "2026-11-22", TemplateVariableTypeDatetime: "2026-11-22T09:30:00Z",
			TemplateVariableTypeURL: "https://heddle.example/", TemplateVariableTypeTexts: []any{"one", "two"},
		}[variable.Type]
	}
	return values
}

// Nearest is the text in the language that is nearest to the first of those
// wanted that is near any (BCP 47 lookup by distance: pt-BR takes pt, de-AT takes
// de), and the template's first text if none is.
func (v *TemplateVersion) Nearest(wanted ...string) *TemplateText {
	var have, want []language.Tag
	for _, t := range v.Texts {
		have = append(have, language.Make(t.Locale))
	}
	for _, w := range wanted {
		if tag, err := language.Parse(w); err == nil && w != "" {
			want = append(want, tag)
		}
	}
	_, at, confidence := language.NewMatcher(have).Match(want...)
	if confidence == language.No {
		at = 0
	}
	return v.Texts[at]
}

// or is the text that is pointed at, empty if none is.
func or(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
