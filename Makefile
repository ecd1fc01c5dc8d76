# The verbs of this project. `make demo` and `make test` need nothing but Python 3.11+ and a network.
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help demo test check lint type arch format bench fuzz lab docs clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.demo: pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(VENV) demo
	@touch $@

$(VENV)/.dev: pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(VENV) dev
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## build, read, judge and compare two images of one app
	@$(BIN)/python scripts/demo.py

test: $(VENV)/.dev ## all tests (installs what they need on Debian and Ubuntu as root)
	@sh scripts/test-packages.sh
	@$(BIN)/python -m pytest -n auto --dist loadscope

check: lint type arch ## what must be clean before a commit

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

type: $(VENV)/.dev
	@$(BIN)/mypy

arch: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/test_architecture.py

format: $(VENV)/.dev ## put the code in its form
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format -q .

bench: $(VENV)/.dev ## time and memory beside Trivy and Syft, same machine, same run
	@sh bench/peers.sh
	@$(BIN)/python bench/run.py

fuzz: $(VENV)/.dev ## every fuzz target for FUZZ_SECONDS (60) each
	@$(BIN)/python -m pip install -q --group fuzz
	@sh scripts/fuzz.sh $(BIN)/python

lab: $(VENV)/.dev ## every step of examples/lab, on a real Docker Engine, in a real browser
	@sh scripts/lab-packages.sh
	@$(BIN)/python scripts/lab.py --port "$${LAB_PORT:-5000}"

docs: $(VENV)/.dev ## the documentation site, into site/
	@$(BIN)/python -m pip install -q --group docs
	@$(BIN)/zensical build --clean

clean: ## remove what was made here (not the image store)
	rm -rf $(VENV) .venv-bench site build dist demo-out lab-out bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
