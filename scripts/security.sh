#!/usr/bin/env bash
# Before a release: bandit, known faults of what is installed, and a software bill of materials.
# Needs: pip install -e '.[security]'. pip-audit asks a database on the network; --offline leaves it out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Looked at: asserts for the type checker (B101), column names that look like passwords (B105), our own
# modules as child processes without a shell (B404, B603), a subclass of SafeLoader (B506), hub ids whose
# revision the recipe sets (B615), markup of our own in the report, whose values are escaped (B704).
.venv/bin/bandit -q -r iwsi eval_predict --skip B101,B105,B404,B603,B506,B615,B704
[ "${1:-}" = --offline ] || .venv/bin/pip-audit
mkdir -p dist
.venv/bin/cyclonedx-py environment .venv/bin/python --of JSON -o dist/sbom.json
echo "dist/sbom.json: $(grep -c '"bom-ref"' dist/sbom.json) components"
