# make · make demo · make test · make check · make bench · make torture · make docs · make words · make browser
# Everything is installed into the project's own folders .uv and .venv; nothing needs root.

PYTHON ?= python3
UV     := .uv/bin/uv
BIN    := .venv/bin
MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard core/pyproject.toml plugins/*/pyproject.toml))

.DEFAULT_GOAL := install
.PHONY: install demo test check format bench torture docs words browser pictures lock clean

install: .venv/.installed

$(UV): tools/bootstrap.sh tools/uv.txt
	@sh tools/bootstrap.sh $(PYTHON)

.venv/.installed: $(UV) requirements.lock core/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(foreach m,$(MEMBERS),-e $(m))
	@touch $@

demo: install
	@$(BIN)/disengage demo

test: install
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not torture"

torture: install
	@$(BIN)/pytest -m torture -s

check: install
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .import_linter.log 2>&1 || { cat .import_linter.log; exit 1; }

format: install
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

bench: install
	@$(BIN)/python -m benchmarks

words: install
	@$(BIN)/python tools/words.py

browser:
	@sh tools/browser.sh

pictures: install
	@$(BIN)/pytest -q tests/browser --pictures

docs: install
	@$(BIN)/python tools/reference.py

lock: $(UV)
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		$(foreach m,$(MEMBERS),--no-emit-package disengage$(subst _,-,$(patsubst plugins/%,-%,$(filter plugins/%,$(m))))) \
		--group dev pyproject.toml $(foreach m,$(MEMBERS),$(m)/pyproject.toml) -o requirements.lock

clean:
	rm -rf .uv .venv
