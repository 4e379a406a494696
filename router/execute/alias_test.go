package execute_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"heddle/router/execute"
	"heddle/router/operation"
)

// TestExecute_aliases_share_a_plan_and_no_answer: what differs in aliases alone
// has one plan, and each client its own keys, though they ask at once.
func TestExecute_aliases_share_a_plan_and_no_answer(t *testing.T) {
	t.Parallel()
	const clients = 8
	var asked sync.WaitGroup
	asked.Add(1)
	g := wide(t, execute.Options{}, false, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked.Wait()
		_, _ = io.WriteString(w, answerUnder(string(body)))
	})
	var wait sync.WaitGroup
	for i := range clients {
		key := fmt.Sprintf("item%d", i%4)
		wait.Go(func() {
			p, err := g.Prepare(context.Background(), operation.Request{Query: fmt.Sprintf(`{ %s: item { id: text text: id } }`, key)})
			if err != nil {
				t.Error(err)
				return
			}
			body, err := g.Execute(context.Background(), p, nil)
			if want := fmt.Sprintf(`{"data":{%q:{"id":"words","text":"7"}}}`, key); string(body) != want || err != nil {
				t.Errorf("got %s, %v; want %s", body, err, want)
			}
		})
	}
	asked.Done()
	wait.Wait()
	if n := g.Plans(); n != 1 {
		t.Errorf("%d plans were made for what differs in aliases alone", n)
	}
}

// answerUnder answers { item { text id } } under the keys that it is asked with.
func answerUnder(body string) string {
	query := strings.NewReplacer("{", " ", "}", " ", `"`, " ").Replace(body)
	under := map[string]string{}
	words := strings.Fields(query)
	for i, word := range words {
		if key, ok := strings.CutSuffix(word, ":"); ok && i+1 < len(words) {
			under[words[i+1]] = key
		}
	}
	return fmt.Sprintf(`{"data":{%q:{%q:"words",%q:"7"}}}`, under["item"], under["text"], under["id"])
}

// TestExecute_errors_stand_at_the_clients_keys: those of a subgraph, and ours.
func TestExecute_errors_stand_at_the_clients_keys(t *testing.T) {
	t.Parallel()
	g := wide(t, execute.Options{}, false, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"data":{"_0":[{"_1":"1","_2":"a"},{"_1":"2","_2":null},{"_1":"3","_2":"c"}]},"errors":[{"message":"Gone.","path":["_0",1,"_2"]}]}`)
	})
	want := `{"data":null,"errors":[{"message":"Gone.","path":["all",1,"items"],"extensions":{"code":"SUBGRAPH_ERROR"}}]}`
	if got := whole(t, g, `{ all: items { key: id items: text } }`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
