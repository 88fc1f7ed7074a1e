# Everything a newcomer needs: `make demo`, `make test`. Nothing has to be installed by hand but Python and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE :=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test test-engines lint types docs docs-check wheel check bench bench-scale clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install -qq --editable . --group test
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install -qq --group dev
	touch $@

$(VENV)/engines.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install -qq --group engines
	touch $@

demo: $(VENV)/run.stamp ## the main job on real input, in a temporary folder
	$(BIN)/headwater demo

test: $(VENV)/run.stamp ## the tests, in parallel; all but those of test-engines
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not engines"

test-engines: $(VENV)/engines.stamp ## the tests that start Spark (it needs Java 17) or Sail, one after the other
	ENGINES=required $(BIN)/python -m pytest -n 0 -m engines --durations=10

lint: $(VENV)/dev.stamp ## ruff, format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp ## mypy --strict
	$(BIN)/mypy

docs: $(VENV)/dev.stamp ## write everything that is generated
	$(BIN)/python -m docs.generate

docs-check: $(VENV)/dev.stamp ## fail when something generated is stale
	$(BIN)/python -m docs.generate --check

wheel: $(VENV)/dev.stamp ## sdist, wheel from the sdist, smoke test in a clean environment from /
	$(BIN)/python tests/wheel_smoke.py

bench: $(VENV)/dev.stamp ## the speed table
	$(BIN)/python -m benchmarks.run

bench-scale: $(VENV)/dev.stamp ## what large corpora would cost, simulated (docs/scale.md); Spark where test-engines put it
	$(BIN)/python -m benchmarks.scale

check: lint types docs-check test test-engines wheel ## all that CI runs

clean: ## remove what the targets made
	rm -rf $(VENV) .venvs build dist
