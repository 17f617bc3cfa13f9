# What there is to run in this project. `make` alone lists it.
#
# All that is written lies in the build folder (target/, or CARGO_TARGET_DIR), but for the target wasm32-wasip2, which
# is added to the toolchain where it is missing, and what `make install` puts under PREFIX.

BUILD := $(if $(filter /%,$(CARGO_TARGET_DIR)),$(CARGO_TARGET_DIR),$(CURDIR)/$(or $(CARGO_TARGET_DIR),target))
PREFIX ?= /usr/local

# One target folder and one profile (dev) serve the demo and all tests, and always for the whole workspace: with other
# packages chosen the dependencies get other features, and wasmtime is built once more.
export CARGO_TARGET_DIR := $(BUILD)
export STATSGRID_SKIPPED := $(BUILD)/skipped-tests.txt
export ROUNDS DIR FUZZ_SECONDS TARGETS KEEP

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

.PHONY: demo
demo: ## three nodes and a gatherer on this machine, live; ROUNDS=10, DIR=folder for their files
	@tests/tools/demo

.PHONY: test
test: ## all checks and all tests, and what was skipped at the end
	@mkdir -p '$(BUILD)' && : >'$(STATSGRID_SKIPPED)'
	cargo fmt --all --check
	tests/tools/check-shell
	cargo clippy --workspace --all-targets --locked -- -D warnings
	tests/tools/check-dependencies
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked
	tests/tools/build-producers
	cargo build --workspace --locked
	tests/tools/check-readme
	@tests/tools/run-tests

.PHONY: fuzz
fuzz: ## each fuzz target for a while; FUZZ_SECONDS=60 TARGETS='address body' KEEP=1 to keep what is new
	@tests/tools/fuzz

.PHONY: chaos
chaos: ## kills, pauses and forgeries at random, then every sample accounted for; SECONDS=600 SEED=1 PROVIDERS=50
	STATSGRID_NATS_SERVER="$$(tests/tools/fetch-tool nats-server)" \
	STATSGRID_CHAOS_SECONDS='$(SECONDS)' STATSGRID_CHAOS_SEED='$(SEED)' STATSGRID_CHAOS_PROVIDERS='$(PROVIDERS)' \
		cargo test --workspace --locked --test chaos -- --nocapture every_sample
SECONDS = 600
SEED = 1
PROVIDERS = 50

.PHONY: bench
bench: ## what a round of a fleet costs, beside vmagent and Prometheus; KEEP=1 to put it into BENCHMARKS.md, ARGS=--quick to see that it runs
	cargo build --release --locked --package statsgrid-tests --package statsgrid-gatherer --bins
	STATSGRID_NATS_SERVER="$$(tests/tools/fetch-tool nats-server)" \
		cargo bench --locked --package statsgrid-tests --bench fleet -- $(if $(KEEP),--keep) $(ARGS)

# The programs are optimised, as those that are installed: what a round costs is the question.
.PHONY: fleet
fleet: ## a simulated fleet with faults, each round checked; N=10000 ROUNDS=5 ARGS='--no-journal --stats 50'
	cargo build --release --locked --package statsgrid-tests --package statsgrid-gatherer --bins
	'$(BUILD)/release/statsgrid-fleet' run --gatherer '$(BUILD)/release/stats-gatherer' \
		--nats-server "$$(tests/tools/fetch-tool nats-server)" --folder '$(BUILD)/fleet' \
		--providers '$(or $(N),10000)' --rounds '$(or $(ROUNDS),5)' $(FLEET_FAULTS) $(ARGS)
FLEET_FAULTS = $(foreach fault,silent late forged replayed oversized doubled leaving,--$(fault) 1)

.PHONY: bench-sandbox
bench-sandbox: ## what the sandbox costs, beside bare wasmtime and a forked script; ARGS=--quick to see that it runs
	tests/tools/build-producers --guests
	STATSGRID_NATS_SERVER="$$(tests/tools/fetch-tool nats-server)" \
		cargo bench --workspace --locked --bench sandbox -- $(ARGS)

.PHONY: bench-munin
bench-munin: ## what the munin plugin costs, beside a program that only reads the snapshot; ARGS=--quick to see that it runs
	cargo build --release --locked --package statsgrid-gatherer --no-default-features --bin statsgrid_
	for rival in does_nothing only_reads; do \
		rustc --edition 2024 -C opt-level=3 --out-dir '$(BUILD)/release/rivals' gatherer/benches/munin/rivals/$$rival.rs || exit 1; done
	cargo bench --profile dev --workspace --locked --bench munin -- $(ARGS)

.PHONY: bench-metrics
bench-metrics: ## what a scrape of a fleet costs, beside a program that only writes the same lines; ARGS=--quick to see that it runs
	cargo build --release --locked --package statsgrid-gatherer --bin stats-gatherer
	rustc --edition 2024 -C opt-level=3 --out-dir '$(BUILD)/release/rivals' gatherer/benches/metrics/rivals/only_writes.rs
	cargo bench --profile dev --workspace --locked --bench metrics -- $(ARGS)

.PHONY: build
build: ## the daemons and the munin plugin, for development
	cargo build --workspace --locked

.PHONY: producers
producers: ## the example producers, as WASM components
	tests/tools/build-producers

