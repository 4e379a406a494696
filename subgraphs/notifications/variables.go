package notifications

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"heddle/internal/fault"
	"heddle/internal/page"
)

// Values checks what a template is asked to say: a value of the
// right type for each variable that is required, and for no others. The error
// names the variable.
func (v *TemplateVersion) Values(values map[string]any) (map[string]any, error) {
	checked := map[string]any{}
	for _, variable := range v.Variables {
		value, there := values[variable.Name]
		if !there || value == nil {
			if variable.Required {
				return nil, fault.Field("variables."+variable.Name, "The template %q needs the variable %q.", v.Template, variable.Name)
			}
			continue
		}
		plain, wrong := plainValue(variable.Type, value)
		if wrong != "" {
			return nil, fault.Field("variables."+variable.Name, "The variable %q of the template %q is %s.", variable.Name, v.Template, wrong)
		}
		checked[variable.Name] = plain
	}
	for name := range values {
		if !slices.ContainsFunc(v.Variables, func(t *TemplateVariable) bool { return t.Name == name }) {
			return nil, fault.Field("variables."+name, "The template %q has no variable %q.", v.Template, name)
		}
	}
	return checked, nil
}

// object reads the variables that a client gave; nothing is none.
func object(variables json.RawMessage) (values map[string]any, err error) {
	if len(variables) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(variables, &values); err != nil {
		return nil, fault.Field("variables", "The variables are an object, with a value for each name.")
	}
	return values, nil
}

// plainValue gives the value as it is kept, or says what it should have been.
func plainValue(kind TemplateVariableType, value any) (plain any, wrong string) {
	switch kind {
	case TemplateVariableTypeNumber:
		if n, ok := numeric(value); ok {
			return n, ""
		}
		return nil, "a number"
	case TemplateVariableTypeBoolean:
		if b, ok := value.(bool); ok {
			return b, ""
		}
		return nil, "true or false"
	case TemplateVariableTypeTexts:
		list, ok := value.([]any)
		if !ok || len(list) > 1000 || slices.ContainsFunc(list, func(e any) bool { _, wrong := plainText(kind, e); return wrong != "" }) {
			return nil, "a list of at most 1,000 texts"
		}
		return list, ""
	}
	return plainText(kind, value)
}

func numeric(value any) (float64, bool) {
	switch n := value.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

func plainText(kind TemplateVariableType, value any) (plain any, wrong string) {
	text, ok := value.(string)
	if !ok || utf8.RuneCountInString(text) > textLimit || !page.Text(text) {
		return nil, "a text of at most 10,000 characters"
	}
	switch kind {
	case TemplateVariableTypeDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, `a date such as "2026-11-22"`
		}
	case TemplateVariableTypeDatetime:
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			return nil, `a time such as "2026-11-22T09:30:00Z"`
		}
	case TemplateVariableTypeURL:
		if !linkable(text) {
			return nil, "an http or https address, or a path of the app that begins with one slash"
		}
	}
	return text, ""
}

// linkable tells whether a text may stand where a link leads.
func linkable(text string) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > 2000 {
		return false
	}
	if u.Scheme == "" {
		return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && !strings.Contains(text, `\`)
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
