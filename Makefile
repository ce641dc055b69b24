# `make help` lists the commands. Variables of .env.example may be given here: make run PORT=8080

PYTHON ?= python3
VENV := .venv
RUN_IN_VENV := $(VENV)/bin/python -m
# One more than there are cores: tests of running products wait more than they compute.
TESTERS := $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 8) + 1)')
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help run test check check-format check-lint check-types check-imports check-packages bench setup setup-dev migrate

help: ## Lists these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

# What is compiled at the first start is there at the next, whatever the shell says: a dozen processes would do it again.
run test migrate: export PYTHONDONTWRITEBYTECODE =
run: setup ## Starts everything: servers, migrations, demo shop, mock PSP, web, workers, scheduler
	@exec $(RUN_IN_VENV) checkout.launcher run --with-parent

test: setup-dev ## Runs the tests (one folder or file: make test TESTS=tests/core)
	@$(RUN_IN_VENV) pytest -n $(TESTERS) --dist loadgroup $(TESTS)

check: setup-dev ## Format, lint, types, import contract, known vulnerabilities; beside each other, and all are told
	@$(MAKE) --silent --keep-going --jobs --output-sync=target check-format check-lint check-types check-imports check-packages

check-format:
	@$(RUN_IN_VENV) ruff format --check .

check-lint:
	@$(RUN_IN_VENV) ruff check .

check-types:
	@$(RUN_IN_VENV) mypy

check-imports:
	@$(VENV)/bin/lint-imports

check-packages:
	@$(VENV)/bin/python .ci/audit_packages.py

bench: setup-dev ## Runs the benchmarks and writes bench/RESULTS.md
	@$(RUN_IN_VENV) bench

migrate: setup ## Brings the schema to this version; development does it at every start, production when told
	@$(RUN_IN_VENV) checkout.launcher migrate

setup: ## Makes .venv with what runs; nothing to do when it is up to date
	@$(PYTHON) checkout/launcher/setup_venv.py requirements.txt

setup-dev: ## The same with what tests and checks need
	@$(PYTHON) checkout/launcher/setup_venv.py requirements-dev.txt
