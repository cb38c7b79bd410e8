# Two commands on a machine that has Python 3.11 or newer and make: `make demo` and `make test`.
# uv is used where it is installed; where it is not, pip brings it into .boot, a folder of its own.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .boot/bin/uv)
BIN := .venv/bin
ARGS ?=
N ?= 200
SEEDS ?= 500
export UV_PYTHON_DOWNLOADS := never
# Tests and the demo start the same programs over and over: what is compiled once is kept, whatever the caller's habit.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := core addressbook identity_tokens microsoft_apps schemas plugins tests tools

.PHONY: help demo test without-peers check bench sbom advisories fuzz chaos ha simulate simulate-planted plugin-table authorisation accessibility pictures features peers lock changelog packages image release format clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: .venv/ready ## Start the whole house with two organisations; ARGS="--once --json --keep DIR" runs without a browser
	@$(BIN)/budkavle demo $(ARGS)

# Three processes on two cores: half of the time a test waits for a browser, a modem, a database or a process to start.
test: .venv/ready ## Run all tests (ARGS="-k word" for some)
	@$(BIN)/pytest -n 3 --dist loadgroup $(ARGS)

without-peers: .venv/ready ## See that the tests pass, with visible skips, where the heavier peers are missing
	@$(BIN)/python tools/without_peers.py

check: .venv/ready ## Style of all sources, types, layers, sizes, packaging
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/linters.py
	$(BIN)/python tools/house.py
	$(BIN)/python tools/translations.py --check
	PYTHONPATH=tools $(BIN)/python -m supply_chain.licences

sbom: .venv/ready ## Write the bill of materials of what an installation gets to dist/ (CycloneDX)
	@PYTHONPATH=tools $(BIN)/python -m supply_chain.sbom

advisories: .venv/ready ## Judge the pinned packages by stored advisories in OSV form: FROM="pypi.zip npm.zip"
	@PYTHONPATH=tools $(BIN)/python -m supply_chain.advisories $(FROM)

house: .venv/ready ## Size of each folder, and what the house holds of its own
	@$(BIN)/python tools/house.py

bench: .venv/ready ## Measure against the limit of the arithmetic; JSON lines
	@$(BIN)/python tools/bench.py $(ARGS)

fuzz: .venv/ready ## Try the parsers of foreign bytes with inputs that are nearly right, 60 seconds each
	@$(BIN)/python tools/fuzz.py $(ARGS)

chaos: .venv/ready ## Kill web, worker and PostgreSQL N times under load
	@$(BIN)/python tools/chaos.py --kills $(N) $(ARGS)

ha: N := 3
ha: .venv/ready ## PostgreSQL with a standby, and N rounds of the faults that befall it (root); ARGS="--faults kill,freeze"
	@PYTHONPATH=tools $(BIN)/python -m ha --rounds $(N) $(ARGS)

simulate: .venv/ready ## Simulate SEEDS runs of the queue with faults at every step; ARGS="--seed 7" repeats one
	@$(BIN)/python tools/simulate --seeds $(SEEDS) $(ARGS)

simulate-planted: .venv/ready ## Plant faults in a copy of the core, and see which of them the simulator finds
	@PYTHONPATH=tools $(BIN)/python -m simulate.planted $(ARGS)

plugin-table: .venv/ready ## Write the table of docs/plugins.md anew from the code
	@$(BIN)/python tools/plugin_table.py --update

authorisation: .venv/ready ## Write the tables of docs/authorisation.md anew from the code
	@$(BIN)/python tools/authorisation.py --update

accessibility: .venv/ready ## What axe finds in every page, for the accessibility statements; before a release
	@$(BIN)/python tools/accessibility.py $(ARGS)

pictures: .venv/ready ## Take the pictures of docs/pictures anew from the demo; ARGS="widths/desk events" for some
	@$(BIN)/python tools/pictures.py $(ARGS)

features: .venv/ready ## Which rows of the feature list have a passing test
	@$(BIN)/python tools/features.py

# LemonLDAP::NG, an identity provider: only what it needs, without the web servers that it recommends.
LEMONLDAP := lemonldap-ng liblasso-perl starman libemail-sender-perl libmime-tools-perl libconvert-pem-perl \
  libcrypt-jwt-perl libio-string-perl libxml-libxml-perl libstring-random-perl

# Two HylaFAX and software modems that call each other, what draws pages, and what makes pages of office files.
FAX := hylafax-server hylafax-client iaxmodem ghostscript libtiff-tools libspandsp2t64 libreoffice-writer-nogui

# A PostgreSQL with a standby (`make ha`).
HA := patroni python3-etcd etcd-server haproxy postgresql iproute2

peers: .venv/ready ## Install what the heavier tests talk to (Debian packages, needs root; and npm's)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-headless-shell default-jdk-headless libjaxb-java libxml-security-java opensmtpd rsyslog rsyslog-openssl softhsm2 >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends xmlsec1 clamav-daemon clamav-base coturn litmus pgbouncer promtool nginx-light caddy curl buildah mmdebstrap netavark openssh-client systemd linux-libc-dev $(LEMONLDAP) >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(FAX) >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(HA) >/dev/null
	@$(BIN)/python tools/peers.py
	@$(UV) pip install --quiet --python .venv --target .cache/charts --require-hashes -r requirements/charts.txt

lock: .boot-or-uv ## Write the locked requirements anew
	$(UV) pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements/run.txt
	$(UV) pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group dev -o requirements/dev.txt
	$(UV) pip compile -q --universal --generate-hashes --no-header --python-version 3.11 requirements/charts.in -o requirements/charts.txt

changelog: .venv/ready ## Show what the next changelog will say
	@$(BIN)/towncrier build --draft --version next

packages: .venv/ready ## Build wheel, source distribution, chart and bill of materials in dist/packages, the same bytes for the same commit
	@PYTHONPATH=tools $(BIN)/python -m release.packages

image: .venv/ready ## Build the container image in dist/image, with buildah and mmdebstrap; ARGS="--base FILE" takes a base that was made before
	@PYTHONPATH=tools $(BIN)/python -m image $(ARGS)

release: .venv/ready ## Make a release of the version in pyproject.toml: KEY=path/of/ssh/key, IMAGE=digest
	@PYTHONPATH=tools $(BIN)/python -m release --key "$(KEY)" $(if $(IMAGE),--image "$(IMAGE)")

format: .venv/ready ## Put Python, CSS, JavaScript, SQL and templates into shape
	$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/python tools/linters.py --fix

clean: ## Remove what make made
	rm -rf .boot .venv .cache build dist

.PHONY: .boot-or-uv
.boot-or-uv:
	@command -v $(UV) >/dev/null || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Budkavle needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }; \
	  $(PYTHON) -m venv .boot && .boot/bin/pip install --quiet --disable-pip-version-check uv; }

.venv/ready: requirements/dev.txt pyproject.toml package-lock.json tools/browser_packages.py | .boot-or-uv
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps -e .
	@touch .venv/ready
