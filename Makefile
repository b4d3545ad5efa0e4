# Two commands do everything: `make preview` shows a digest, `make test` passes the tests.
# Both make their own environment in .venv and need only Python 3.11+, make and the package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLES := digest/samples

.PHONY: help preview test lint types layers unit package picture clean

help:
	@echo "make preview   install, then show the digest of the bundled sample and write preview.html"
	@echo "make test      lint, types, layers, documentation, packaging and all tests"
	@echo "make clean     remove the environment and everything built"

$(VENV)/installed: pyproject.toml digest/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "digest needs Python 3.11 or later; call make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

preview: $(VENV)/installed
	@$(BIN)/digest preview --sample --output preview.html

test: lint types layers unit

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

layers: $(VENV)/installed-dev
	$(BIN)/lint-imports

unit: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto

clean:
	rm -rf $(VENV) dist build preview.html .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
