package subgraphtest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const accessSDL = `
type Query { thing(id: ID!): Thing }
type Mutation { make: Thing }
type Thing @key(fields: "id") { id: ID! colour: String "Only for its owner." price: Int }
type User @key(fields: "id", resolvable: false) { id: ID! }
extend type Query { more: Thing }`

func TestAccess_lacks(t *testing.T) {
	t.Parallel()
	ask := func(string) (string, Variables) { return "", nil }
	table, err := readAccess(`
                    owner  nobody
# what is asked
Query.thing         yes    UNAUTHENTICATED
Query.thing: gone   null   UNAUTHENTICATED  # another situation
Mutation.make       yes    UNAUTHENTICATED
Thing.price         yes    null
Query.other         yes    yes`)
	if err != nil {
		t.Fatal(err)
	}
	got := table.lacks(Access{
		SDL:    accessSDL,
		Askers: map[string]Person{"owner": {}, "stranger": {}},
		Asks:   map[string]Ask{"Query.thing": ask, "Query.thing: gone": ask, "Mutation.make": ask, "Thing.price": ask, "Thing": ask},
	})
	want := []string{
		`The test does not know the asker "nobody".`,
		`There is no column for the asker "stranger".`,
		`The test does not ask row "Query.other".`,
		`There is no row "Thing".`,
		`There is no row for Thing.`,
		`There is no row for Query.more.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it lacks (-want +got):\n%s", diff)
	}
}

func TestReadAccess_refused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a  b\nQuery.x  yes":                        `row "Query.x" has 1 answers, want one for each of the 2 askers`,
		"a\nQuery.x  yes\nQuery.x  FORBIDDEN # but": `row "Query.x" is there twice`,
	} {
		if _, err := readAccess(text); err == nil || err.Error() != want {
			t.Errorf("%q gave %v, want %s", text, err, want)
		}
	}
}

func TestValueOf(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"thing":{"id":"1"}}`:                 "yes",
		`{"thing":null}`:                       "null",
		`{"thing":{"price":null}}`:             "null",
		`{"things":{"edges":[]}}`:              "none",
		`{"things":{"edges":[{"node":null}]}}`: "null",
		`{"things":[{"id":1},null]}`:           "yes",
		`{"open":false}`:                       "yes",
		`null`:                                 "null",
	} {
		if got := valueOf(json.RawMessage(data)); got != want {
			t.Errorf("%s is %s, want %s", data, got, want)
		}
	}
}
