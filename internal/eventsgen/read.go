package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// catalogue is what the domains' sources say of events.
type catalogue struct {
	kinds    []kind
	handlers []handler
}

// kind is a declared kind of event.
type kind struct {
	domain, name, about string
	version             int
	fields              []field
}

// field is a field of an event's data.
type field struct{ name, of, about string }

// handler is a domain's handling of a type of event.
type handler struct{ domain, name string }

// read reads the sources of all domains in the folder.
func read(folder string) (catalogue, error) {
	var found catalogue
	domains, err := os.ReadDir(folder)
	if err != nil {
		return found, err
	}
	for _, d := range domains {
		if !d.IsDir() {
			continue
		}
		if err := found.domain(d.Name(), filepath.Join(folder, d.Name())); err != nil {
			return found, err
		}
	}
	return found, nil
}

// source is the parsed package of a domain.
type source struct {
	domain  string
	files   *token.FileSet
	structs map[string]*ast.StructType
	names   map[string]string // of declared events, by variable
	found   *catalogue
	errs    []error
}

func (c *catalogue) domain(name, folder string) error {
	s := source{domain: name, files: token.NewFileSet(), structs: map[string]*ast.StructType{}, names: map[string]string{}, found: c}
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return err
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.files, path, nil, parser.ParseComments)
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken away since
		}
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	for _, file := range files {
		ast.Inspect(file, s.learn)
	}
	for _, file := range files {
		ast.Inspect(file, s.visit)
	}
	return errors.Join(s.errs...)
}

// learn notes what later declarations refer to: structs, and the variables that
// hold kinds of events.
func (s *source) learn(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.TypeSpec:
		if of, ok := n.Type.(*ast.StructType); ok {
			s.structs[n.Name.Name] = of
		}
	case *ast.ValueSpec:
		for i, value := range n.Values {
			call, ok := value.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 || i >= len(n.Names) {
				continue
			}
			if index, ok := call.Fun.(*ast.IndexExpr); ok && isOf(index.X, "Declare") {
				s.names[n.Names[i].Name], _ = text(call.Args[0])
			}
		}
	}
	return true
}

func (s *source) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if index, ok := n.Fun.(*ast.IndexExpr); ok && isOf(index.X, "Declare") {
			s.declaration(n, index.Index)
		}
	case *ast.CompositeLit:
		if m, ok := n.Type.(*ast.MapType); ok && (isOf(m.Value, "Handler") || isOf(m.Value, "RepeatableHandler") || isOf(m.Value, "DocumentHandler")) {
			s.handling(n)
		}
	case *ast.AssignStmt: // handlers["user.deleted"] = …
		for _, left := range n.Lhs {
			if index, ok := left.(*ast.IndexExpr); ok {
				if name, ok := index.X.(*ast.Ident); ok && name.Name == "handlers" {
					s.listens(index.Index)
				}
			}
		}
	}
	return true
}

// isOf tells whether the expression is events.<name>.
func isOf(e ast.Expr, name string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	of, ok := selector.X.(*ast.Ident)
	return ok && of.Name == "events"
}

// declaration reads events.Declare[T]("name", version, "about").
func (s *source) declaration(call *ast.CallExpr, data ast.Expr) {
	if len(call.Args) != 3 {
		return // the compiler says so too
	}
	name, okName := text(call.Args[0])
	version, err := strconv.Atoi(s.source(call.Args[1]))
	about, okAbout := text(call.Args[2])
	if !okName || err != nil || !okAbout {
		s.fail(call, "an event is declared with its name, version and description written out")
		return
	}
	k := kind{domain: s.domain, name: name, version: version, about: about}
	switch of := data.(type) {
	case *ast.Ident:
		k.fields = s.fields(of)
	case *ast.StructType:
		k.fields = s.fieldsOf(of)
	default: // events.Nothing
	}
	s.found.kinds = append(s.found.kinds, k)
}

func (s *source) fields(of *ast.Ident) []field {
	fields, ok := s.structs[of.Name]
	if !ok {
		s.fail(of, "the data of an event is a struct of its own domain, not "+of.Name)
		return nil
	}
	return s.fieldsOf(fields)
}

func (s *source) fieldsOf(of *ast.StructType) []field {
	var fields []field
	for _, f := range of.Fields.List {
		about := f.Comment.Text()
		if doc := f.Doc.Text(); doc != "" {
			about = doc
		}
		for _, name := range f.Names {
			shown := name.Name
			if f.Tag != nil {
				raw, _ := strconv.Unquote(f.Tag.Value)
				if tag, _, _ := strings.Cut(reflect.StructTag(raw).Get("json"), ","); tag != "" {
					shown = tag
				}
			}
			fields = append(fields, field{shown, s.source(f.Type), strings.Join(strings.Fields(about), " ")})
		}
	}
	return fields
}

func (s *source) handling(literal *ast.CompositeLit) {
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			s.listens(pair.Key)
		}
	}
}

func (s *source) listens(to ast.Expr) {
	name, ok := s.typeOf(to)
	if !ok {
		s.fail(to, "the type of event that a handler is for is written out, or the Name() of a declared one")
		return
	}
	s.found.handlers = append(s.found.handlers, handler{s.domain, name})
}

// typeOf is the type of event that is written out, or named by a declaration:
// "user.deleted" or userDeleted.Name().
func (s *source) typeOf(e ast.Expr) (string, bool) {
	if call, ok := e.(*ast.CallExpr); ok {
		if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Name" {
			if of, ok := selector.X.(*ast.Ident); ok {
				name, known := s.names[of.Name]
				return name, known
			}
		}
	}
	return text(e)
}

func (s *source) fail(at ast.Node, what string) {
	s.errs = append(s.errs, fmt.Errorf("%s: %s", s.files.Position(at.Pos()), what))
}

// source is the expression as it is written.
func (s *source) source(e ast.Expr) string {
	var b strings.Builder
	if err := printer.Fprint(&b, s.files, e); err != nil {
		s.errs = append(s.errs, err)
	}
	return b.String()
}

// text is the value of a string literal, or of several that are added.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		value, err := strconv.Unquote(e.Value)
		return value, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, okLeft := text(e.X)
		right, okRight := text(e.Y)
		return left + right, e.Op == token.ADD && okLeft && okRight
	}
	return "", false
}
