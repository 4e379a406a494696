//go:build tools

// Package tools pins the linters and the test runner, apart from what the
// product depends on.
package tools

import (
	_ "github.com/golangci/golangci-lint/v2/cmd/golangci-lint" // many linters in one run over one load of the packages
	_ "gotest.tools/gotestsum"                                 // go test, with the reason of each skipped test at its end
	_ "honnef.co/go/tools/cmd/staticcheck"                     // the one that is asked for by name
)
