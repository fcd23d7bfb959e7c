#!/usr/bin/env bash
# Before a release: bandit, a software bill of materials, and known faults of what is installed.
# Needs: pip install -e '.[security]'. The known faults are asked of PyPI; --offline leaves them out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-.venv/bin/python}
# Looked at: asserts for the type checker (B101), column names that look like passwords (B105), our own
# modules as child processes without a shell (B404, B603), a subclass of SafeLoader (B506), hub ids whose
# revision the recipe sets (B615), markup of our own in the report, whose values are escaped (B704).
"$python" -m bandit -q -r iwsi eval_predict --skip B101,B105,B404,B603,B506,B615,B704
echo "bandit: nothing found"
mkdir -p dist
"$python" -m cyclonedx_py environment "$python" --pyproject pyproject.toml --of JSON -o dist/sbom.json
"$python" -c 'import json; print("dist/sbom.json:", len(json.load(open("dist/sbom.json"))["components"]), "packages")'
if [ "${1:-}" = --offline ]; then
  echo "known faults: left out (--offline)"
else
  exec "$python" scripts/known_faults.py
fi
