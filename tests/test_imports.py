import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys, time
began = time.perf_counter()
import {modules}
seconds = time.perf_counter() - began
heavy = [m for m in ("torch", "vllm", "ray", "transformers", "trl", "sympy") if m in sys.modules]
print(json.dumps([seconds, heavy]))
"""


@pytest.mark.parametrize(
    "modules",
    [
        "iwsi.recipe, iwsi.filter.vote, eval_predict",
        "iwsi.cli",
        "iwsi.sample.service, iwsi.filter.scoring, iwsi.rounds.worker",  # hands work to others
    ],
)
def test_the_pure_core_imports_within_a_second_and_without_torch(modules):
    times = []
    for _ in range(3):  # the first may read from a cold disk
        answer = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(modules=modules)],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds, heavy = json.loads(answer.stdout)
        assert heavy == []
        times.append(seconds)
    assert min(times) < 1.0