.PHONY: stats-gatherer-run
stats-gatherer-run: ## the gatherer alone, taking in every node, printing what it gathers; DIR=folder ARGS='--nats URL'
	@mkdir -p '$(GATHERER_DIR)'
	cargo build --workspace --bins --locked
	exec '$(BUILD)/debug/stats-gatherer' run --snapshot '$(GATHERER_DIR)/stats.json' --enrol open \
		--print $(ARGS)
GATHERER_DIR = $(or $(DIR),$(BUILD)/stats-gatherer)

# Only the copying needs rights on PREFIX: SUDO=sudo keeps cargo and its files yours.
PROGRAMS := stats-provider stats-gatherer statsgrid_
UNITS := provider/pkg/stats-provider.service gatherer/pkg/stats-gatherer.service
EXAMPLES := provider/pkg/provider.toml gatherer/pkg/gatherer.toml gatherer/pkg/nats-server.conf
MUNIN := gatherer/pkg/munin/statsgrid gatherer/pkg/munin/graphs.toml
PRODUCERS := host latencies load_monitor storage_server
LICENCES := LICENSE-APACHE LICENSE-MIT
ROOT = $(DESTDIR)$(PREFIX)

# What the programs say of themselves. The pages bear the day of the commit, so that each build of it makes the same.
MANUAL := $(BUILD)/manual
COMPLETED := stats-provider stats-gatherer
MAN = $(ROOT)/share/man/man1
BASH = $(ROOT)/share/bash-completion/completions
ZSH = $(ROOT)/share/zsh/site-functions
FISH = $(ROOT)/share/fish/vendor_completions.d
DATE = $(shell git log -1 --format=%cs 2>/dev/null)

.PHONY: release
release: ## what make install installs
	cargo build --release --locked --package statsgrid-provider --package statsgrid-gatherer
	tests/tools/build-producers

.PHONY: manual
manual: release
	rm -rf '$(MANUAL)' && mkdir -p '$(MANUAL)'
	for program in $(COMPLETED); do \
		'$(BUILD)/release/'"$$program" man-pages $(if $(DATE),--date $(DATE)) '$(MANUAL)/man1' || exit 1; \
		for shell in bash zsh fish; do \
			'$(BUILD)/release/'"$$program" completions $$shell >'$(MANUAL)/'"$$program.$$shell" || exit 1; done; done

.PHONY: install
install: release manual ## programs, units, examples, man pages, completions; PREFIX=/usr/local DESTDIR= SUDO=sudo
	$(SUDO) install -d '$(ROOT)/bin' '$(ROOT)/lib/systemd/system' '$(ROOT)/share/statsgrid/munin' \
		'$(ROOT)/share/statsgrid/producers' '$(ROOT)/share/doc/statsgrid' '$(MAN)' '$(BASH)' '$(ZSH)' '$(FISH)'
	$(SUDO) install -m 755 $(PROGRAMS:%='$(BUILD)/release/%') '$(ROOT)/bin'
	for unit in $(notdir $(UNITS)); do \
		sed 's|/usr/local/bin|$(PREFIX)/bin|' */pkg/"$$unit" >'$(BUILD)'/"$$unit"; done
	$(SUDO) install -m 644 $(patsubst %,'$(BUILD)/%',$(notdir $(UNITS))) '$(ROOT)/lib/systemd/system'
	for example in $(EXAMPLES) $(MUNIN); do \
		sed 's|/usr/local/|$(PREFIX)/|g' "$$example" >'$(BUILD)'/"$${example##*/}"; done
	$(SUDO) install -m 644 $(patsubst %,'$(BUILD)/%',$(notdir $(EXAMPLES))) '$(ROOT)/share/statsgrid'
	$(SUDO) install -m 644 $(patsubst %,'$(BUILD)/%',$(notdir $(MUNIN))) '$(ROOT)/share/statsgrid/munin'
	$(SUDO) install -m 644 $(PRODUCERS:%='$(BUILD)/wasm32-wasip2/producer/%.wasm') '$(ROOT)/share/statsgrid/producers'
	$(SUDO) install -m 644 $(LICENCES) '$(ROOT)/share/doc/statsgrid'
	$(SUDO) install -m 644 '$(MANUAL)'/man1/*.1 '$(MAN)'
	for program in $(COMPLETED); do \
		$(SUDO) install -m 644 '$(MANUAL)/'"$$program.bash" '$(BASH)/'"$$program" && \
		$(SUDO) install -m 644 '$(MANUAL)/'"$$program.zsh" '$(ZSH)/_'"$$program" && \
		$(SUDO) install -m 644 '$(MANUAL)/'"$$program.fish" '$(FISH)' || exit 1; done

.PHONY: uninstall
uninstall: ## take away what make install put there; configuration and data stay
	$(SUDO) rm -f $(PROGRAMS:%='$(ROOT)/bin/%') \
		$(patsubst %,'$(ROOT)/lib/systemd/system/%',$(notdir $(UNITS))) \
		$(foreach program,$(PROGRAMS),'$(MAN)/$(program).1' '$(MAN)/$(program)-'*.1) \
		$(COMPLETED:%='$(BASH)/%') $(COMPLETED:%='$(ZSH)/_%') $(COMPLETED:%='$(FISH)/%.fish')
	$(SUDO) rm -rf '$(ROOT)/share/statsgrid' '$(ROOT)/share/doc/statsgrid'
