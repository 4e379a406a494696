package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen/config"
)

// bindAliases binds types of the schema whose Go type in the domain's folder is
// another name of a type elsewhere ("type Student = enrolment.Student") to that
// one: gqlgen itself does not see through the name.
func bindAliases(models config.TypeMap, folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for alias, original := range aliases(file) {
			models[alias] = config.TypeMapEntry{Model: config.StringList{original}}
		}
	}
	return nil
}

// aliases are the names that a file gives to types of other packages, with these.
func aliases(file *ast.File) map[string]string {
	imports := map[string]string{}
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value) // the parser has read it
		imports[path[strings.LastIndex(path, "/")+1:]] = path
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !spec.Assign.IsValid() {
			return true
		}
		if original, ok := spec.Type.(*ast.SelectorExpr); ok {
			from, _ := original.X.(*ast.Ident)
			found[spec.Name.Name] = imports[from.Name] + "." + original.Sel.Name
		}
		return true
	})
	return found
}
