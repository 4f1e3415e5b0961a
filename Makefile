# Everything people and CI run, in one place: `make help` lists it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GO ?= go
BUILD := build
BIN := $(BUILD)/bin
COMMANDS := $(patsubst cmd/%/,%,$(wildcard cmd/*/))

# One set of tags for build, test and lint: one build cache.
#   netgo             name resolution in Go
#   libsecp256k1_sdk  signature checks in C, 2.3 times faster
#   pebbledb          allows CometBFT's databases to be pebble
TAGS := netgo,libsecp256k1_sdk,pebbledb

VERSION := $(patsubst v%,%,$(shell git describe --tags --match 'v*' --dirty 2>/dev/null || echo 0.0.0-dev))
COMMIT := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)

# The wasm VM is a shared library. The linker records where the module cache has
# it; beside the binary and in ../lib are looked at as well, for shipped binaries.
LDFLAGS = -X github.com/cosmos/cosmos-sdk/version.Name=meshchain \
	-X github.com/cosmos/cosmos-sdk/version.AppName=meshchaind \
	-X github.com/cosmos/cosmos-sdk/version.Version=$(VERSION) \
	-X github.com/cosmos/cosmos-sdk/version.Commit=$(COMMIT) \
	-X github.com/cosmos/cosmos-sdk/version.BuildTags=$(TAGS) \
	-extldflags=-Wl,-rpath,\$$ORIGIN:\$$ORIGIN/../lib

# Where `make install` puts things; PREFIX=/usr/local gives bin/ and lib/ below it.
ifdef PREFIX
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
else
BINDIR ?= $(or $(shell $(GO) env GOBIN 2>/dev/null),$(shell $(GO) env GOPATH 2>/dev/null)/bin)
LIBDIR ?= $(BINDIR)
endif

TEST_TIMEOUT ?= 20m
FUZZTIME ?= 30s
PKG ?= ./...

##@ Build and run

.PHONY: build
build: toolchain ## Build every command under cmd/ into build/
	mkdir -p $(BUILD)
	$(GO) build -mod=readonly -tags $(TAGS) -ldflags "$(LDFLAGS)" -o $(BUILD)/ $(patsubst %/,./%,$(wildcard cmd/*/))

.PHONY: release
release: toolchain ## Build reproducibly and pack binaries and the wasm library into build/release/
	VERSION="$(VERSION)" TAGS="$(TAGS)" LDFLAGS="$(LDFLAGS)" scripts/release.sh $(COMMANDS)

.PHONY: demo
demo: build ## Run main chain, farm and orchard with devices, certificates and payments (ARGS="--rows 50 --keep")
	$(BUILD)/meshchaind demo farm $(ARGS)

.PHONY: install
install: build ## Install binaries and the wasm library (PREFIX=/usr/local, default: Go's bin folder)
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(LIBDIR)"
	install -m 0755 $(COMMANDS:%=$(BUILD)/%) "$(DESTDIR)$(BINDIR)"
	install -m 0644 "$$(scripts/wasmlib.sh)" "$(DESTDIR)$(LIBDIR)"

.PHONY: clean
clean: ## Remove everything that was built or generated into build/
	rm -rf $(BUILD)

##@ Check

.PHONY: test
test: build ## Run all tests (PKG=./x/... for some), those with real processes included
	MESHCHAIND_BIN="$(CURDIR)/$(BUILD)/meshchaind" PHOTOND_BIN="$(CURDIR)/$(BUILD)/photond" \
		$(GO) test -mod=readonly -tags $(TAGS) -timeout $(TEST_TIMEOUT) $(PKG)

.PHONY: test-short
test-short: toolchain ## Run the tests that need neither processes nor minutes
	$(GO) test -mod=readonly -tags $(TAGS) -short -timeout 5m $(PKG)

.PHONY: test-netns
test-netns: build ## Run the tests that need network namespaces: root and the ip command
	MESHCHAIND_BIN="$(CURDIR)/$(BUILD)/meshchaind" PHOTOND_BIN="$(CURDIR)/$(BUILD)/photond" \
		$(GO) test -mod=readonly -tags $(TAGS),namespaces -timeout 5m -run '^TestOffline$$' ./cmd/photond

