# Set-up and the everyday commands. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
DONE := .setup
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
UV_VERSION := 0.13.9

# What the tests use as real peers: Debian package = program.
TEST_PACKAGES := sip-tester=sipp baresip-core=baresip espeak-ng=espeak-ng chromium=chromium \
	ffmpeg=ffmpeg debootstrap=debootstrap 'postgresql=/usr/lib/postgresql/*/bin/initdb' \
	dovecot-imapd=/usr/sbin/dovecot \
	fonts-wqy-microhei=/usr/share/fonts/truetype/wqy/wqy-microhei.ttc

.PHONY: help setup setup-test demo test lint fuzz bench year voices prompts ear lock clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(DONE)/runtime $(DONE)/browser ## Make .venv/bin/hotline and the browser parts

setup-test: setup $(DONE)/test ## The same, and what the tests need
	@tools/need-debian-packages $(TEST_PACKAGES)

demo: setup ## Set up, then show real calls on this machine
	$(VENV)/bin/hotline demo

test: setup-test ## Set up, then run every test
	@$(VENV)/bin/python tools/run-tests

lint: setup $(DONE)/test ## Style and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

fuzz: setup-test ## Send the API what its description allows and forbids, for an hour or so
	HOTLINE_FUZZ=$${HOTLINE_FUZZ:-100} $(VENV)/bin/pytest --timeout=0 tests/dashboard/api/test_fuzz.py

bench: setup-test ## Measure; prints tables, writes benchmarks/results/
	$(VENV)/bin/python -m benchmarks

year: setup-test ## Hold 20,000 tickets of a year against an independent oracle: hours
	$(VENV)/bin/python -m benchmarks year

prompts: setup $(DONE)/voices/styles ## Render the recordings whose text changed
	$(VENV)/bin/python -m tools.voices.render

voices: setup $(DONE)/voices/styles ## Install the voice of `make prompts` and the ear of `make ear`

ear: setup $(DONE)/voices/styles ## Measure whether the prompts are understood on a telephone
	$(VENV)/bin/python -m benchmarks ear

lock: ## Write the lock files anew from pyproject.toml
	@mkdir -p $(DONE)
	test -x $(DONE)/uv/bin/uv || "$$(tools/find-python)" -m venv $(DONE)/uv
	$(DONE)/uv/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	$(DONE)/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		pyproject.toml -o requirements.lock
	$(DONE)/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--constraint requirements.lock --extra test --extra ko --extra s3 --extra sherpa \
		pyproject.toml -o requirements-test.lock

clean: ## Remove what set-up made
	rm -rf $(VENV) $(DONE) dashboard/node_modules dashboard/static/vendor *.egg-info

# The stamps make a second run quick. Each is written last, so a broken run is done again.

$(VENV)/bin/python:
	@python="$$(tools/find-python)"; \
	"$$python" -m venv $(VENV) || { \
		rm -rf $(VENV); \
		echo "making a virtual environment failed: on Debian and Ubuntu install python3-venv" >&2; \
		exit 1; }

$(DONE)/runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@mkdir -p $(DONE)
	$(PIP) install -q --require-hashes -r requirements.lock
	$(PIP) install -q --no-deps --editable .
	@touch $@

$(DONE)/test: requirements-test.lock | $(DONE)/runtime
	$(PIP) install -q --require-hashes -r requirements-test.lock
	@touch $@

# The voice and the ear of `make prompts`: 2 GB that the product never sees.
$(DONE)/voices/styles: tools/voices/requirements.txt | $(VENV)/bin/python
	@mkdir -p $(DONE)
	@tools/need-node
	"$$(tools/find-python)" -m venv $(DONE)/voices
	$(DONE)/voices/bin/pip install -q --disable-pip-version-check -r tools/voices/requirements.txt
	cd $(DONE)/voices && npm pack --silent kokoro-js@1.2.1 \
		&& tar xzf kokoro-js-1.2.1.tgz package/voices && rm kokoro-js-1.2.1.tgz \
		&& rm -rf styles && mv package/voices styles && rmdir package && touch styles

$(DONE)/browser: dashboard/package.json dashboard/package-lock.json dashboard/build.mjs
	@mkdir -p $(DONE)
	@tools/need-node
	cd dashboard && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@
