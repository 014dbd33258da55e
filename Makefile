# make run    everything on this machine        make test   every test
# make bench  docs/benchmarks.md                make check  lint, types, arrows, settings
# make backup, make restore FILE=…              make fmt, make clean
# make pictures   every page at two widths, into .cache/pictures, as the journey's test sees it

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
MUSIC ?=
FILE ?=
VENV_PYTHON := $(VENV)/bin/python
# What tests read about the deployed site; no process ever uses this key.
DEPLOYED := env HTTPS=1 ALLOWED_HOSTS=listening.example DATA_DIR=.cache/deployed \
	SECRET_KEY=only-for-the-check-of-the-settings-0123456789-abcdefghijklmnopqrst

.PHONY: run test check fmt bench pictures backup restore clean

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Earwitness needs Python 3.11 or newer as PYTHON, got: $$($(PYTHON) --version 2>&1)." >&2; \
		exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's own venv module must work; on Debian: apt install python3-venv." >&2; exit 2; }

# "exec" and the parent's number: when make dies, even by kill -9, everything it started ends.
run: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py run
	@exec $(VENV_PYTHON) -m evalsite.processes \
		--host "$(HOST)" --port "$(PORT)" --music "$(MUSIC)" --parent $$PPID

test: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py test
	@$(VENV_PYTHON) -m tests.support.provide
	@$(MAKE) --no-print-directory check
	@mkdir -p .cache
	@echo "What uses the database on SQLite and then on PostgreSQL; beside it, all the rest."
	@{ $(VENV_PYTHON) -m pytest -q -m database; on_sqlite=$$?; echo "On PostgreSQL:"; \
	$(VENV_PYTHON) -m tests.support.postgres $(VENV_PYTHON) -m pytest -q -m database \
		|| on_sqlite=1; exit $$on_sqlite; } > .cache/database.log 2>&1 & beside=$$!; \
	$(VENV_PYTHON) -m pytest -q -m "not database"; rest=$$?; \
	wait $$beside; database=$$?; \
	echo "On SQLite:"; cat .cache/database.log; \
	exit $$((rest || database))

check: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(DEPLOYED) $(VENV_PYTHON) manage.py check --deploy --fail-level WARNING
	$(DEPLOYED) $(VENV_PYTHON) manage.py makemigrations --check --dry-run

fmt: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py test
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py test
	$(VENV_PYTHON) -m tests.bench

pictures: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py test
	@$(VENV_PYTHON) -m tests.support.provide
	PICTURES=.cache/pictures $(VENV_PYTHON) -m pytest -q tests/journey/test_loop.py

backup: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py run
	@$(VENV_PYTHON) -m evalsite.processes.backup save "$(FILE)"

restore: $(VENV_PYTHON)
	@$(VENV_PYTHON) evalsite/processes/install.py run
	@$(VENV_PYTHON) -m evalsite.processes.backup restore "$(FILE)"

# Leaves data/ alone: recordings, answers and keys live there.
clean:
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
