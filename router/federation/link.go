package federation

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Identity is the identity of the Federation specification in a @link URL.
const Identity = "https://specs.apollo.dev/federation"

// Link is one application of @link, as the Link specification reads it.
type Link struct {
	Identity string // the URL without its version
	Name     string // the last part of the identity; empty where there is none
	Version  string // "v2.3"; empty where the URL ends without one
	As       string // the namespace that replaces Name
	For      string // its purpose, SECURITY or EXECUTION; empty for none
	Imports  []Import
	Position *ast.Position
}

// Import is one element that a link brings in by its plain name.
type Import struct {
	Name string // with its @ where it is a directive
	As   string // the local name, equal to Name unless renamed
}

// Directive says whether a directive is imported, rather than a type.
func (i Import) Directive() bool { return strings.HasPrefix(i.Name, "@") }

// Prefix is the namespace of the elements that are not imported.
func (l Link) Prefix() string {
	if l.As != "" {
		return l.As
	}
	return l.Name
}

// URL is the identity with its version.
func (l Link) URL() string {
	if l.Version == "" {
		return l.Identity
	}
	return l.Identity + "/" + l.Version
}

// LocalDirective is what a schema with this link calls a directive of the
// specification (named without @).
func (l Link) LocalDirective(name string) (local string, imported bool) {
	for _, i := range l.Imports {
		if i.Name == "@"+name {
			return strings.TrimPrefix(i.As, "@"), true
		}
	}
	if name == l.Name {
		return l.Prefix(), false
	}
	return l.Prefix() + "__" + name, false
}

// LocalType is what a schema with this link calls a type of the specification.
func (l Link) LocalType(name string) (local string, imported bool) {
	for _, i := range l.Imports {
		if i.Name == name {
			return i.As, true
		}
	}
	return l.Prefix() + "__" + name, false
}

// ReadLink reads an application of @link. A directive without a url is none.
func ReadLink(d *ast.Directive) (Link, bool, error) {
	arg := d.Arguments.ForName("url")
	if arg == nil || arg.Value == nil || (arg.Value.Kind != ast.StringValue && arg.Value.Kind != ast.BlockValue) {
		return Link{}, false, nil
	}
	link := splitURL(arg.Value.Raw)
	link.Position = d.Position
	if as := d.Arguments.ForName("as"); as != nil && as.Value != nil && as.Value.Kind == ast.StringValue {
		link.As = as.Value.Raw
	}
	if purpose := d.Arguments.ForName("for"); purpose != nil && purpose.Value != nil && purpose.Value.Kind == ast.EnumValue {
		link.For = purpose.Value.Raw
	}
	imports := d.Arguments.ForName("import")
	if imports == nil || imports.Value == nil || imports.Value.Kind != ast.ListValue {
		return link, true, nil
	}
	for _, child := range imports.Value.Children {
		i, err := readImport(child.Value)
		if err != nil {
			return link, true, err
		}
		link.Imports = append(link.Imports, i)
	}
	return link, true, nil
}

func readImport(v *ast.Value) (Import, error) {
	if v.Kind == ast.StringValue {
		return Import{Name: v.Raw, As: v.Raw}, nil
	}
	if v.Kind != ast.ObjectValue {
		return Import{}, fmt.Errorf("an import is a name or {name:, as:}, not %s", v)
	}
	name, as := v.Children.ForName("name"), v.Children.ForName("as")
	if name == nil || name.Raw == "" {
		return Import{}, fmt.Errorf("the import %s has no name", v)
	}
	if as == nil || as.Raw == "" {
		return Import{Name: name.Raw, As: name.Raw}, nil
	}
	if strings.HasPrefix(name.Raw, "@") != strings.HasPrefix(as.Raw, "@") {
		return Import{}, fmt.Errorf("the import %q cannot be called %q: both are directives (with @) or neither is", name.Raw, as.Raw)
	}
	return Import{Name: name.Raw, As: as.Raw}, nil
}

var linkVersion = regexp.MustCompile(`(?i)^v\d+`)

// splitURL finds name and version in a link URL: Link specification, "url".
func splitURL(text string) Link {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return Link{Identity: text}
	}
	origin := u.Scheme + "://" + u.Host
	parts := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
	if len(parts) == 0 {
		return Link{Identity: origin}
	}
	last := parts[len(parts)-1]
	if !linkVersion.MatchString(last) {
		return Link{Identity: origin + "/" + strings.Join(parts, "/"), Name: last}
	}
	parts = parts[:len(parts)-1]
	if len(parts) == 0 {
		return Link{Identity: origin, Version: last}
	}
	return Link{Identity: origin + "/" + strings.Join(parts, "/"), Name: parts[len(parts)-1], Version: last}
}
