# run · dev · check · test · bench. Each says what it does and installs what it needs (scripts/tools).
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO_BIN := $(or $(CARGO_INSTALL_ROOT),$(CARGO_HOME),$(HOME)/.cargo)/bin
# Tools of our own version first, should others of another version be installed.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.tools/node_modules/.bin:$(CARGO_BIN):$(PATH)
export CARGO_TERM_COLOR ?= auto

LEPTOS := cargo leptos
# Asked when it is needed: where rustup gets toolchains by itself, asking is a download.
TEST = $(shell cargo nextest --version >/dev/null 2>&1 && echo nextest run || echo test)
sources = $(wildcard $(shell git ls-files -co --exclude-standard $(1) 2>/dev/null || find $(1) -type f))
SHARED := domain app style Cargo.toml Cargo.lock rust-toolchain.toml
FRONT := $(call sources,browser public $(SHARED))
ALL := $(FRONT) $(call sources,src migrations)

# What is quick to build and what ships lie apart, so that neither build takes the other's files.
QUICK := target/debug
export LEPTOS_SITE_ROOT = $(QUICK)/site
quickly = BELLHOP_SITE_ROOT=$(QUICK)/site $(QUICK)/bellhop

.PHONY: help run dev build check one story test lint unit end2end world bench deny tools server clean named format

help: ## This list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: server $(QUICK)/.front ## Build quickly, load the demo into an empty database, serve on 127.0.0.1:3000
	@$(quickly) serve --demo

dev: tools ## Rebuild and reload on every change
	@rm -f $(QUICK)/.front # its files take the place of those
	BELLHOP_SITE_ROOT=$(QUICK)/site $(LEPTOS) watch --split -- serve --demo

build: target/release/.built ## What ships: target/release/bellhop, hash.txt beside it, target/site

check: format ## After each change: format, clippy, unit and store tests
	cargo clippy --all-targets --locked -- -D warnings
	cargo $(TEST) --locked --lib --bins

one: ## Tests whose name has T in it, of the real server too: make one T=claim
	cargo $(TEST) --locked $(or $(T),$(error say which: make one T=name))

story: named playwright ## One story in a real browser: make story S=guest (a file) or S="a page that" (a name)
	cd end2end && $(BROWSER) npx playwright test --workers=1 $(if $(wildcard end2end/tests/$(S).spec.ts),tests/$(S).spec.ts,-g "$(S)")

test: lint unit end2end ## Everything CI runs

lint: tools format ## Format and clippy, warnings denied, on the server's and the browser's side
	cargo clippy --all-targets --locked -- -D warnings
	CARGO_TARGET_DIR=target/front cargo clippy -p browser --target wasm32-unknown-unknown --profile wasm-quick --locked -- -D warnings

unit: ## Unit tests and tests of the real server
	@scripts/s3-server
	cargo $(TEST) --locked

end2end: playwright ## The story in real browsers
	cd end2end && $(BROWSER) npx playwright test

world: ## A hotel group's day from a random seed, checked against the rules (SEED=n: the same day again)
	BELLHOP_WORLD_SEED=$(or $(SEED),random) cargo test --locked --test server world:: -- --nocapture
	BELLHOP_RACES=1000 BELLHOP_KILLS=10 cargo test --locked --test server bidding:: -- --nocapture

bench: build ## Load, memory and page weight; writes what docs/performance.md quotes
	cargo bench --bench load --locked

deny: ## Licences, bans and advisories of all dependencies
	cargo deny check

clean: ## Remove all that was built
	cargo clean

# Where macros keep rustfmt out, a line is broken by hand.
format:
	cargo fmt --all --check
	@! LC_ALL=C.UTF-8 grep -rnE '^.{111,}' --include='*.rs' src app domain browser tests benches \
	  || { echo 'these lines are longer than 110 characters'; exit 1; }

named:
	@: $(or $(S),$(error say which: make story S=name))

tools:
	@echo 'Tools'
	@scripts/tools

# The program as the tests build it, so that nothing is compiled twice.
server: tools
	cargo build --locked

BROWSER = BROWSER="$$(../scripts/browser)" BELLHOP_PROGRAM=$(CURDIR)/$(QUICK)/bellhop
.PHONY: playwright
playwright: server $(QUICK)/.front
	@scripts/browser-tools
	@cd end2end && { [ -d node_modules ] || npm ci --no-audit --no-fund; }

# What is edited while it builds is newer than the build.
$(QUICK)/.front: $(FRONT)
	@scripts/tools
	@mkdir -p $(@D) && touch $@.begun
	$(LEPTOS) build --split --frontend-only
	@mv $@.begun $@

target/release/.built: $(ALL)
	@scripts/tools
	@mkdir -p $(@D) && touch $@.begun
	LEPTOS_SITE_ROOT=target/site $(LEPTOS) build --release --split --precompress
	@mv $@.begun $@
