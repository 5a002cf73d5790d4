# The entry point for everything. Needs cargo, a C++ compiler and python3 with pip; `make setup` fetches the rest.

CARGO ?= cargo
PYTHON ?= python3
BAL := $(or $(CARGO_TARGET_DIR),target)/release/bal

# `make NAME` runs `pipelines/NAME.yaml`, `make NAME-quick` its profile `quick`.
PIPELINES := $(sort $(wildcard pipelines/*.yaml))
NAMES := $(notdir $(basename $(PIPELINES)))
QUICK := $(addsuffix -quick,$(NAMES))

# These would lead torch-sys past the link folder that `setup` makes.
unexport LIBTORCH_USE_PYTORCH LIBTORCH_INCLUDE LIBTORCH_LIB LIBTORCH_STATIC

.DEFAULT_GOAL := help
.PHONY: help setup build quick quick-all two-moons test test-engines test-slurm test-page learn lint fuzz bench gpu-check clean check-tools bal $(NAMES) $(QUICK)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile
	@echo; echo 'Experiments (`make NAME-quick`: in small; `bal list`: what was run of each):'
	@# Of each header the first sentence, which may go over several lines.
	@awk 'FNR == 1 { text = ""; done = 0 } \
		done || !/^#/ { next } \
		{ text = text substr($$0, 2) } \
		match(text, /\.( [A-Z]|$$)/) { \
			name = FILENAME; gsub(/.*\/|\.yaml$$/, "", name); \
			printf "make %-23s%s\n", name, substr(text, 1, RSTART); done = 1 \
		}' $(PIPELINES)

setup: check-tools ## fetch libtorch 2.11.0 (or take $LIBTORCH) and point cargo at it
	@$(PYTHON) crates/model/setup/libtorch.py

build: setup ## build all binaries (release)
	$(CARGO) build --release --locked --workspace

quick: fig1-quick ## fig1 in small, on real MNIST: 3 functions, 1 seed, 10 rounds (under 5 minutes on two cores)

quick-all: bal ## every experiment in small, one after the other, as far as its data set can be had (hours)
	@BAL='$(BAL)' sh pipelines/quick_all.sh $(NAMES)

$(filter-out fig1,$(NAMES)): %: bal
	$(BAL) run pipelines/$@.yaml

$(QUICK): %-quick: bal
	$(BAL) run pipelines/$*.yaml --profile quick

# The full pool where a GPU answers, else profile `cpu`.
fig1: bal
	@if $(BAL) devices | grep -q '^cuda'; then \
		profile=''; \
		echo 'fig1: a GPU answers: each round scores the full pool.'; \
		echo 'fig1: 15 runs (5 functions, 3 seeds) of 100 rounds, about 12 minutes on an NVIDIA H100 (extrapolated);'; \
		echo 'fig1: with --jobs 15 under CUDA MPS 6 minutes on an H200: see pipelines/README.md, "On a GPU".'; \
	else \
		profile='--profile cpu'; \
		echo 'fig1: no GPU answers, so profile cpu: each round scores a fresh subset of 2,000 points.'; \
		echo 'fig1: 15 runs (5 functions, 3 seeds) of 100 rounds, about 4.6 hours on two cores (RESULTS.md in crates/bench).'; \
	fi; \
	echo 'fig1: Ctrl-C stops it safely; `make fig1` then goes on where it stopped.'; \
	exec $(BAL) run pipelines/fig1.yaml $$profile

two-moons: two_moons

test: setup ## all tests, doc tests too
	$(CARGO) test --release --locked --workspace

test-engines: setup ## the plan of an experiment run by Snakemake, fetched into the user's cache folder
	@place="$${XDG_CACHE_HOME:-$$HOME/.cache}/bal/snakemake-$(SNAKEMAKE_VERSION)"; \
	test -x "$$place/bin/snakemake" || { \
		$(PYTHON) -m venv --without-pip "$$place" && \
		$(PYTHON) -m pip --python "$$place" install --quiet snakemake==$(SNAKEMAKE_VERSION); \
	} || exit 1; \
	BAL_SNAKEMAKE="$$place/bin/snakemake" \
		$(CARGO) test --release --locked --package bal-pipeline --package bal-bench --test it -- engines

# Which of them, e.g. slurm::limits.
SLURM_TESTS ?= slurm::

test-slurm: setup ## tests of `--executor slurm` on a real Slurm, which they start themselves (needs root; installs it by apt)
	@crates/pipeline/tests/slurm/cluster.sh ready
	$(CARGO) test --release --locked --package bal-pipeline --package bal-bench --test it -- --ignored --test-threads 3 $(SLURM_TESTS)

PAGES := $(or $(CARGO_TARGET_DIR),target)/pages

test-page: setup ## look at reports in a headless Chromium, under 2 minutes; says "skipped" where there is none
	@rm -rf $(PAGES)
	BAL_PAGES=$(abspath $(PAGES)) $(CARGO) test --release --locked --package bal-report --package bal-pipeline --package bal-bench --test it -- pages_of_all_kinds
	@$(PYTHON) crates/report/tests/page/check.py $(PAGES)

learn: setup ## small tasks that every network must learn, the large networks too (a minute on two cores)
	BAL_LEARN=all $(CARGO) test --release --locked --package bal-train --package bal-report --test it learning

lint: setup ## formatting, clippy and documentation, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings
	@# Whoever ranks their own predictions needs no libtorch: this must stay so.
	@! $(CARGO) tree --locked --package bal-score --package bal-select --no-default-features --edges normal,build --prefix none \
		| grep -E '^(tch|torch-sys) ' || { echo 'error: bal-score --no-default-features or bal-select needs libtorch' >&2; exit 1; }
	$(CARGO) clippy --release --locked --package bal-score --package bal-select --no-default-features --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --release --locked --workspace --no-deps

SNAKEMAKE_VERSION := 9.27.1

FUZZ_TARGETS := npy predictions pipeline cifar mat csv archive
SECONDS_EACH ?= 120

fuzz: setup ## fuzz the readers of foreign files, each for SECONDS_EACH=120 (see fuzz/README.md)
	@rustup run nightly rustc --version >/dev/null 2>&1 || \
		{ echo 'error: no nightly toolchain: `rustup toolchain install nightly`' >&2; exit 1; }
	@$(CARGO) fuzz --version >/dev/null 2>&1 || \
		{ echo 'error: no cargo-fuzz: `$(CARGO) install cargo-fuzz --version 0.13.2 --locked`' >&2; exit 1; }
	@$(PYTHON) fuzz/seeds.py
	@cd fuzz && for target in $(FUZZ_TARGETS); do \
		dictionary=''; [ ! -e $$target.dict ] || dictionary="-dict=$$target.dict"; \
		rustup run nightly cargo fuzz run --sanitizer none $$target -- -max_total_time=$(SECONDS_EACH) -timeout=10 \
			-rss_limit_mb=2048 -max_len=16384 $$dictionary || exit 1; \
	done

bench: setup ## measure against PyTorch, batchbald_redux, baal … into crates/bench/RESULTS.md (an idle hour or more; BENCH='--only scores')
	@$(PYTHON) crates/bench/peers/environment.py
	$(CARGO) build --release --locked --package bal-pipeline --package bal-bench
	@test -f data/mnist/dataset.json || $(BAL) prepare dataset --dataset mnist --out data/mnist
	$(dir $(BAL))bal-bench $(BENCH)

gpu-check: bal ## compare CUDA with the CPU and time it, under 8 minutes (needs a GPU; CHECK='--device cpu' tries it out)
	@$(PYTHON) crates/bench/gpu_check.py --bal $(BAL) $(CHECK)

clean: ## remove what cargo built; data/, artifacts/ and the fetched libtorch stay
	$(CARGO) clean

bal: setup
	$(CARGO) build --release --locked --package bal-pipeline

check-tools:
	@missing=0; \
	need() { command -v "$$1" >/dev/null 2>&1 || { echo "error: no \`$$1\`: $$2" >&2; missing=1; }; }; \
	need $(CARGO) 'install Rust with rustup (https://rustup.rs) and open a new shell'; \
	need $$(set -- $${CXX:-c++}; echo $$1) 'install a C++ compiler (Debian: apt install g++)'; \
	need $(PYTHON) 'install Python 3.9 or newer with pip (Debian: apt install python3 python3-pip)'; \
	if command -v $(PYTHON) >/dev/null 2>&1; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' || \
			{ echo 'error: $(PYTHON) is too old: install Python 3.9 or newer' >&2; missing=1; }; \
		$(PYTHON) -c 'import importlib.util as u, sys; sys.exit(u.find_spec("pip") is None)' || \
			echo 'warning: python3 has no pip, which downloads need: install it (Debian: apt install python3-pip)' >&2; \
	fi; \
	exit $$missing
