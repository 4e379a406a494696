package shop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Server answers the operations that gateways send to one subgraph. It does not
// validate them, and remembers what it has parsed.
type Server struct {
	store *store
	pause func() time.Duration
	docs  sync.Map
}

// NewServer makes a server that takes as long for each answer as pause says.
func NewServer(pause func() time.Duration) *Server { return &Server{store: newStore(), pause: pause} }

type request struct {
	Query     string
	Variables map[string]json.RawMessage
}

// ServeHTTP answers a POST.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if pause := s.pause(); pause > 0 {
		time.Sleep(pause)
	}
	answer, err := s.Answer(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer)
}

// Answer executes a request.
func (s *Server) Answer(body []byte) ([]byte, error) {
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	doc, err := s.parse(r.Query)
	if err != nil {
		return nil, err
	}
	x := execution{store: s.store, doc: doc, request: r, out: make([]byte, 0, 16<<10)}
	x.out = append(x.out, `{"data":{`...)
	first := true
	x.fields(doc.Operations[0].SelectionSet, "Query", &first, func(f *ast.Field) { x.root(f) })
	return append(x.out, "}}"...), x.err
}

func (s *Server) parse(query string) (*ast.QueryDocument, error) {
	if doc, ok := s.docs.Load(query); ok {
		return doc.(*ast.QueryDocument), nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil, fmt.Errorf("parse query: %w", err)
	}
	s.docs.Store(query, doc)
	return doc, nil
}

// execution writes one answer.
type execution struct {
	store *store
	doc   *ast.QueryDocument
	request
	out []byte
	err error
}

// fields writes the fields of a selection, once for each response key that the
// gateways send.
func (x *execution) fields(set ast.SelectionSet, typeName string, first *bool, write func(*ast.Field)) {
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			if !*first {
				x.out = append(x.out, ',')
			}
			*first = false
			x.out = append(strconv.AppendQuote(x.out, sel.Alias), ':')
			write(sel)
		case *ast.InlineFragment:
			if sel.TypeCondition == "" || sel.TypeCondition == typeName {
				x.fields(sel.SelectionSet, typeName, first, write)
			}
		case *ast.FragmentSpread:
			if f := x.doc.Fragments.ForName(sel.Name); f.TypeCondition == typeName {
				x.fields(f.SelectionSet, typeName, first, write)
			}
		}
	}
}

func (x *execution) root(f *ast.Field) {
	switch f.Name {
	case "__typename":
		x.out = append(x.out, `"Query"`...)
	case "_entities":
		x.entities(f)
	case "me":
		x.object(f.SelectionSet, x.store.roots["me"][0], nil)
	default:
		list := x.store.roots[f.Name]
		if f.Name == "topProducts" {
			list = list[:min(len(list), x.first(f))]
		}
		x.list(f.SelectionSet, list)
	}
}

func (x *execution) first(f *ast.Field) int {
	n := 5
	if a := f.Arguments.ForName("first"); a != nil {
		raw := []byte(a.Value.Raw)
		if a.Value.Kind == ast.Variable {
			raw = x.Variables[a.Value.Raw]
		}
		if len(raw) > 0 {
			_ = json.Unmarshal(raw, &n)
		}
	}
	return n
}

type representation struct {
	Typename string `json:"__typename"`
	ID, UPC  string
	Price    int
	Weight   int
}

func (x *execution) entities(f *ast.Field) {
	var representations []representation
	if err := json.Unmarshal(x.Variables[f.Arguments.ForName("representations").Value.Raw], &representations); err != nil {
		x.err = fmt.Errorf("read representations: %w", err)
		return
	}
	x.out = append(x.out, '[')
	for i := range representations {
		r := &representations[i]
		if i > 0 {
			x.out = append(x.out, ',')
		}
		x.object(f.SelectionSet, x.store.entities[r.Typename+" "+r.ID+r.UPC], r)
	}
	x.out = append(x.out, ']')
}

func (x *execution) list(set ast.SelectionSet, list []*object) {
	x.out = append(x.out, '[')
	for i, o := range list {
		if i > 0 {
			x.out = append(x.out, ',')
		}
		x.object(set, o, nil)
	}
	x.out = append(x.out, ']')
}

func (x *execution) object(set ast.SelectionSet, o *object, r *representation) {
	if o == nil {
		x.out = append(x.out, "null"...)
		return
	}
	x.out = append(x.out, '{')
	first := true
	x.fields(set, o.typeName, &first, func(f *ast.Field) { x.value(f, o, r) })
	x.out = append(x.out, '}')
}

func (x *execution) value(f *ast.Field, o *object, r *representation) {
	switch {
	case f.Name == "__typename":
		x.out = strconv.AppendQuote(x.out, o.typeName)
		return
	case f.Name == "shippingEstimate" && r != nil:
		x.out = strconv.AppendInt(x.out, int64(shipping(r.Price, r.Weight)), 10)
		return
	}
	switch v := o.fields[f.Name].(type) {
	case string:
		x.out = strconv.AppendQuote(x.out, v)
	case int:
		x.out = strconv.AppendInt(x.out, int64(v), 10)
	case bool:
		x.out = strconv.AppendBool(x.out, v)
	case *object:
		x.object(f.SelectionSet, v, nil)
	case []*object:
		x.list(f.SelectionSet, v)
	default:
		x.out = append(x.out, "null"...)
	}
}
