# Two commands do everything: `make preview` shows a digest, `make test` passes the tests.
# Both make their own environment in .venv and need only Python 3.11+, make and the package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help preview docs test lab lint types layers unit golden picture lock audit clean

help:
	@echo "make preview   install, then show the digest of the bundled sample and write preview.html"
	@echo "make test      lint, types, layers, documentation, packaging and all tests"
	@echo "make lab       install the mail servers and filters that some tests want (Debian, root)"
	@echo "make audit     look for known holes in the dependencies (asks the network); make lock brings the lock up to date"
	@echo "make clean     remove the environment and everything built"

$(VENV)/installed: pyproject.toml digest/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "digest needs Python 3.11 or later; call make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# The versions that the tests were last run with, by their hashes; where those cannot be had (another kind of machine, a
# mirror, a new Python), whatever the bounds in pyproject.toml allow.
$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock \
		|| { echo "the versions of requirements-dev.lock cannot be installed here: others are taken"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev; }
	@touch $@

preview: $(VENV)/installed
	@$(BIN)/digest preview --sample --output preview.html

# What is generated from the declarations in the code: config.example.toml, the README's option table.
docs: $(VENV)/installed
	$(BIN)/python docs/update.py

# The pictures in the README: the sample's digest and pages as a browser shows them (needs chromium). Light and dark as the
# reader's system asks, dark by force as some mail programs do it, and 360 pixels wide as on a phone.
SHOT = chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
	--disable-sync --no-first-run --hide-scrollbars --user-data-dir=$$(mktemp -d)

picture: preview
	$(SHOT) --window-size=700,1300 --screenshot=docs/mail-light.png preview.html
	$(SHOT) --window-size=700,1300 --blink-settings=preferredColorScheme=0 --screenshot=docs/mail-dark.png preview.html
	$(SHOT) --window-size=700,1300 --blink-settings=forceDarkModeEnabled=true --screenshot=docs/mail-forced-dark.png \
		preview.html
	$(SHOT) --window-size=520,1200 --screenshot=docs/mail-phone.png docs/phone.html
	$(BIN)/python docs/pages.py $(SHOT)

# What some tests run with Node. Without npm they are skipped, and say so.
NODE_PACKAGES := tests/node/node_modules/installed

$(NODE_PACKAGES): tests/node/package.json
	@if ! command -v npm >/dev/null; then echo "npm is not here: what needs Node is not tested"; \
	elif cd $(<D) && npm install --no-progress --loglevel=error; then touch node_modules/installed; \
	else echo "npm cannot install: what needs Node is not tested"; fi

# Real servers for the tests: Postfix, Dovecot, OpenDKIM, rspamd, SpamAssassin, dnsmasq. Without them tests are skipped.
lab: $(NODE_PACKAGES)
	.ci/install

test: lint types layers unit

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

layers: $(VENV)/installed-dev
	$(BIN)/lint-imports

unit: $(VENV)/installed-dev $(NODE_PACKAGES)
	$(BIN)/python -m pytest -n auto --dist loadgroup

# Rewrites the expected messages of tests/golden: look at what changed before you commit it.
golden: $(VENV)/installed-dev
	$(BIN)/python -m pytest tests/golden --update-golden -q

# Tools that look at dependencies, in an environment of their own.
AUDIT := $(VENV)/audit/bin
COMPILE := $(AUDIT)/uv pip compile --quiet --all-extras --no-annotate --no-header --no-emit-index-url --python-version 3.11

$(AUDIT)/pip-audit:
	$(PYTHON) -m venv $(VENV)/audit
	$(AUDIT)/python -m pip install --quiet --disable-pip-version-check pip-audit uv

# Writes requirements-dev.lock anew, for every Python and machine: after pyproject.toml changed, or to bring it up to date.
lock: $(AUDIT)/pip-audit
	$(COMPILE) --group dev --universal --generate-hashes --upgrade --output-file requirements-dev.lock pyproject.toml

# Known holes in the versions of the lock, and in the lowest ones that pyproject.toml allows. Asks the network.
audit: $(AUDIT)/pip-audit
	$(AUDIT)/pip-audit --strict --progress-spinner off --disable-pip --requirement requirements-dev.lock
	$(COMPILE) --resolution lowest-direct --output-file $(VENV)/lowest.txt pyproject.toml
	$(AUDIT)/pip-audit --strict --progress-spinner off --disable-pip --no-deps --requirement $(VENV)/lowest.txt

clean:
	rm -rf $(VENV) dist build preview.html .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf tests/node/node_modules
