// Package shop is the graph of the gateway benchmark: users, products, their
// stock and reviews in four subgraphs, with servers that cost little beside a
// gateway.
package shop

import (
	"embed"
	"fmt"

	"heddle/router/compose"
)

//go:embed *.graphql
var files embed.FS

// Names are the subgraphs.
var Names = []string{"accounts", "inventory", "products", "reviews"}

// SDL is the schema of a subgraph.
func SDL(name string) string { return read(name + ".graphql") }

// Query asks for users with reviews with products with reviews, and for top
// products: an answer of about 87 KB.
func Query() string { return read("query.graphql") }

func read(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return string(text)
}

// Supergraph composes the subgraphs; url says where each answers.
func Supergraph(url func(name string) string) (string, error) {
	var subgraphs []compose.Subgraph
	for _, name := range Names {
		subgraphs = append(subgraphs, compose.Subgraph{Name: name, URL: url(name), SDL: SDL(name), File: name + ".graphql"})
	}
	result, err := compose.Compose(subgraphs)
	if err != nil {
		return "", fmt.Errorf("compose the shop: %w", err)
	}
	return result.Supergraph, nil
}
