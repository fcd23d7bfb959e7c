import subprocess
import sys

import pytest
from conftest import ROOT

SMALL = (
    *("sample.engine=transformers", "task.train.size=6", "task.validation.size=8", "sample.n=2"),
    *("task.test.size=6", "rounds=1", "train.epochs=1", "audit=null"),
)


@pytest.mark.slow
def test_the_bench_of_estimates_runs_to_its_last_line():
    """It ended with an AttributeError after all stages, and no test had run it."""
    script, recipe = ROOT / "scripts/benches/estimates.py", ROOT / "recipes/tiny_arith.yaml"
    command = [sys.executable, str(script), str(recipe), *SMALL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    table = [line for line in done.stdout.splitlines() if line.startswith("| tiny_arith")]
    assert {line.split(" | ")[1] for line in table} == {"sample", "score", "train", "test"}
    assert done.stdout.splitlines()[-1].startswith("memory ")
