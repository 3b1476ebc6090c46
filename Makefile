# The door. `make run` serves, `make test` proves; both set everything up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/sh
export PYTHON ?= python3
export VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help run test check format setup models lock bench bench-histories bench-overload bench-exports drills mutations api-contract \
	bench-repair bench-answers eval embed-model ranker repair-model decoder scans clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install, index corpus/, serve http://127.0.0.1:8000
	@sh tools/setup.sh run
	@exec $(BIN)/cachhay serve --index

# Workers that tests are spread over: as many as there are processors, at most four (each takes a gigabyte).
JOBS ?= auto

test: ## Install, check, and run every test (JOBS=1: one after the other)
	@sh tools/setup.sh dev
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -q --doctest-modules -n $(JOBS) --maxprocesses 4 --dist worksteal

check: ## ruff, format, mypy --strict over everything (import contracts are among the tests)
	@sh tools/setup.sh dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: ## Rewrite the code as ruff wants it
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

models: ## Install PyTorch (CPU) and sentence-transformers, for embedding models other than the shipped one
	@sh tools/setup.sh models

lock: ## Write constraints.txt from the present environment
	@$(BIN)/pip freeze --all --exclude pip --exclude wheel --exclude-editable | sed 's/^\(torch==[0-9.]*\)+cpu$$/\1/' | LC_ALL=C sort -f > constraints.txt

bench: ## Speed of the text analysis and of search
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.text_speed
	@$(BIN)/python -m benchmarks.search_speed

bench-histories: ## What edits that were taken back, and internal items, change in the answers: must be nothing
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.histories

bench-overload: ## One visitor against the others, on ITEMS=2000 records (a quarter of an hour)
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.overload --items $(or $(ITEMS),2000)

drills: ## Kinds of damage, kills while indexing, backups of a busy home (an hour; kills at system calls need strace)
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.damage
	@$(BIN)/python -m benchmarks.kills
	@$(BIN)/python -m benchmarks.backups

bench-exports: ## What exports cost: CPU and memory at 500, 1,000 and 2,000 items
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.exports

mutations: ## 10,000 damaged and hostile files through every step: COUNT=... SEED=...; DATA=folder of whole files of other formats
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.mutations --count $(or $(COUNT),10000) --seed $(or $(SEED),0)
	@$(if $(DATA),$(BIN)/python -m benchmarks.mutated_papers $(DATA) --count $(or $(COUNT),10000) --seed $(or $(SEED),0))

bench-repair: ## Repair against the text as it is and two libraries: PAGES="a.jsonl b.jsonl.xz" [DATA=folder]
	@sh tools/setup.sh dev
	@$(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt --editable '.[bench]'
	@$(BIN)/python -m benchmarks.repair $(PAGES) $(if $(DATA),--data $(DATA))

api-contract: ## Whether every answer of the API is as described: schemathesis, EXAMPLES=5000
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.api_contract --examples $(or $(EXAMPLES),5000)

eval: ## Search quality: our own gate, and with DATA=folder its question sets and those held out of training (an hour)
	@sh tools/setup.sh dev
	@$(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt --editable '.[bench]'
	@$(BIN)/python -m benchmarks.gate
	@if [ -n "$(DATA)" ]; then \
		$(BIN)/python -m benchmarks.make_sets $(DATA) var/eval/sets && \
		$(BIN)/python -m benchmarks.retrieval --json var/eval/retrieval.json --work var/eval/indexes \
			$(foreach set,alqac2023 alqac_mrc phapdien_ir,--data $(DATA)/eval/$(set)) \
			$(foreach set,law_unseen press_unseen short_unseen,--data var/eval/sets/$(set)) && \
		$(BIN)/python -m benchmarks.similar $(DATA); \
	fi

embed-model: ## Train kb/embedding/models/embed-vi-static-v1 from DATA=folder (forty minutes on two cores)
	@sh tools/setup.sh dev
	@$(BIN)/python -m training.make_embed_model $(DATA) kb/embedding/models/embed-vi-static-v1

ranker: ## Learn search_api/retrieval/ranker.tsv from DATA=folder, after every change of matching (ten minutes on two cores)
	@sh tools/setup.sh dev
	@$(BIN)/python -m training.make_ranker $(DATA) --work var/ranker

bench-answers: ## How often the answer on top is right, and how often one is given: DATA=folder adds legal questions
	@sh tools/setup.sh dev
	@$(BIN)/python -m benchmarks.answers $(if $(DATA),--data $(DATA)/eval/alqac_mrc)

repair-model: ## Train vitext/correction/repair-vi.model from DATA=folder (hours; WORK=var/repair-model keeps every stage)
	@sh tools/setup.sh dev
	@$(BIN)/python -m training.make_repair_model $(DATA) $(or $(WORK),var/repair-model)

decoder: ## Compile vitext/correction/decoder.c to WebAssembly (clang, lld; the result is committed)
	@clang --target=wasm32 -O3 -mbulk-memory -msimd128 -nostdlib -Wall -Wl,--no-entry -Wl,-z,stack-size=65536 \
		-Wl,--export=params,--export=params_size,--export=prepare,--export=propose,--export=decode,--export=cuts,--export=spent,--export=__heap_base \
		-o vitext/correction/decoder.wasm vitext/correction/decoder.c

scans: ## Render records of corpus/practices and read them with Tesseract's English model (rewrites corpus/practices/scans)
	@sh tools/setup.sh dev
	@$(BIN)/python -m training.make_scans

clean: ## Remove everything that was made: environment, store, indexes
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
