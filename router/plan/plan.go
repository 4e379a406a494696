// Package plan decides which subgraphs are asked for what, and in which order:
// a plan is an immutable, printable value made from a normalised operation.
package plan

import (
	"slices"

	"heddle/router/operation"
)

// Plan answers one normalised operation. It is immutable and may be executed by
// many requests at once.
type Plan struct {
	Kind operation.Kind
	// Conditions are those under which fields are asked for and answered, made of
	// the conditions that the operation leaves open: all of one of the lists of
	// their indexes must hold. The operation's own come first.
	Conditions [][][]int
	// Steps are the fetches; nil when no subgraph needs to be asked.
	Steps *Step
	// Trigger opens the event stream of a subscription; the steps complete each
	// of its events.
	Trigger *Fetch
	// Later are the groups of deferred fragments: group n is Later[n-1].
	Later []Later
	// Apart tells that objects at the same path may differ though they look alike in
	// an answer: what is fetched for them depends on types or values above, or comes
	// later.
	Apart bool

	renamed []renaming
}

// Shape is what a client gets of what a plan fetches: the fields in the order of
// the client's operation. It is immutable.
type Shape struct {
	Root *Node
	// Conditions are those of the plan, and what else the order of fields makes of
	// the operation's.
	Conditions [][][]int
}

// Later is what has to be fetched for the deferred fragments of one group,
// after the first answer has been sent.
type Later struct {
	// Around is the group of the deferred fragment around; 0 for none.
	Around int
	// After are the groups whose fetches come before those of this one.
	After []int
	// Steps are the fetches; nil when the steps before have all there is.
	Steps *Step
}

// Step is a fetch, or several steps one after the other, or several at once.
type Step struct {
	Fetch    *Fetch
	Parallel bool
	Steps    []*Step
}

// Fetch is one request to one subgraph.
type Fetch struct {
	// Group is the group of deferred fragments that it is for; 0 for the first
	// answer.
	Group    int
	Subgraph string
	// Query is the text of the operation for the subgraph.
	Query string
	// Open is how the body of the request begins: {"query":…,"variables":{
	Open []byte
	// Roots are the response keys of the root fields it asks for.
	Roots []string
	// If are conditions of the plan: where none of them holds, there is
	// nothing to fetch. Empty means always.
	If []int
	// Variables are the variables it is sent with.
	Variables []Variable
	// At leads from the root of the data to the objects that the answer is merged
	// into; it is empty for a fetch of root fields.
	At []Hop
	// Entity is what the objects are found by; nil for a fetch of root fields.
	Entity *Entity
	// Contexts are variables that get their values from objects above. Objects
	// with other values are asked for in a request of their own.
	Contexts []Context
	// Apart tells that objects must not share an answer, even where they are
	// represented alike.
	Apart bool
	// Plain asks, of entities for which what some of the fields require is not
	// there, the other fields; nil where there are none.
	Plain *Fetch
	// Alike is the number of a group of fetches that ask the same subgraph for the
	// same fields, of entities at different places; 0 for a fetch like no other.
	Alike int

	flat bool // while the plan is made: nothing that is asked has fields of its own
}

// Context is a variable that gets its value from an object above those of a
// fetch (Federation, "@fromContext").
type Context struct {
	Variable string
	// Hops is how many hops of the fetch's path lead to the object.
	Hops int
	// Fields tell where in the object the value stands, by the object's type.
	Fields []Field
	// Required tells that the value must not be null: objects without one are not
	// asked for.
	Required bool
	// Name is that of the context, Takes what is taken of it, for people.
	Name, Takes string
}

// Variable hands a variable of the operation on to a subgraph, under a name of
// its own.
type Variable struct {
	Name string
	From string
	// Definition is how the operation defines it, in a JSON string.
	Definition string
}

// Entity is a fetch of entities by their representations.
type Entity struct {
	// Variable is the name of the variable that holds the representations.
	Variable string
	// Representation tells how one is made from an object.
	Representation *Node
	// Keys are the response keys of the fields that identify it: an object in
	// which they are all null is not asked for.
	Keys []string
	// Selection is what is asked of the entities, in a JSON string.
	Selection string
	// By names the keys for people, With the fields that @requires adds to them.
	By, With []string
}

// Hop is one step down in the data: through a field, and through the lists in it.
type Hop struct {
	Field string
	// Types are the concrete types for which the hop is taken; empty means all.
	Types []string
}

// Kind says what stands at a node of a shape.
type Kind uint8

// The kinds of nodes.
const (
	Object Kind = iota
	List
	String
	Int
	Float
	Boolean
	ID
	Enum
	Scalar
	TypeName
	Static // Text
	Marker // answered without a subgraph: the marker of the operation at Index
)

// Node is a place in the shape of a response or of a representation.
type Node struct {
	Kind     Kind
	Nullable bool
	// Type is the name of the type at this place.
	Type string
	// Cases are what an object of a shape has, by its concrete type.
	Cases []Case
	// Fields are what an object of a representation has.
	Fields []Field
	// Item of a list.
	Item *Node
	// Values that an enum may have.
	Values []string
	// Text of a static node.
	Text string
	// Index of a marker.
	Index int
}

// Case is what an object has when it is of one of the types On. An object that
// can be of one type alone has one case, whether or not it tells its type.
type Case struct {
	On     []string
	Fields []Field
	// Deferred are fields that may be delivered later.
	Deferred []Part
}

// Part are the fields of an object that are delivered together, later than the
// rest of it.
type Part struct {
	Group  int
	Fields []Field
	// Deferred are fields of the object that come later still.
	Deferred []Part
}

// Field is a field of an object.
type Field struct {
	// Key is the response key in the normalised operation; From the key under which
	// the data has it.
	Key  string
	From string
	// Alias is one more than the index of the client's alias that Key stands for; 0
	// where Key is what the client sees.
	Alias int
	// If is one more than the index of the condition under which the field is
	// there, Unless of the one under which it is not, because it came before; 0
	// means always, and never.
	If, Unless int
	// Label is the key as it stands before its value: "key":
	Label string
	// On are the concrete types that have the field of a representation; empty
	// means all.
	On    []string
	Value *Node

	when when // while the plan is made
}

// label is how a response key stands before its value.
func label(key string) string { return `"` + key + `":` } // a name needs no escapes

// Single tells whether an object can be of one type alone.
func (n *Node) Single() bool { return len(n.Cases) == 1 && len(n.Cases[0].On) == 1 }

// Needs tells whether the plan itself reads what stands at the end of a path
// below some object: for a representation, or for a context. Indices of lists in
// the path are passed over.
func (p *Plan) Needs(path []any) bool {
	found := false
	p.Each(func(f *Fetch) {
		for _, c := range f.Contexts {
			found = found || read(c.Fields, path)
		}
		if f.Entity != nil {
			found = found || read(f.Entity.Representation.Fields, path)
		}
	})
	return found
}

// read tells whether fields of a representation are, or hold, what stands at the
// end of a path.
func read(fields []Field, path []any) bool {
	for len(path) > 0 {
		if _, isKey := path[0].(string); isKey {
			break
		}
		path = path[1:]
	}
	if len(path) == 0 {
		return true
	}
	return slices.ContainsFunc(fields, func(f Field) bool {
		if f.From != path[0] {
			return false
		}
		n := f.Value
		for n.Kind == List {
			n = n.Item
		}
		return n.Kind != Object || read(n.Fields, path[1:])
	})
}
