# The manual: `make` prints the targets.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

DOMAINS := $(notdir $(patsubst %/schema.graphql,%,$(wildcard subgraphs/*/schema.graphql)))
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GO      ?= go

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: playground build ## start everything in one process and print where it is
	@bin/heddle dev

.PHONY: build
build: ## build bin/heddle
	@$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/heddle ./cmd/heddle

.PHONY: playground
playground: ## build the playground's assets, if they are older than their sources
	@scripts/playground

.PHONY: needs
needs: ## install what the tests need beyond Go, and say what that is
	@scripts/needs

.PHONY: test
test: needs playground build web ## run every test: units, stores, end to end, browser
	@$(GO) vet ./...
	@$(GO) build -C tools -o ../bin/gotestsum gotest.tools/gotestsum
	@scripts/with-stores bin/gotestsum --format pkgname --format-hide-empty-pkg -- -timeout 15m ./...

.PHONY: web
web: ## install the npm workspace and run its own tests
	@scripts/web

.PHONY: bench
bench: build ## measure, each figure beside its peer or limit
	@bench/run

.PHONY: generate
generate: ## generate the domains' code, compose the supergraph, list the events
	@$(MAKE) --no-print-directory $(DOMAINS:%=generate-%)
	@$(MAKE) --no-print-directory compose
	@$(GO) run ./internal/eventsgen

generate-%:
	@$(GO) run ./internal/subgraphgen $* 2>&1 | { grep -v -e 'adding resolver method' -e 'is incompatible with' || true; }

.PHONY: compose
compose: ## compose our own domains into supergraph.graphql
	@$(GO) run ./cmd/heddle compose --out supergraph.graphql

.PHONY: verify
verify: ## fail if any generated file is stale
	@scripts/verify

.PHONY: lint
lint: ## go vet, staticcheck and the linters of .golangci.yml
	@scripts/lint

.PHONY: clean
clean: ## remove what was built; keeps .heddle, the data
	@rm -rf bin router/serve/playground/dist/assets router/serve/playground/dist/*.html
