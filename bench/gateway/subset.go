package main

import (
	"regexp"
	"slices"
	"strings"

	"heddle/bench/gateway/shop"
)

// A request of the kind subset leaves some of the query's leaves out: others for
// each number, so that no plan is known.

// leaves are the fields of the query's fragments.
var leaves = map[string][]string{
	"...Product": {"inStock", "name", "price", "shippingEstimate", "upc", "weight"},
	"...User":    {"id", "username", "name"},
	"...Review":  {"id", "body"},
}

var spread = regexp.MustCompile(`\.\.\.\w+`)

const (
	// leafCount is how many leaves the query has at all its places, leftOut how
	// many a request leaves out: an object has always one that stays.
	leafCount, leftOut = 43, 5
	// subsets is how many ways there are to do that.
	subsets = 43 * 42 * 41 * 40 * 39 / (5 * 4 * 3 * 2)
)

// without is the query without some of its leaves, counted from the first.
func without(missing []int) string {
	_, operation, _ := strings.Cut(shop.Query(), "\n\n")
	at := 0
	return spread.ReplaceAllStringFunc(operation, func(fragment string) string {
		var kept []string
		for _, field := range leaves[fragment] {
			if !slices.Contains(missing, at) {
				kept = append(kept, field)
			}
			at++
		}
		return strings.Join(kept, " ")
	})
}

// subset is the n-th way to leave leaves out: all are different until each was
// there.
func subset(n int64) []int {
	const scattered = 524_287 // a prime, so that neighbours differ in more than one
	rank := n % subsets * scattered % subsets
	missing := make([]int, 0, leftOut)
	for at := 0; len(missing) < leftOut; at++ {
		if with := choose(leafCount-at-1, leftOut-len(missing)-1); rank < with {
			missing = append(missing, at)
		} else {
			rank -= with
		}
	}
	return missing
}

// choose is how many ways there are to choose k of n.
func choose(n, k int) int64 {
	ways := int64(1)
	for i := range k {
		ways = ways * int64(n-i) / int64(i+1)
	}
	return ways
}
