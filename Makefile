# Two commands: `make run` (everything, then http://127.0.0.1:8000) and `make test` (every test). `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.locked
export PYTHONPATH := tests/house

.PHONY: help setup run test lint types contracts openapi bench map doctor web clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) web ## Virtual environment, npm packages, web build

$(STAMP): requirements/uv.txt requirements/all.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "✘ 需要 python3（3.11 或更新）。"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "✘ python3 版本过低，需要 3.11 或更新。"; exit 1; }
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements/all.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip install -q --no-deps --python $(BIN)/python -e .
	touch $(STAMP)

web: ## npm packages and web build (only when something changed)
	@bash web/build.sh

run: setup ## Make what is missing, then serve
	$(BIN)/qianshao up

test: setup ## Every check and every test
	@bash tests/run.sh

lint: $(STAMP) ## Formatting and lint
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(STAMP) ## Strict types
	$(BIN)/mypy

contracts: $(STAMP) ## The order of the house
	$(BIN)/lint-imports

openapi: $(STAMP) ## Renew the reviewed interface document and the web client made from it
	$(BIN)/python -m qianshao.site.openapi > docs/openapi.json
	cd web && npm run -s api

map: $(STAMP) ## Print the rooms and their order
	$(BIN)/qianshao map

doctor: $(STAMP) ## Check the installation
	$(BIN)/qianshao doctor

bench: $(STAMP) ## make bench NAME=spine SCALE=0.05: one figure script, JSON on its last line
	@$(BIN)/python bench/$(NAME).py --scale $(or $(SCALE),0.02)

clean: ## Remove what setup made (data stays)
	rm -rf .venv web/node_modules web/dist
