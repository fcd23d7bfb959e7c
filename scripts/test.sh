#!/usr/bin/env bash
# Sets up if needed, then lints, type-checks, checks imports, builds the site and runs the tests. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/lint-imports
# The documentation's site; a link to nowhere fails it. The notice that is switched off advertises.
NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build -q --strict -f scripts/docs_site/mkdocs.yml
exec .venv/bin/pytest "$@"
