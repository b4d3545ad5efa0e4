# Two commands do everything: `make preview` shows a digest, `make test` passes the tests.
# Both make their own environment in .venv and need only Python 3.11+, make and the package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help preview docs test lint types layers unit picture clean

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

# What is generated from the declarations in the code: config.example.toml, the README's option table.
docs: $(VENV)/installed
	$(BIN)/python docs/update.py

# The picture in the README: the sample's digest as a browser shows it (needs chromium).
picture: preview
	chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
		--user-data-dir=$$(mktemp -d) --window-size=760,1300 --screenshot=docs/digest.png preview.html

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
