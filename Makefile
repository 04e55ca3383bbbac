# Every way to run and test Footfall. Needs Python 3.11 or newer; `make PYTHON=python3.12 run` names another.
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/.installed
BENCH := .venv/.bench
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: bench bench-quick help run demo test chaos check chromium compiler servers

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.txt scripts/setup.py
	@$(PYTHON) scripts/setup.py
	@touch $@

$(BENCH): requirements-bench.txt $(READY)
	@$(PYTHON) scripts/setup.py requirements-bench.txt
	@touch $@

run: $(READY) ## start Valkey, the collector and the explorer on loopback
	@$(PY) -m common.launch run

demo: $(READY) ## the same on 90 days of made-up traffic, in data/demo
	@$(PY) -m common.launch demo

test: $(READY) chromium compiler servers ## the whole test suite; ARGS="-k store" for a part
	@$(PY) -m pytest -n 3 --dist worksteal $(ARGS)

chaos: $(READY) chromium compiler servers ## break everything and count what is lost; ARGS="--quick 1 3" for a part
	@$(PY) -m tests.chaos $(ARGS)

bench: $(READY) $(BENCH) chromium ## all benchmarks, under 45 minutes; needs wrk, goaccess and postgresql
	@$(PY) -m benchmarks $(ARGS)

bench-quick: $(READY) $(BENCH) ## the same in under 5 minutes, with figures that only show that it runs
	@$(PY) -m benchmarks --quick $(ARGS)

check: $(READY) ## format, lint and types
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

chromium:
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
		echo "Installing Chromium for the browser tests" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	else \
		echo "The browser tests need Chromium: sudo apt-get install chromium" >&2; exit 1; \
	fi >/dev/null

compiler:
	@if command -v cc || command -v gcc || command -v clang; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
		echo "Installing a C compiler: the power cut and the full disk are made by a small library" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev; \
	else \
		echo "The fault tests need a C compiler: sudo apt-get install gcc libc6-dev" >&2; exit 1; \
	fi >/dev/null

servers: $(READY)
	@$(PY) scripts/servers.py
