package execute_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"heddle/router/execute"
	"heddle/router/operation"
)

// TestExecute_orders_share_a_plan_and_no_answer: what differs in the order of
// fields alone has one plan, and each client its own order, though they ask at
// once, and when they ask again.
func TestExecute_orders_share_a_plan_and_no_answer(t *testing.T) {
	t.Parallel()
	orders := []struct{ query, data string }{
		{`{ item { id text __typename } all: items { id text } }`, `{"item":{"id":"7","text":"words","__typename":"Item"},"all":[{"id":"1","text":"a"}]}`},
		{`{ all: items { text id } item { __typename text id } }`, `{"all":[{"text":"a","id":"1"}],"item":{"__typename":"Item","text":"words","id":"7"}}`},
		{`{ item { text } ...A item { id } } fragment A on Query { all: items { text } item { __typename } all: items { id } }`, `{"item":{"text":"words","__typename":"Item","id":"7"},"all":[{"text":"a","id":"1"}]}`},
	}
	for _, again := range []int{1, 3} {
		var asked sync.WaitGroup
		asked.Add(1)
		g := wide(t, execute.Options{}, false, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			asked.Wait()
			_, _ = io.WriteString(w, `{"data":{"item":{"id":"7","__typename":"Item","text":"words"},"_0":[{"id":"1","text":"a"}]}}`)
		})
		var wait sync.WaitGroup
		for i := range 3 * len(orders) {
			order := orders[i%len(orders)]
			wait.Go(func() {
				for range again {
					p, err := g.Prepare(context.Background(), operation.Request{Query: order.query})
					if err != nil {
						t.Error(err)
						return
					}
					body, err := g.Execute(context.Background(), p, nil)
					if want := fmt.Sprintf(`{"data":%s}`, order.data); string(body) != want || err != nil {
						t.Errorf("got %s, %v; want %s", body, err, want)
					}
				}
			})
		}
		asked.Done()
		wait.Wait()
		if n := g.Plans(); n != 1 {
			t.Errorf("%d plans were made for what differs in the order of fields alone", n)
		}
	}
}
