package compose

import (
	"github.com/vektah/gqlparser/v2/ast"

	"heddle/router/federation"
)

// subgraph is one schema as the rules see it: definitions and extensions are
// one, root types have their default names, and the directives of the
// specification are fields of the elements they stand on.
type subgraph struct {
	name, url, file string
	id              string // its value of join__Graph
	version         federation.Version
	links           []federation.Link
	federation      federation.Link   // zero for Federation 1
	canonical       map[string]string // what this schema calls a directive of the specification → its name there
	doc             *ast.SchemaDocument
	types           []*typeDef
	byName          map[string]*typeDef
	roots           map[ast.Operation]string // the name a root type has in this schema
	taken           []string                 // renamed roots that cannot have their default name back
	directives      []*ast.DirectiveDefinition
	composed        map[string]bool // custom directives that @composeDirective carries
	uses            features
}

// features are the optional parts of a supergraph that an element asks for.
type features struct {
	tag, inaccessible, authenticated, scopes, policy, context, cost, listSize bool
	costName, listSizeName                                                    string
}

// marks are the directives and texts of an element that a supergraph carries on.
type marks struct {
	description   string
	tags          []string
	inaccessible  bool
	authenticated bool
	scopes        [][]string
	policies      [][]string
	cost          string
	listSize      *listSize
	deprecated    *deprecation
	specifiedBy   string
	oneOf         bool
	contexts      []string
	custom        []string // carried custom directives, as printed
}

type deprecation struct {
	reason string
	given  bool
}

type listSize struct {
	assumed    string
	slicing    []string
	sized      []string
	hasSlicing bool
	hasSized   bool
	requireOne bool
}

// typeDef is a type as one subgraph has it.
type typeDef struct {
	marks
	sub        *subgraph
	kind       ast.DefinitionKind // an interface object is an interface here
	name       string
	localName  string // differs from name for a renamed root type
	pos        *ast.Position
	sources    []*ast.Definition // the definition and every extension
	directives ast.DirectiveList

	defined         bool // there is a definition beside the extensions
	extended        bool // there is an extension, or @extends
	extends         bool // @extends
	interfaceObject bool
	shareable       bool
	external        bool

	interfaces []string
	members    []string
	values     []*enumValue
	fields     []*field
	inputs     []*input
	keys       []key
	byField    map[string]*field
}

// key is one @key of a type.
type key struct {
	text       string
	set        federation.FieldSet
	resolvable bool
	pos        *ast.Position
}

// field is an output field as one subgraph has it.
type field struct {
	marks
	owner *typeDef
	name  string
	typ   *ast.Type
	pos   *ast.Position
	def   *ast.FieldDefinition
	args  []*input

	external      bool
	shareable     bool
	extension     bool // stands in an extend block
	override      string
	overrideLabel string
	overridePos   *ast.Position
	requires      *selection
	provides      *selection

	usedAsKey bool // directly in a key of its own type
	inKey     bool // in any key of the subgraph
	required  bool // in a @requires of this subgraph
	provided  bool // in a @provides of this subgraph
	used      bool // in any field set, or by an interface

	requiredByKept bool // in a @requires of a field that is resolved here
	requiredByGone bool // in a @requires of a field that was taken over
}

// selection is the field set of a @requires or @provides.
type selection struct {
	text string
	set  federation.FieldSet
	pos  *ast.Position
}

// input is an argument or a field of an input type.
type input struct {
	marks
	name        string
	typ         *ast.Type
	value       *ast.Value // its default; nil for none
	pos         *ast.Position
	fromContext *contextReference
}

type contextReference struct {
	context   string
	selection string
}

type enumValue struct {
	marks
	name string
	pos  *ast.Position
}

func (t *typeDef) field(name string) *field { return t.byField[name] }

func (f *field) coordinate() string { return f.owner.name + "." + f.name }

func (f *field) arg(name string) *input {
	for _, a := range f.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

func (t *typeDef) input(name string) *input {
	for _, i := range t.inputs {
		if i.name == name {
			return i
		}
	}
	return nil
}

func (t *typeDef) value(name string) *enumValue {
	for _, v := range t.values {
		if v.name == name {
			return v
		}
	}
	return nil
}

// isRoot says whether the type is a root type of its subgraph.
func (t *typeDef) isRoot() bool {
	return t.kind == ast.Object && (t.name == "Query" || t.name == "Mutation" || t.name == "Subscription")
}

// at is where the type is in its subgraph.
func (t *typeDef) at() Location { return t.sub.at(t.pos) }

func (f *field) at() Location { return f.owner.sub.at(f.pos) }
