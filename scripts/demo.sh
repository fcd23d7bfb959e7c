#!/usr/bin/env bash
# Sets up, then improves the small model that comes with the repository on its own answers.
# Running it again does nothing. Overrides go through: bash scripts/demo.sh seed=1 --run-dir runs/1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh
exec .venv/bin/iwsi run recipes/tiny_arith.yaml "$@"
