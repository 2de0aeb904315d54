# What a person needs: `make demo` to try it, `make test` before a push. `make help` lists the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo down test check engines demo-engines lock clean

PYTHON ?= python3
UV ?= uv
BIN := .venv/bin
DEMO := .venv/.demo
DEV := .venv/.dev
# The long cases mostly wait for timers of the engines: more workers than cores keep two cores busy.
WORKERS ?= 6

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## a simulated network, watched end to end: installs, starts and says what to try
	@$(MAKE) --no-print-directory --jobs 2 $(DEMO) demo-engines
	@$(BIN)/sotpctl lab up
	@$(BIN)/sotpctl apply
	@$(BIN)/sotpctl stack up --lab
	@printf '%s\n' '' \
	  'A network of simulated devices is up and watched. Open:' \
	  '  http://127.0.0.1:9090/alerts   Prometheus: what fires, and why' \
	  '  http://127.0.0.1:9093          Alertmanager: what is sent to whom, what is held back' \
	  '  http://127.0.0.1:10180         the inbox: what email and Slack would get' \
	  '' \
	  'Try (activate once: source .venv/bin/activate):' \
	  '  sotpctl lab break waw-acc-1    eight devices hang on it: one page within a minute, and it says so' \
	  '  sotpctl lab heal               everything answers again: one resolution' \
	  '  sotpctl stack status           what runs' \
	  '  make down                      stop it all; data stay in .sotp'

down: ## stop the demo; data stay
	@if [ -x $(BIN)/sotpctl ]; then $(BIN)/sotpctl stack down; $(BIN)/sotpctl lab down; fi

test: $(DEV) engines ## everything that CI runs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: $(DEV) ## the quick part: lint, types, unit tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n 2 tests/unit

engines: ## build Prometheus, Alertmanager and VictoriaLogs from pinned source into .engines/bin (once a machine)
	@engines/build.sh

demo-engines:
	@engines/build.sh prometheus alertmanager victorialogs

lock: ## pin pyproject.toml's dependencies with hashes into requirements*.txt
	@command -v $(UV) >/dev/null || { echo 'make lock needs uv: pip install uv, then make lock UV=…/uv' >&2; exit 1; }
	$(foreach extra,lab dev,$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --extra $(extra) pyproject.toml \
	  -o $(if $(filter dev,$(extra)),requirements-dev.txt,requirements.txt) --quiet;)

clean: ## delete what was installed and rendered here; data (.sotp) and the engines' cache stay
	rm -rf .venv .engines build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# One environment; a stamp says which requirements are in it. The package itself is installed in place.
$(DEMO): requirements.txt pyproject.toml | $(BIN)/python
	@$(call install,requirements.txt)
	@touch $@

$(DEV): requirements-dev.txt pyproject.toml | $(BIN)/python
	@$(call install,requirements-dev.txt)
	@touch $(DEMO) $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'SOTP needs Python 3.11 or newer: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo 'python3 -m venv failed: on Debian, apt install python3-venv' >&2; exit 1; }

define install
echo 'installing $(1) into .venv' >&2; \
$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef
