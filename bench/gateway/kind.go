package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"heddle/bench/gateway/shop"
)

// kind is a kind of requests. The n-th request is body(n); n has nine digits, so
// that the requests of a kind are equally long, as their answers are.
type kind struct {
	name, what string
	body       func(n int64) []byte
	// missing are the leaves that the n-th request leaves out, where it does: its
	// answer is shorter by what they take.
	missing func(n int64) []int
}

// The kinds. The top products are limited by a number that is larger than any
// there is, so that all answers have the same bytes (save for the alias).
const (
	same      = "same"
	variables = "variables"
	text      = "text"
	alias     = "alias"
	order     = "order"
	fields    = "fields"
)

var kinds = []kind{
	{same, "one request, repeated", func(int64) []byte { return encode(shop.Query(), nil) }, nil},
	{variables, "requests that differ in their variables", func(n int64) []byte {
		return encode(top("topProducts(first: $n) {", "query TestQuery($n: Int) {"), map[string]any{"n": n})
	}, nil},
	{text, "requests that differ in text: in a literal", func(n int64) []byte {
		return encode(top(fmt.Sprintf("topProducts(first: %d) {", n), ""), nil)
	}, nil},
	{alias, "requests that differ in text: in an alias", func(n int64) []byte {
		return encode(top(fmt.Sprintf("top%d: topProducts(first: 1000) {", n), ""), nil)
	}, nil},
	{order, "requests that differ in text: in the order of fields", func(n int64) []byte {
		return encode(reordered(n), nil)
	}, nil},
	{fields, "requests that differ in text: in which fields they select, so that each is planned from nothing", func(n int64) []byte {
		return encode(without(subset(n)), nil)
	}, subset},
}

func kindNames() names {
	var all names
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return all
}

// top is the query with another field for the top products, and another head.
func top(field, head string) string {
	query := strings.Replace(shop.Query(), "topProducts {", field, 1)
	if head != "" {
		query = strings.Replace(query, "query TestQuery {", head, 1)
	}
	return query
}

// reordered is the query with the fields of products in another order at each
// place, for each n.
func reordered(n int64) string {
	query := shop.Query()
	for strings.Contains(query, "...Product") {
		left := slices.Clone(leaves["...Product"])
		var shuffled []string
		for len(left) > 0 {
			i := int(n % int64(len(left)))
			n /= int64(len(left))
			shuffled, left = append(shuffled, left[i]), slices.Delete(left, i, i+1)
		}
		query = strings.Replace(query, "...Product", strings.Join(shuffled, " "), 1)
	}
	return strings.Replace(query, "fragment Product on Product { inStock name price shippingEstimate upc weight }\n", "", 1)
}

func encode(query string, variables map[string]any) []byte {
	body, err := json.Marshal(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables,omitempty"`
	}{query, variables})
	if err != nil {
		panic(err) // text and numbers can be encoded
	}
	return body
}