.PHONY: fuzz
fuzz: toolchain ## Fuzz every fuzz target for FUZZTIME (default 30s) each
	FUZZTIME=$(FUZZTIME) TAGS=$(TAGS) scripts/fuzz.sh

.PHONY: did-suite
did-suite: ## Run w3c/did-test-suite on what our nodes answer (DID_SUITE=checkout; needs npm)
	scripts/did-suite.sh $(ARGS)

.PHONY: lint
lint: toolchain $(BIN)/golangci-lint ## Run the linters, and the vulnerability check where its database can be reached
	$(BIN)/golangci-lint run ./...
	TAGS=$(TAGS) scripts/vulncheck.sh

.PHONY: fmt
fmt: toolchain $(BIN)/golangci-lint ## Format the Go code as the linters want it
	$(BIN)/golangci-lint fmt ./...

.PHONY: bench
bench: build $(BIN)/wasmd bench-relay bench-photon ## Run the Go benchmarks, then our node and relayer against others in turn (ARGS="--txs 50000")
	$(GO) test -mod=readonly -tags $(TAGS) -run '^$$' -bench . -benchmem $(PKG) | { grep -vE '^(ok|PASS|\?)' || true; }
	$(GO) run -mod=readonly -tags $(TAGS) ./scripts/bench rate $(ARGS)

.PHONY: bench-relay
bench-relay: build $(BIN)/rly ## Compare our relayer with cosmos/relayer on the same two chains
	$(GO) run -mod=readonly -tags $(TAGS) ./scripts/bench relay

.PHONY: bench-photon
bench-photon: build ## Compare payments of photond with those of go-perun (ARGS="--payments 10000000")
	$(GO) run -mod=readonly -tags $(TAGS) ./scripts/bench photon $(ARGS)

.PHONY: soak
soak: build ## Pay at full rate for 10 minutes: memory, disk and rate must stay (ARGS="--minutes 60")
	build/meshload photon soak $(ARGS)

.PHONY: chaos
chaos: build ## Kill and cut chains and relayer at random for 3 minutes; no packet may be lost (ARGS="--seed 7")
	scripts/chaos.sh $(ARGS)

.PHONY: bench-idle
bench-idle: build ## Watch memory and disk of an idle zone node for 10 minutes (ARGS="--block-time 1s")
	$(GO) run -mod=readonly -tags $(TAGS) ./scripts/bench idle $(ARGS)

# The measure of `make bench`: wasmd as upstream builds it, without our tags.
$(BIN)/wasmd: go.mod go.sum
	mkdir -p $(BIN)
	$(GO) build -mod=readonly -tags netgo -o $@ github.com/CosmWasm/wasmd/cmd/wasmd

# The measure of `make bench-relay`, which the project does not depend on.
$(BIN)/rly: tools/relayer/go.mod tools/relayer/go.sum
	mkdir -p $(BIN)
	cd tools/relayer && $(GO) build -mod=readonly -o "$(CURDIR)/$@" github.com/cosmos/relayer/v2

##@ Protobuf

PROTO_TOOLS := $(BIN)/buf $(BIN)/protoc-gen-gocosmos $(BIN)/protoc-gen-grpc-gateway $(BIN)/protoc-gen-openapiv2

.PHONY: proto
proto: toolchain $(PROTO_TOOLS) ## Format the .proto files, generate Go and the OpenAPI document
	scripts/protogen.sh

.PHONY: proto-check
proto-check: toolchain $(PROTO_TOOLS) ## Lint the .proto files; fail if generated code is stale or a release breaks
	scripts/protogen.sh --check

# Tools are pinned in modules of their own, so that they never move our pins.
$(PROTO_TOOLS) &: tools/go.mod tools/go.sum
	mkdir -p $(BIN)
	cd tools && GOBIN="$(CURDIR)/$(BIN)" $(GO) install tool
	touch $(PROTO_TOOLS)

$(BIN)/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	mkdir -p $(BIN)
	cd tools/lint && GOBIN="$(CURDIR)/$(BIN)" $(GO) install tool
	touch $@

##@ Help

.PHONY: toolchain
toolchain:
	@GO="$(GO)" scripts/toolchain.sh

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
