# run · dev · test · bench. Each says what it does and installs what it needs (scripts/tools).
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.tools/node_modules/.bin:$(PATH)
export CARGO_TERM_COLOR ?= auto

PROGRAM := target/release/bellhop
LEPTOS := cargo leptos
SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard app src style public migrations Cargo.toml Cargo.lock rust-toolchain.toml 2>/dev/null || find app src style public migrations Cargo.toml Cargo.lock rust-toolchain.toml -type f))

.PHONY: help run build dev test lint unit end2end bench deny tools clean

help: ## This list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: build ## Build, load the demo into an empty database, serve on 127.0.0.1:3000
	@exec ./$(PROGRAM) serve --demo

build: target/release/.built ## The server and the front end, for release

target/release/.built: $(SOURCES)
	@echo 'Tools'
	@scripts/tools
	@echo 'Building (the first time some minutes)'
	@mkdir -p $(@D) && touch $@.begun # what is edited while it builds is newer than the build
	$(LEPTOS) build --release --split --precompress
	@mv $@.begun $@

dev: tools ## Rebuild and reload on every change
	@rm -f target/release/.built # its front end takes the place of the release's
	$(LEPTOS) watch --split -- serve --demo

tools:
	@echo 'Tools'
	@scripts/tools

test: lint unit build end2end ## Everything CI runs

lint: tools ## Format and clippy, warnings denied, on the server's and the browser's side
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --lib --package bellhop --package app --target wasm32-unknown-unknown --no-default-features --features hydrate,app/hydrate --locked -- -D warnings

unit: ## Unit tests and tests of the real server
	@if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --workspace --features app/ssr --locked; \
	else \
	  cargo test --workspace --features app/ssr --locked; \
	fi

end2end: build ## The story in real browsers
	@scripts/browser-tools
	@cd end2end && { [ -d node_modules ] || npm ci --no-audit --no-fund; }
	cd end2end && BROWSER="$$(../scripts/browser)" npx playwright test

bench: build ## Load, memory and page weight; writes what docs/performance.md quotes
	cargo bench --bench load --locked

deny: ## Licences, bans and advisories of all dependencies
	cargo deny check

clean:
	cargo clean
