package notifications

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
	"time"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// renderedLimit is how long a rendered text may be, in bytes.
const renderedLimit = 1 << 20

// Rendered is what a person reads.
type Rendered struct {
	Locale string `json:"-"`
	Title  string `json:"title"`
	Text   string `json:"text"`
	HTML   string `json:"html,omitempty"`
	SMS    string `json:"sms,omitempty"`
}

// Render says what the version says with the values, in the nearest language to
// those wanted. Times are shown in the zone.
func (v *TemplateVersion) Render(values map[string]any, zone *time.Location, wanted ...string) (Rendered, error) {
	r, err := v.render(v.Nearest(wanted...), values, zone)
	if err != nil {
		return r, fmt.Errorf("render template %s, version %d: %w", v.Template, v.Version, err)
	}
	return r, nil
}

func (v *TemplateVersion) render(t *TemplateText, values map[string]any, zone *time.Location) (r Rendered, err error) {
	shown := v.shown(values, language.Make(t.Locale), zone)
	r.Locale = t.Locale
	if r.Title, err = renderText(t.Title, shown); err != nil {
		return r, fmt.Errorf("title: %w", err)
	}
	r.Title = oneLine(r.Title)
	if r.Text, err = renderText(t.Text, shown); err != nil {
		return r, fmt.Errorf("text: %w", err)
	}
	r.Text = strings.TrimSpace(r.Text)
	r.SMS = r.Text
	if t.Sms != nil {
		if r.SMS, err = renderText(*t.Sms, shown); err != nil {
			return r, fmt.Errorf("sms: %w", err)
		}
		r.SMS = strings.TrimSpace(r.SMS)
	}
	if t.HTML != nil {
		if r.HTML, err = renderHTML(*t.HTML, shown); err != nil {
			return r, fmt.Errorf("html: %w", err)
		}
	}
	return r, nil
}

// shown are the values as people read them in the language: plain texts, true or
// false, and lists of texts. What is not given is empty.
func (v *TemplateVersion) shown(values map[string]any, tag language.Tag, zone *time.Location) map[string]any {
	shown := map[string]any{}
	for _, variable := range append(given, v.Variables...) {
		shown[variable.Name] = show(variable.Type, values[variable.Name], tag, zone)
	}
	return shown
}

func show(kind TemplateVariableType, value any, tag language.Tag, zone *time.Location) any {
	switch x := value.(type) {
	case nil:
		return ""
	case float64:
		return message.NewPrinter(tag).Sprint(number.Decimal(x))
	case string:
		if t, err := time.Parse(time.RFC3339Nano, x); kind == TemplateVariableTypeDatetime && err == nil {
			return t.In(zone).Format("2006-01-02 15:04 MST")
		}
	}
	return value
}

// oneLine takes out what would end a header.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
}

func renderText(text string, shown map[string]any) (string, error) {
	t, err := texttemplate.New("").Parse(text)
	if err != nil {
		return "", err
	}
	var b bounded
	err = t.Execute(&b, shown)
	return b.String(), err
}

// renderHTML escapes each value for the place where it stands.
func renderHTML(text string, shown map[string]any) (string, error) {
	t, err := htmltemplate.New("").Parse(text)
	if err != nil {
		return "", err
	}
	var b bounded
	err = t.Execute(&b, shown)
	return b.String(), err
}

// bounded takes a text up to the limit.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > renderedLimit {
		return 0, errors.New("it becomes too long")
	}
	return b.Builder.Write(p)
}

var _ io.Writer = (*bounded)(nil)

// checkPart parses a part of a text. A template here shows variables, asks
// whether there is one, and goes through a list: it calls nothing, defines
// nothing and counts nothing, so it always ends.
func (v *TemplateVersion) checkPart(name, text string) error {
	var tree *parse.Tree
	if name == "html" {
		t, err := htmltemplate.New("it").Parse(text)
		if err != nil {
			return readable(err)
		}
		if len(t.Templates()) > 1 {
			return errors.New("It must not define other templates.")
		}
		tree = t.Tree
	} else {
		t, err := texttemplate.New("it").Parse(text)
		if err != nil {
			return readable(err)
		}
		if len(t.Templates()) > 1 {
			return errors.New("It must not define other templates.")
		}
		tree = t.Tree
	}
	if tree == nil || tree.Root == nil {
		return nil
	}
	return v.checkList(tree.Root, false)
}

func readable(err error) error {
	return fmt.Errorf("It is not a template: %s.", strings.TrimPrefix(err.Error(), "template: "))
}

func (v *TemplateVersion) checkList(list *parse.ListNode, ranging bool) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		if err := v.checkNode(node, ranging); err != nil {
			return err
		}
	}
	return nil
}

func (v *TemplateVersion) checkNode(node parse.Node, ranging bool) error {
	switch n := node.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		variable, err := v.checkPipe(n.Pipe, ranging)
		if err == nil && variable != nil && variable.Type == TemplateVariableTypeTexts {
			err = fmt.Errorf("The list %q is gone through with {{range .%s}}…{{end}}.", variable.Name, variable.Name)
		}
		return err
	case *parse.IfNode:
		if _, err := v.checkPipe(n.Pipe, ranging); err != nil {
			return err
		}
		return errors.Join(v.checkList(n.List, ranging), v.checkList(n.ElseList, ranging))
	case *parse.RangeNode:
		variable, err := v.checkPipe(n.Pipe, ranging)
		if err == nil && (ranging || variable == nil || variable.Type != TemplateVariableTypeTexts) {
			err = fmt.Errorf("%s is no list of texts.", n.Pipe)
		}
		if err != nil {
			return err
		}
		return errors.Join(v.checkList(n.List, true), v.checkList(n.ElseList, ranging))
	}
	return fmt.Errorf("%s is more than a template does here: it shows variables, {{if .name}}…{{else}}…{{end}} and {{range .names}}{{.}}{{end}}.", node)
}

// checkPipe takes a single variable: .name, $.name, or within a range the dot.
func (v *TemplateVersion) checkPipe(pipe *parse.PipeNode, ranging bool) (*TemplateVariable, error) {
	if pipe != nil && len(pipe.Decl) == 0 && len(pipe.Cmds) == 1 && len(pipe.Cmds[0].Args) == 1 {
		switch arg := pipe.Cmds[0].Args[0].(type) {
		case *parse.DotNode:
			if ranging {
				return nil, nil
			}
		case *parse.FieldNode:
			if len(arg.Ident) == 1 && !ranging {
				return v.declared(arg.Ident[0])
			}
		case *parse.VariableNode:
			if len(arg.Ident) == 2 && arg.Ident[0] == "$" {
				return v.declared(arg.Ident[1])
			}
		}
	}
	return nil, fmt.Errorf("{{%s}} is not a variable such as {{.name}}.", pipe)
}

func (v *TemplateVersion) declared(name string) (*TemplateVariable, error) {
	if variable := v.variable(name); variable != nil {
		return variable, nil
	}
	return nil, fmt.Errorf("The variable %q is not declared.", name)
}
