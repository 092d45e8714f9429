# Few targets; `make demo` and `make test` do all their own set-up.
.PHONY: demo test web setup lint bench

# A registry with the demo dossier, in the browser.
demo: web
	cargo run --release --quiet --package stele -- demo

# Every test: rules, both databases, the command, a real browser.
test: setup web
	scripts/test

# The style sheet, scripts, fonts and basemap that the program carries.
web: web/dist/stele.css

web/dist/stele.css: web/package-lock.json web/vite.config.ts $(wildcard web/src/* web/src/map/* web/basemap/*)
	scripts/setup node
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	touch $@

# What the tests need beside git, cargo, node, npm and python3: chromium, PostgreSQL, python3-venv.
setup:
	scripts/setup all

lint: web
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

bench: web
	cargo bench --workspace
