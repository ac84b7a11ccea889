# Set-up needs nothing but python3: a virtual environment in the checkout holds the rest.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test

.PHONY: help demo test test-on test-faults fuzz lint bench bench-systems bench-tpch bench-apply clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

demo: $(STAMP) ## the whole loop on an embedded PostgreSQL: load, scan, advise, apply, verify
	$(VENV)/bin/dbaudit demo web-cache

test: $(TEST_STAMP) ## the tests, on servers of their own
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile

test-on: $(TEST_STAMP) ## the tests on another PostgreSQL (with contrib): make test-on BIN=/usr/lib/postgresql/17/bin
	DBAUDIT_TEST_BIN=$(BIN) $(VENV)/bin/python -m pytest -n 2 --dist loadfile -k "not pg15 and not pg16"

REPEAT ?= 20
test-faults: $(TEST_STAMP) ## what can go wrong during an apply, REPEAT=20 times in a row, until a failure
	@for round in $$(seq 1 $(REPEAT)); do \
		echo "round $$round of $(REPEAT)"; \
		$(VENV)/bin/python -m pytest -n 2 --dist worksteal tests/migrate/faults || exit 1; \
	done

SECONDS ?= 60
fuzz: $(TEST_STAMP) ## random input for every parser, SECONDS=60 for each, or for TARGETS="stderr csv"
	$(VENV)/bin/python -m pip install --quiet --editable '.[fuzz]'
	$(VENV)/bin/python -m tests.fuzz --seconds $(SECONDS) $(TARGETS)

lint: $(TEST_STAMP) ## style, format and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(TEST_STAMP) ## time and size of what dbaudit does on large catalogs
	$(VENV)/bin/python -m tests.benchmarks

bench-systems: $(TEST_STAMP) ## the example systems without indexes, with their authors' and with dbaudit's
	$(VENV)/bin/python -m tests.benchmarks.systems

bench-tpch: $(TEST_STAMP) ## the advisor on TPC-H beside its peers, indexes really built (5 GB of cache)
	$(VENV)/bin/python -m tests.benchmarks.tpch --queries

bench-apply: $(TEST_STAMP) ## what writers notice of dbaudit apply, of CREATE INDEX CONCURRENTLY and of CREATE INDEX
	$(VENV)/bin/python -m tests.benchmarks.apply_under_load

clean: ## remove the virtual environment, caches and built files
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz dist
	find dbaudit tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing; install it with: apt-get install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: python3-venv is missing; install it with: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

$(TEST_STAMP): pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(STAMP)
