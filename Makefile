# `make demo` and `make test` need Python (3.11 or newer), git and make. Everything else lands in .venv and
# node_modules; a stamp in each says what has been set up, so that a second run starts at once.

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

# The pinned Node and CDK CLI come before the machine's own.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

# Whoever switches this off in containers would compile the whole of aws-cdk-lib's imports in every process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check test-oldest soak mutants permissions independent live live-clean audit lint snapshots refresh-model requirements clean

# The machine's Python may have gone since .venv was made with it, and nothing in there runs any more.
ifneq ($(shell test ! -e .venv/.requirements || .venv/bin/python -c '' 2>/dev/null || echo gone),)
.PHONY: $(VENV)
endif

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

setup: $(READY) ## Set up .venv and node_modules
	@echo 'Ready: make demo, make test, or . .venv/bin/activate'

demo: $(READY) ## Deploy the example with the CDK CLI, on the local cloud
	@.venv/bin/python -m localcloud.demo

test: $(READY) ## Run every check
	@.venv/bin/python tools/run_checks.py

check: $(READY) ## Run the checks that take a minute: lint, and the tests of the library and the function
	@.venv/bin/python tools/run_checks.py check

test-oldest: $(READY) $(OLDEST) ## Run the constructs' tests with the oldest CDK that the library supports
	@.venv-oldest/bin/python -m pytest -m 'not newest_cdk' tests/constructs

soak: $(READY) ## Check the promises in 50,000 random histories; takes an hour or two
	@HISTORIES=50000 .venv/bin/python -m pytest -o faulthandler_timeout=0 tests/model

mutants: $(READY) $(MUTANTS) ## Change the function in hundreds of small ways, and see which no test notices
	@nice -n 15 .venv/bin/python -m tools.mutants

permissions: $(READY) ## Take every permission away, one by one, and expect something to be missing; takes half an hour
	@EVERY_PERMISSION=1 .venv/bin/python -m pytest -o faulthandler_timeout=0 tests/end_to_end/test_least_privilege.py

independent: $(READY) $(INDEPENDENT) ## Deploy the example and others on MiniStack, an emulator by other people; takes ten minutes
	@.venv/bin/python -m tools.independent

live: $(READY) ## Ask AWS itself about docs/assumptions.md, in your account; says what it costs, and asks first
	@.venv/bin/python -m tools.live

live-clean: $(READY) ## Delete what an interrupted make live has left
	@.venv/bin/python -m tools.live --clean

audit: $(READY) $(AUDIT) ## Run Checkov on the examples, and pip-audit on what is pinned
	@.venv/bin/python -m tools.audit

lint: $(READY) ## Run the checks that need no test run
	@.venv/bin/python tools/run_checks.py lint

snapshots: $(READY) ## Write the snapshots anew; look at the difference before you commit it
	@UPDATE_SNAPSHOTS=1 .venv/bin/python -m pytest tests/constructs -k snapshot

refresh-model: $(READY) ## Cut the function's service models out of the installed botocore
	@.venv/bin/python tools/refresh_service_models.py

requirements: ## Pin the newest of requirements.in, and the oldest of pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "make: requirements needs uv, a tool for maintainers: pip install uv" >&2; exit 1; }
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --upgrade --universal --generate-hashes \
		--python-version 3.11 --output-file requirements.txt requirements.in
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --upgrade --universal --generate-hashes \
		--resolution lowest --python-version 3.11 --output-file requirements-oldest.txt pyproject.toml requirements-oldest.in
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --upgrade --universal --generate-hashes \
		--python-version 3.11 --output-file requirements-audit.txt requirements-audit.in
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --upgrade --universal --generate-hashes \
		--python-version 3.11 --output-file requirements-mutants.txt requirements-mutants.in
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --upgrade --universal --generate-hashes \
		--python-version 3.11 --output-file requirements-independent.txt requirements-independent.in

clean: ## Remove everything that was set up or built
	rm -rf .venv .venv-oldest .venv-audit .venv-mutants .venv-independent node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist cdk.out

$(VENV): requirements.txt tools/setup_venv.sh
	@PYTHON="$(PYTHON)" sh tools/setup_venv.sh

$(OLDEST): requirements-oldest.txt tools/setup_oldest.sh $(VENV)
	@sh tools/setup_oldest.sh

$(AUDIT): requirements-audit.txt $(VENV)
	@echo "==> .venv-audit with the packages of requirements-audit.txt"
	@.venv/bin/python -m venv --clear .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-audit.txt
	@touch $@

$(MUTANTS): requirements-mutants.txt $(wildcard tools/mutants/operators/*) $(VENV)
	@echo "==> .venv-mutants with the packages of requirements-mutants.txt"
	@.venv/bin/python -m venv --clear .venv-mutants
	@.venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-mutants.txt
	@.venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation ./tools/mutants/operators
	@touch $@

$(INDEPENDENT): requirements-independent.txt $(VENV)
	@echo "==> .venv-independent with the packages of requirements-independent.txt"
	@.venv/bin/python -m venv --clear .venv-independent
	@.venv-independent/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-independent.txt
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
