# `make demo` and `make test` need Python (3.11 or newer), git and make. Everything else is installed in .venv and
# node_modules. A stamp in each shows that it is complete, so a second run starts at once.

PYTHON ?=
UV ?= uv

VENV := .venv/.requirements
LIBRARY := .venv/.library
CLI := node_modules/.ready
READY := $(VENV) $(LIBRARY) $(CLI)
OLDEST := .venv-oldest/.requirements
AUDIT := .venv-audit/.requirements
MUTANTS := .venv-mutants/.requirements
INDEPENDENT := .venv-independent/.requirements

# Dependabot reads `--universal` and the Python version in the header of a file of pins.
PIN_OPTIONS := --universal --python-version 3.11
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make requirements (uv pip compile $(PIN_OPTIONS))" \
	$(UV) pip compile --quiet --upgrade --generate-hashes $(PIN_OPTIONS)

# The pinned Node and CDK CLI come before the machine's own.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

# Some containers set it. Then every process would compile all modules of aws-cdk-lib that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check test-oldest soak mutants permissions independent live live-clean audit lint dist docs docs-data snapshots refresh-model requirements clean

# If the Python that .venv was made with is no longer installed, nothing in .venv runs.
ifneq ($(shell test ! -e .venv/.requirements || .venv/bin/python -c '' 2>/dev/null || echo gone),)
.PHONY: $(VENV)
endif

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

setup: $(READY) ## Set up .venv and node_modules
	@echo 'Ready: make demo, make test, or . .venv/bin/activate'

demo: $(READY) ## Deploy the example with the CDK CLI, on the local cloud
	@.venv/bin/python -m localcloud.demo

test: $(READY) ## Run every check
	@.venv/bin/python tools/run_checks.py

check: $(READY) ## Run the quick checks, in two or three minutes: lint, and the tests of the library and the function
	@.venv/bin/python tools/run_checks.py check

test-oldest: $(READY) $(OLDEST) ## Run the constructs' tests with the oldest CDK that the library supports
	@.venv-oldest/bin/python -m pytest -m 'not newest_cdk' tests/constructs

soak: $(READY) ## Check the promises in 50,000 random histories; takes an hour or two
	@HISTORIES=50000 .venv/bin/python -m pytest -o faulthandler_timeout=0 tests/model

mutants: $(READY) $(MUTANTS) ## Change the function in hundreds of small ways, and list the changes that no test notices
	@nice -n 15 .venv/bin/python -m tools.mutants

permissions: $(READY) ## Remove every permission, one by one, and expect a failure; takes an hour
	@EVERY_PERMISSION=1 .venv/bin/python -m pytest -o faulthandler_timeout=0 tests/end_to_end/test_least_privilege.py tests/end_to_end/test_serving_least_privilege.py tests/end_to_end/test_pipeline_least_privilege.py

independent: $(READY) $(INDEPENDENT) ## Deploy the examples on MiniStack, an emulator by other people; takes ten minutes
	@.venv/bin/python -m tools.independent

live: $(READY) ## Check docs/assumptions.md against AWS, in your account; says what it costs, and asks first
	@.venv/bin/python -m tools.live

live-clean: $(READY) ## Delete what an interrupted make live has left
	@.venv/bin/python -m tools.live --clean

audit: $(READY) $(AUDIT) ## Run Checkov on the examples, and pip-audit on the pinned packages
	@.venv/bin/python -m tools.audit

lint: $(READY) ## Run the linters and the type checker, and build the documentation site
	@.venv/bin/python tools/run_checks.py lint

dist: $(READY) ## Build the source archive, and from it the wheel
	@rm -rf dist
	@.venv/bin/python -m build --no-isolation

snapshots: $(READY) ## Write the snapshots again; look at the difference before you commit it
	@UPDATE_SNAPSHOTS=1 .venv/bin/python -m pytest tests/constructs -k snapshot

docs: $(READY) ## Build the documentation site in build/docs, with warnings as errors
	@.venv/bin/python -m tools.docs.site

docs-data: $(READY) ## Write the pages of docs/ that are data: promises, mutants, rules, code of the examples
	@.venv/bin/python -m tools.docs

refresh-model: $(READY) ## Cut the function's service models out of the installed botocore
	@.venv/bin/python tools/refresh_service_models.py

requirements: ## Pin the newest packages of requirements/*.in, and the oldest that pyproject.toml allows (needs uv)
	@command -v $(UV) >/dev/null || { echo "make: requirements needs uv, a tool for maintainers: pip install uv" >&2; exit 1; }
	@$(COMPILE) --output-file requirements/development.txt requirements/development.in
	@$(COMPILE) --resolution lowest --output-file requirements/oldest.txt pyproject.toml requirements/oldest.in
	@$(COMPILE) --output-file requirements/audit.txt requirements/audit.in
	@$(COMPILE) --output-file requirements/mutants.txt requirements/mutants.in
	@$(COMPILE) --output-file requirements/independent.txt requirements/independent.in

clean: ## Remove everything that was set up or built
	rm -rf .venv .venv-oldest .venv-audit .venv-mutants .venv-independent node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist cdk.out

$(VENV): requirements/development.txt tools/setup_venv.sh
	@PYTHON="$(PYTHON)" sh tools/setup_venv.sh

$(OLDEST): requirements/oldest.txt tools/setup_oldest.sh $(VENV)
	@sh tools/setup_oldest.sh

$(AUDIT): requirements/audit.txt $(VENV)
	@echo "==> .venv-audit with the packages of requirements/audit.txt"
	@.venv/bin/python -m venv --clear .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/audit.txt
	@touch $@

$(MUTANTS): requirements/mutants.txt $(wildcard tools/mutants/operators/*) $(VENV)
	@echo "==> .venv-mutants with the packages of requirements/mutants.txt"
	@.venv/bin/python -m venv --clear .venv-mutants
	@.venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/mutants.txt
	@.venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation ./tools/mutants/operators
	@touch $@

$(INDEPENDENT): requirements/independent.txt $(VENV)
	@echo "==> .venv-independent with the packages of requirements/independent.txt"
	@.venv/bin/python -m venv --clear .venv-independent
	@.venv-independent/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/independent.txt
	@touch $@

$(LIBRARY): pyproject.toml $(VENV)
	@echo "==> The library, editable"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# `npm ci` begins by removing node_modules, and the stamp with it.
$(CLI): package.json package-lock.json .npmrc | $(VENV)
	@echo "==> The CDK CLI from package-lock.json"
	@.venv/bin/npm ci
	@touch $@
