# `make` lists the targets. CARGO_TARGET_DIR is honoured; HIVE names the program that the scripts run.
CARGO ?= cargo
export HIVE ?= $(or $(CARGO_TARGET_DIR),target)/release/rbee-hive

SCRIPTS := .ci/run $(wildcard scripts/*.sh bench/*.sh e2e/*.sh) \
	$(wildcard crates/worker-provisioner/src/source/agents/*.sh)
# Bash that others run: what it leaves unused, or finds already set, is theirs.
FRAGMENTS := $(wildcard recipes/*/PKGBUILD) \
	crates/worker-provisioner/src/functions/runner.sh crates/worker-provisioner/src/recipe/bridge.sh \
	crates/worker-provisioner/src/functions/fakeroot.sh crates/worker-provisioner/src/recipe/prelude.sh crates/worker-provisioner/src/package/tidy/tidy.sh \
	crates/worker-provisioner/src/settings/makepkg.conf

.DEFAULT_GOAL := help
.PHONY: help demo test check bench screenshots e2e build fmt clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Install two real engines into .demo/, show and run them
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@scripts/demo.sh

test: ## Run every test, doctests first; some install real engines
	@scripts/setup.sh test
	$(CARGO) test --workspace --doc
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		set -- nextest run --workspace --no-fail-fast; \
	else \
		set -- test --workspace --tests --no-fail-fast; \
	fi; \
	table=$(or $(CARGO_TARGET_DIR),target)/tmp/comparison.txt; \
	rm -f "$$table"; \
	status=0; \
	echo "$(CARGO) $$*"; \
	$(CARGO) "$$@" || status=$$?; \
	if [ -e "$$table" ]; then \
		printf '\ncomparison with makepkg:\n'; \
		cat "$$table"; \
	fi; \
	exit $$status

check: ## Formatting, lints, documentation, licences and shell scripts
	@scripts/setup.sh test
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		echo "$(CARGO) deny --offline check bans licenses sources"; \
		$(CARGO) fetch --quiet --locked && \
		$(CARGO) deny --offline check bans licenses sources; \
	else \
		echo 'left out: cargo-deny is not installed (cargo install cargo-deny --locked)'; \
	fi
	@if command -v shellcheck >/dev/null; then \
		echo shellcheck; \
		shellcheck $(SCRIPTS) && \
		shellcheck --shell=bash --exclude=SC2016,SC2034,SC2154 $(FRAGMENTS); \
	else \
		echo 'left out: shellcheck is not installed'; \
	fi

bench: ## Compare with makepkg and a build by hand; fails when a target is missed
	@scripts/setup.sh bench
	@$(MAKE) --no-print-directory build
	$(CARGO) build --release -p rbee-hive --example watchers
	@bench/run.sh

screenshots: ## Take the pictures of the page anew, into docs/screenshots/
	@scripts/setup.sh test
	SCREENSHOTS=1 $(CARGO) test -p rbee-hive --test page

e2e: ## Build llama-server, serve a tiny model with it, ask it for an answer
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory build
	@e2e/run.sh

build: ## Build target/release/rbee-hive
	$(CARGO) build --release -p rbee-hive

fmt: ## Format the Rust code
	$(CARGO) fmt --all

# Store objects are read-only, folders too.
clean: ## Remove target/ and what demo, bench and e2e left
	$(CARGO) clean
	@for folder in .demo .bench .e2e; do \
		[ ! -d "$$folder" ] || { chmod -R u+w "$$folder" && rm -rf "$$folder"; }; \
	done
