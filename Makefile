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

# How often the tests that break things do so in "make soak": see internal/soak.
SOAK := HEDDLE_EVENTS_ROUNDS=200 HEDDLE_NOTIFICATIONS_CRASHES=200 HEDDLE_TEST_IMPORT_CRASHES=200 \
	HEDDLE_CODE_EDITS=6000 HEDDLE_YJS_SCENARIOS=2000 HEDDLE_TEST_SWAPS=100 HEDDLE_TRIPLES=20000
BREAKING := [Kk]illed|again_and_again|three_times|survives|Fault|Crash|Apart|Swap_under_load|Differential|beside_Yjs|splits_pairs
SOAKED := ./internal/events ./subgraphs/notifications ./subgraphs/students ./subgraphs ./router ./router/differential ./internal/yjs ./cmd/heddle

.PHONY: soak
soak: needs playground build web ## break things hundreds of times, and try 20,000 requests at random: an hour or two
	@$(SOAK) scripts/with-stores $(GO) test -timeout 4h -p 1 -v -run '$(BREAKING)' $(SOAKED)

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
