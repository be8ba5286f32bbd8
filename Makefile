# `make run` and `make test` do all the set-up on a fresh machine; `make help` lists the rest.
#
# PYTHON=python3.13 chooses the interpreter of a new .venv. As root (in a container) missing system packages
# are installed; otherwise the one line that installs them is printed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Containers often turn bytecode off; each of the many processes of app and tests would then compile all code anew.
export PYTHONDONTWRITEBYTECODE :=

# Many tests wait for processes that they started: three at a time keep two cores busy.
TEST_PROCESSES ?= 3

.DEFAULT_GOAL := help
.PHONY: help install run test check format bench screenshots dist dist-check dist-compare clean

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml packaging/make_venv.sh
	PYTHON="$(PYTHON)" packaging/make_venv.sh "$(VENV)"
	@touch $@

install: $(INSTALLED)  ## Make .venv and install the project with what it is developed with

run: $(INSTALLED)  ## Open the app on a copy of the demo project
	@$(BIN)/python packaging/run_demo.py

test: $(INSTALLED) check  ## Run lint, types, import contracts and every test
	@$(BIN)/python packaging/system_packages.py test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest --require-xvfb --numprocesses $(TEST_PROCESSES) --dist loadfile

check: $(INSTALLED)  ## Run lint, types and import contracts only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy packaging/*.py packaging/windows/*.py
	$(BIN)/lint-imports

format: $(INSTALLED)  ## Format the code and mend what lint can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED)  ## Measure the speed of engine and app; PEERS=1 measures other orchestrators beside them
	@$(BIN)/python packaging/system_packages.py app
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.bench

screenshots: $(INSTALLED)  ## Draw every screen into resources/help/pictures
	@$(BIN)/python packaging/system_packages.py app
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.screenshots

dist: $(INSTALLED)  ## Build wheel, sdist, the Debian package and the Windows installer into dist/
	@$(BIN)/python packaging/system_packages.py dist
	@$(BIN)/python packaging/make_dist.py

dist-check: $(INSTALLED)  ## Install what is in dist/ on clean systems, use it by mouse, remove it; as root
	@$(BIN)/python packaging/system_packages.py dist-check
	@$(BIN)/python packaging/check_dist.py

dist-compare: $(INSTALLED)  ## Build everything again in another place and compare the results with dist/
	@$(BIN)/python packaging/compare_builds.py

clean:  ## Remove .venv, caches and build results
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
