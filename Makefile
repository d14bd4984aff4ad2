# Everything starts here. `make run` and `make test` set up whatever they need; `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# pip's output, cut down to what it is at; errors go to standard error and stay whole.
PROGRESS = awk '/^Collecting /{printf "  %d  %s\n", ++n, $$2; fflush()} \
	/Building wheel|still running|Installing collected/{sub(/^ +/, ""); print "  " substr($$0, 1, 100); fflush()}'
LIBRARY ?= pincite-library
API_PORT ?= 8000
PAGES_PORT ?= 8501
# One compiler is enough: cmake and ninja come as packages. Without one the prebuilt engine is taken.
COMPILER := $(shell command -v c++ || command -v g++ || command -v clang++)
# llama.cpp's code for the tile registers of new processors (AMX) crashes on the embedded model; it is left out where the
# compiler knows of it.
NO_AMX := -mno-amx-tile -mno-amx-int8 -mno-amx-bf16
CXX_FLAGS := $(if $(COMPILER),$(shell echo | $(firstword $(COMPILER)) $(NO_AMX) -E -x c - >/dev/null 2>&1 && echo "$(NO_AMX)"))
ENGINE := $(if $(COMPILER),llama-cpp-python,xllamacpp)

.PHONY: help run install test check fix lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: install  ## set up, add examples/, answer one question, serve the API and the pages until Ctrl-C
	@$(BIN)/python ui/preflight.py --ports $(API_PORT) $(PAGES_PORT)
	@$(BIN)/pincite --library $(LIBRARY) add examples/documents
	@$(BIN)/pincite --library $(LIBRARY) ask "What does error code E-104 mean on the pump?"
	@exec $(BIN)/pincite --library $(LIBRARY) up --api-port $(API_PORT) --pages-port $(PAGES_PORT)

install: $(VENV)/installed  ## .venv with the locked dependencies, the engine and the embedded weights

$(VENV)/installed: requirements/$(ENGINE).lock pyproject.toml core/weights.py
	@$(or $(PYTHON),python3) ui/preflight.py --install --ports $(API_PORT) $(PAGES_PORT)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
ifeq ($(ENGINE),llama-cpp-python)
	@echo "Installing the locked dependencies, and compiling llama-cpp-python for this machine: 5 to 15 minutes on two cores, once"
else
	@echo "No C++ compiler found: taking the prebuilt engine xllamacpp. (With one, for example from your system's g++"
	@echo "package, run make clean and again: an engine compiled for this machine reads prompts up to twice as fast.)"
endif
	@CMAKE_ARGS="-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF" \
		CFLAGS="$(CXX_FLAGS)" CXXFLAGS="$(CXX_FLAGS)" \
		$(PIP) --require-hashes -r requirements/$(ENGINE).lock | $(PROGRESS)
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@echo "Laying the embedded weights in place"
	@$(BIN)/python -m core.weights
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements/dev.lock
	@echo "Installing what the tests need, torch first"
	@$(PIP) torch==2.13.0 | $(PROGRESS)
	@$(PIP) --require-hashes -r requirements/dev.lock | $(PROGRESS)
	@echo "Fetching llama.cpp's converter, which tuning uses"
	@$(BIN)/python -m finetune.export.converter
	@touch $@

test: $(VENV)/installed-dev check  ## every test, the browser's too, after `make check`
	@$(BIN)/python tests/ui/browser.py --install
	@$(BIN)/python -m pytest

check: $(VENV)/installed-dev  ## lint, format, types, import contracts; changes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

fix: $(VENV)/installed-dev  ## mend what lint and format can mend by themselves
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/installed-dev  ## make the lock files anew from pyproject.toml
	@sh requirements/lock.sh $(BIN)/uv

clean:  ## remove .venv and what was built; libraries stay
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
