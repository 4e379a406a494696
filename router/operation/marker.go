package operation

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Marker is a field that is answered without a subgraph: introspection, or a
// field that the caller may not see. In the normalised text it stands as
// __typename under an alias that says all that a plan needs to know.
type Marker struct {
	// Key is the response key of the field in the normalised text.
	Key      string
	Nullable bool
	// Coordinate is the field's name in the schema, as in "User.email".
	Coordinate string
	// Local is the introspection field to answer; nil for a denied field.
	Local *ast.Field
	// Denied is the code of the error that tells of a denied field.
	Denied Code
}

const (
	reserved    = "__heddle_"
	nothing     = reserved + "nothing"
	renamed     = reserved + "as_"
	deferred    = reserved + "defer_"
	same        = reserved + "same_"
	nullableTag = "n"
	requiredTag = "r"
)

// alias is how the marker of that index is written.
func (m Marker) alias(index int) string {
	tag := requiredTag
	if m.Nullable {
		tag = nullableTag
	}
	return reserved + strconv.Itoa(index) + "_" + tag + "_" + m.Key
}

// Marked reads a marker from a response key of the normalised text.
func Marked(alias string) (index int, nullable bool, key string, ok bool) {
	rest, ok := strings.CutPrefix(alias, reserved)
	if !ok {
		return 0, false, "", false
	}
	number, rest, ok := strings.Cut(rest, "_")
	if !ok {
		return 0, false, "", false
	}
	tag, key, ok := strings.Cut(rest, "_")
	index, err := strconv.Atoi(number)
	return index, tag == nullableTag, key, ok && err == nil
}

// Plain is a key of the normalised text without what a deferred fragment adds.
func Plain(key string) string {
	if _, _, rest, ok := Deferred(key); ok {
		return rest
	}
	return key
}

// Deferred reads the key of a field that stands in a deferred fragment: the
// group of the fragment, counted from 1; the group of the deferred fragment of
// the same object around it, or 0; and the key without both.
func Deferred(key string) (group, around int, rest string, ok bool) {
	return readGroups(key, deferred)
}

// Same reads the key of a field in a deferred fragment that the object has
// without it too, under the key rest: nothing more is asked for.
func Same(key string) (group, around int, rest string, ok bool) { return readGroups(key, same) }

func readGroups(key, prefix string) (group, around int, rest string, ok bool) {
	tail, ok := strings.CutPrefix(key, prefix)
	if !ok {
		return 0, 0, "", false
	}
	first, tail, _ := strings.Cut(tail, "_")
	second, rest, ok := strings.Cut(tail, "_")
	group, err := strconv.Atoi(first)
	around, again := strconv.Atoi(second)
	return group, around, rest, ok && err == nil && again == nil
}

// inGroup is how a key is written in a deferred fragment.
func inGroup(prefix string, group, around int, key string) string {
	return prefix + strconv.Itoa(group) + "_" + strconv.Itoa(around) + "_" + key
}

// Placeholder tells whether a response key only keeps a selection from being
// empty.
func Placeholder(alias string) bool { return alias == nothing }

// Apart is another alias for a field that cannot have the response key that it
// should have, because other data stands there; n counts the attempts.
func Apart(key string, n int) string { return reserved + "apart" + strconv.Itoa(n) + "_" + key }
