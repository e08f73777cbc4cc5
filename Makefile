# hw2check: every target sets up what it needs, in .venv, and may be run again at any time.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help install demo test test-long test-browser lint format typecheck check bench pictures docs build clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml hw2check/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hw2check needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(READY): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

install: $(READY)  ## set up .venv with hw2check and the development tools

demo: $(INSTALLED)  ## check the homework's fixtures: a right forward pass, a backward pass with a mistake
	$(BIN)/hw2check forward fixtures/forward.toml
	$(BIN)/hw2check backprop --exit-zero fixtures/backprop.toml

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest -q -n auto -m 'not browser and not long'

test-long: $(READY)  ## run the tests that take long for their statistics
	$(BIN)/python -m pytest -q -n auto -m long

AXE := .venv/axe/package/axe.min.js

$(AXE): $(READY)
	@command -v chromium > /dev/null && command -v chromedriver > /dev/null || { \
	  echo "installing Chromium with Debian's apt-get"; \
	  apt-get install -y -q chromium chromium-driver > /dev/null || \
	  { echo "install chromium and chromedriver first"; exit 1; }; }
	@command -v npm > /dev/null || { echo "install npm first: axe-core comes from its registry"; exit 1; }
	mkdir -p .venv/axe && cd .venv/axe && npm pack --silent axe-core@4 > /dev/null && tar -xzf axe-core-*.tgz

test-browser: $(AXE)  ## run the tests of HTML pages in headless Chromium
	$(BIN)/python -m pytest -q -m browser tests/browser

lint: $(READY)  ## ruff: format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(READY)  ## ruff: format and mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

typecheck: $(READY)  ## mypy, strict
	$(BIN)/mypy

check: lint typecheck test test-long  ## everything that CI runs

bench: $(READY)  ## measure speed, as ratios within one run
	$(BIN)/python -m bench

pictures: $(READY)  ## make the pictures of the documentation from what the program prints
	$(BIN)/python docs/pictures.py

docs: $(READY) pictures  ## build the documentation as a site into site/
	$(BIN)/python docs/pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

build: $(READY)  ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build

clean:  ## remove what the other targets made
	rm -rf .venv dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
