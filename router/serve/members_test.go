package serve

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// Members are read as json.Unmarshal reads them.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"query":"{ a(b: \"c\") }\n","variables":{"b":[1,{"c":"]}"}]},"operationName":null}`,
		`{ "a" : "b\\" , "c\"" : [ [ ] , { } ] , "d" : -1.5e3 }`, `{"a":1,"a":"\\u0041"}`, `{"\u0061":"\ud83d\ude00\/"}`, `{"a":true }`, `[1]`, `"a"`, `null`, `{"a":1}x`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !utf8.Valid(text) {
			return
		}
		var want map[string]json.RawMessage
		err := json.Unmarshal(text, &want)
		got, ok := members(text)
		if ok != (err == nil && want != nil) {
			t.Fatalf("%q: ok is %t beside %v", text, ok, err)
		}
		if diff := cmp.Diff(want, got); ok && diff != "" {
			t.Errorf("%q (-json.Unmarshal +members):\n%s", text, diff)
		}
		for _, raw := range got {
			if raw[0] != '"' {
				continue
			}
			var want string
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if got, err := stringOf(raw); err != nil || got != want {
				t.Errorf("%s is read as %q, %v, want %q", raw, got, err, want)
			}
		}
	})
}
