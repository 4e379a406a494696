package execute

import (
	"fmt"
	"strings"
	"testing"
)

// TestReadAnswer_the_same_object_at_one_place is one value; at another place it
// is another, and so is another object.
func TestReadAnswer_the_same_object_at_one_place(t *testing.T) {
	t.Parallel()
	a := new(arena)
	root, err := readAnswer(a, []byte(`{"list":[{"p":{"id":1}},{"p":{"id":1}},{"p":{"id":12}}],"p":{"id":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	list := root.get("list").items
	one, two, three, elsewhere := list[0], list[1], list[2], root.get("p")
	switch {
	case one != two || !one.shared || !one.get("p").shared:
		t.Error("the same objects in a list are two values")
	case one == three || one.get("p") == three.get("p") || three.shared:
		t.Error("another object is the same value")
	case elsewhere == one.get("p") || elsewhere.shared:
		t.Error("an object at another place is the same value")
	}
}

// TestReadAnswer_reads_as_JSON holds it against the reader that remembers
// nothing, also where a place has more objects than it remembers, keys change
// their order, and a text begins like another.
func TestReadAnswer_reads_as_JSON(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 3 * (remembered + patience) {
		fmt.Fprintf(&many, `{"id":%d,"of":{"n":%d}},`, i%(2*remembered), i%7)
	}
	for name, text := range map[string]string{
		"many":          `[` + strings.TrimSuffix(many.String(), ",") + `]`,
		"another order": `[{"a":1,"b":{"c":1}},{"b":{"c":1},"a":1},{"a":1,"b":{"c":1}}]`,
		"escaped keys":  `[{"a\"b":{"c":1},"a":2},{"a\"b":{"c":1},"a":2}]`,
		"spaces":        `[ { "a" : { "b" : 1 } } , { "a":{"b":1}} , { "a" : { "b" : 1 } } ]`,
		"empty":         `[{},{},{"":{}},{"":{}}]`,
		"broken":        `[{"a":{"b":1}},{"a":{"b":1}]`,
		"cut":           `[{"a":{"b":1}},{"a":{"b":1`,
		"no colon":      `[{"a":1},{"a" 1}]`,
	} {
		want, wantErr := readJSON(new(arena), []byte(text))
		a := new(arena)
		for range 2 { // the second time in room that was used
			got, err := readAnswer(a, []byte(text))
			if (err == nil) != (wantErr == nil) {
				t.Errorf("%s: got %v, want %v", name, err, wantErr)
			} else if err == nil && string(got.append(nil)) != string(want.append(nil)) {
				t.Errorf("%s: got %s, want %s", name, got.append(nil), want.append(nil))
			}
			a.forget()
		}
	}
}
