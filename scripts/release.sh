#!/usr/bin/env bash
# A release: wheel, source archive, software bill of materials and their digests, in dist/.
# Run scripts/test.sh first. Needs: pip install -e '.[security]'. Arguments go to scripts/security.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-.venv/bin/python}
if [ -n "$(git status --porcelain)" ]; then
  echo "release: the working tree has changes that are not committed" >&2
  exit 2
fi
rm -rf dist
bash scripts/security.sh "$@"
"$python" -m hatchling build -d dist
(cd dist && sha256sum -- *.whl *.tar.gz sbom.json | tee SHA256SUMS)
