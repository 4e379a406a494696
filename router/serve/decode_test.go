package serve

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"
)

// Whatever a client sends is read or refused, and what is read is well formed.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{ a }","variables":{"b":1},"operationName":"c","extensions":{}}`, `{"query":null}`, `[]`, `[{}]`, ` {"query":"\ud800"}`,
		"{\"query\":\"\xff\"}", `{"query":"a","query":1}`, `null`, `1`, ``, `{`, `{"variables": {"a":` + "\t" + `1}, "query":"a"}`,
		`query=%7Ba%7D&variables=%7B%7D`, `query=a&query=b`, `variables=[`, `query=%`, `query=a;b`, `extensions=%7b%22a%22:%22%ff%22}&query=a`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		fromBody, err := decodeBody(input)
		checkDecoded(t, fromBody.Query, fromBody.Variables, fromBody.Extensions, err)
		fromURL, err := decodeURL(&url.URL{RawQuery: string(input)})
		checkDecoded(t, fromURL.Query, fromURL.Variables, fromURL.Extensions, err)
	})
}

func checkDecoded(t *testing.T, query string, variables, extensions json.RawMessage, err error) {
	t.Helper()
	if err != nil {
		if !errors.As(err, new(*refusal)) {
			t.Errorf("an error that is no refusal: %v", err)
		}
		return
	}
	if query == "" {
		t.Error("a request without a query was read")
	}
	for _, raw := range []json.RawMessage{variables, extensions} {
		if raw != nil && json.Unmarshal(raw, &map[string]any{}) != nil {
			t.Errorf("read as an object: %s", raw)
		}
	}
}
