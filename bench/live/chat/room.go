package chat

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// room is the subgraph chat.
type room struct {
	docs sync.Map // text to *ast.OperationDefinition

	mu        sync.Mutex
	said      int
	listeners map[listener]struct{}
}

// listener is one subscription. tell is called with the room's lock held, so
// that all hear the same in the same order.
type listener interface {
	operation() *ast.OperationDefinition
	tell(payload []byte)
}

type request struct {
	Query     string                     `json:"query"`
	Variables map[string]json.RawMessage `json:"variables"`
}

func (m *room) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if websocket.IsWebSocketUpgrade(r) {
		m.socket(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	var asked request
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	op, err := m.parse(asked.Query)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case op.Operation == ast.Subscription:
		m.stream(w, r, op)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(m.answer(op, asked.Variables))
	}
}

// parse gives the one operation of a document.
func (m *room) parse(query string) (*ast.OperationDefinition, error) {
	if op, known := m.docs.Load(query); known {
		return op.(*ast.OperationDefinition), nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil, fmt.Errorf("parse %q: %w", query, err)
	}
	if len(doc.Operations) != 1 || len(doc.Fragments) > 0 {
		return nil, fmt.Errorf("%q is not one operation without fragments", query)
	}
	m.docs.Store(query, doc.Operations[0])
	return doc.Operations[0], nil
}

// answer runs a query or a mutation.
func (m *room) answer(op *ast.OperationDefinition, variables map[string]json.RawMessage) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return payload(op, func(f *ast.Field) string {
		switch f.Name {
		case "say":
			return shape(f.SelectionSet, m.say(textOf(f, variables)))
		case "said":
			return strconv.Itoa(m.said)
		}
		return strconv.Quote(strings.ToUpper(string(op.Operation[:1])) + string(op.Operation[1:]))
	})
}

func textOf(f *ast.Field, variables map[string]json.RawMessage) (text string) {
	value := f.Arguments.ForName("text").Value
	if value.Kind == ast.Variable {
		_ = json.Unmarshal(variables[value.Raw], &text) // the router has checked that it is a string
		return text
	}
	return value.Raw
}

// say tells everybody, and returns when all have been told. Whoever asks in the
// same words gets the same bytes.
func (m *room) say(text string) message {
	m.said++
	said := message{number: m.said, text: text}
	same := map[*ast.OperationDefinition][]byte{}
	for l := range m.listeners {
		op := l.operation()
		if same[op] == nil {
			same[op] = payload(op, func(f *ast.Field) string { return shape(f.SelectionSet, said) })
		}
		l.tell(same[op])
	}
	return said
}

func (m *room) join(l listener) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listeners[l] = struct{}{}
}

func (m *room) leave(l listener) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.listeners, l)
}

type message struct {
	number int
	text   string
}

// payload writes a response.
func payload(op *ast.OperationDefinition, value func(*ast.Field) string) []byte {
	return []byte(`{"data":` + object(op.SelectionSet, value) + `}`)
}

// shape writes a message as it was asked for. Person 7 says everything.
func shape(set ast.SelectionSet, said message) string {
	return object(set, func(f *ast.Field) string {
		switch f.Name {
		case "number":
			return strconv.Itoa(said.number)
		case "text":
			return strconv.Quote(said.text)
		case "author":
			return object(f.SelectionSet, func(f *ast.Field) string {
				if f.Name == "id" {
					return `"7"`
				}
				return `"User"`
			})
		}
		return `"Message"`
	})
}

func object(set ast.SelectionSet, value func(*ast.Field) string) string {
	var out strings.Builder
	for i, selection := range set {
		f, isField := selection.(*ast.Field)
		if !isField {
			continue // routers send plain fields
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(strconv.Quote(f.Alias) + ":" + value(f))
	}
	return "{" + out.String() + "}"
}
