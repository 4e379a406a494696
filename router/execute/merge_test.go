package execute

import "testing"

// TestMerge_what_looks_alike_in_one_answer_and_not_in_the_next: parts of two
// things are one value in the first answer; what comes by place goes to each.
func TestMerge_what_looks_alike_in_one_answer_and_not_in_the_next(t *testing.T) {
	t.Parallel()
	x := &run{g: &Graph{}, memory: new(arena)}
	read := func(text string) *value {
		v, err := readAnswer(x.memory, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	root := read(`{"things":[{"id":1,"box":{"wide":1},"parts":[{"wide":1},{"wide":1}]},{"id":2,"box":{"wide":1},"parts":[{"wide":1},{"wide":1}]}]}`)
	more := read(`[{"box":{"high":1},"parts":[{"high":1},{"high":2}]},{"box":{"high":2},"parts":[{"high":3},{"high":4}]}]`)
	for i, thing := range root.get("things").items {
		x.merge(thing, more.items[i])
	}
	const want = `{"things":[` +
		`{"id":1,"box":{"wide":1,"high":1},"parts":[{"wide":1,"high":1},{"wide":1,"high":2}]},` +
		`{"id":2,"box":{"wide":1,"high":2},"parts":[{"wide":1,"high":3},{"wide":1,"high":4}]}]}`
	if got := string(root.append(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
