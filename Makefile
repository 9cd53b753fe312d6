# One environment, from the lock alone; uv itself comes out of PyPI into it.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench docs up down lock clean

help: ## show the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

demo: .venv/installed ## the main job on invented data: load, build, test, show
	$(BIN)/armazem demo

test: .venv/installed lint ## everything that must pass before a merge
	$(BIN)/pytest

lint: .venv/installed ## style of Python, SQL and YAML
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
# parsed as sqlfluff does, which takes it over, with the models of the other engine
	ARMAZEM_DUCKDB=:memory: $(BIN)/dbt parse --quiet --target duckdb --vars '{operations: true}'
	$(BIN)/dbt-bouncer run
	ARMAZEM_DUCKDB=:memory: $(BIN)/sqlfluff lint --processes 2 models tests analyses

format: .venv/installed ## rewrite what has a canonical form
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	ARMAZEM_DUCKDB=:memory: $(BIN)/sqlfluff fix models tests analyses

bench: .venv/installed ## what the claims of speed rest on, as ratios
	$(BIN)/python -m benchmarks.registry
	$(BIN)/python -m benchmarks.indexes
	$(BIN)/python -m benchmarks.api --companies 20000 --seconds 5
	$(BIN)/python -m benchmarks.mercadolivre_rate
	$(BIN)/python -m benchmarks.price_history --new 40000 --history 200000 800000
	$(BIN)/python -m benchmarks.marketplace_year --days 60 --orders-per-day 200 --items 300
	$(BIN)/python -m benchmarks.seller_clusters --sellers 1000
	$(BIN)/python -m benchmarks.exports

docs: .venv/installed ## diagrams anew (with Graphviz), and dbt's documentation: target/static_index.html
	$(BIN)/python -m docs.diagrams
	$(BIN)/dbt docs generate --static

up: .venv/installed ## start the embedded PostgreSQL
	$(BIN)/armazem up

down: .venv/installed ## stop it
	$(BIN)/armazem down

lock: .venv/installed ## compile requirements.lock anew
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
		--all-extras --upgrade pyproject.toml --output-file requirements.lock

clean: ## remove what is made, the embedded database included
	-$(BIN)/armazem down
	rm -rf .venv .armazem target logs

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@
