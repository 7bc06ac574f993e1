# Zulauf -- thin over Meson and npm; `make help` says what there is.

DATA       ?= ./data
LISTEN     ?= 127.0.0.1:8080
PUBLIC_URL ?= http://$(LISTEN)
PHASES     ?=

# npm caches at home; where there is no home to write to (a service's user), it does so here.
ifneq ($(shell test -d "$$HOME" -a -w "$$HOME" && echo yes),yes)
export npm_config_cache = $(CURDIR)/build/npm
endif

# Two runs of apt at once lock each other out, also under -j; ninja spreads the work by itself.
.NOTPARALLEL:

SCRIPTS = $(wildcard ui/script/*.js ui/script/*/*.js ui/style/*.css)

all: build-deps bundles ## build (installs what is missing first)
	@tools/configure.sh build
	@ninja -C build $(NINJAFLAGS) zulauf

run: all ## build, start on 127.0.0.1:8080 with SQLite in ./data, print the sign-in link
	@exec ./build/zulauf serve --data $(DATA) --listen $(LISTEN) --public-url $(PUBLIC_URL)

test: test-deps bundles ## install what tests need, run them all (PHASES="tidy unit" runs some)
	@python3 tools/run_tests.py $(PHASES)

bench: all ## print the table of benchmarks, an hour (BENCH="--only lists --engine sqlite")
	@python3 tests/bench/run.py $(BENCH)

deps: build-deps ui/node_modules/.package-lock.json ## install what building needs, nothing else

tidy: ## check the rules of the house (STYLE.md) by machine
	@python3 tests/tidy.py

clean: ## remove what was built; data stays
	rm -rf build build-* ui/dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build-deps:
	@tools/deps.sh build

test-deps:
	@tools/deps.sh build test

bundles: build-deps ui/dist/admin.js

ui/dist/admin.js: ui/node_modules/.package-lock.json ui/build.mjs ui/public_css.mjs $(SCRIPTS) $(wildcard ui/public/*.liquid)
	@cd ui && node build.mjs

# npm rewrites this file at each installation: its date says whether node_modules is fresh.
ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json | build-deps
	@cd ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: all run test bench deps tidy clean help build-deps test-deps bundles
