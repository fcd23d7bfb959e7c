import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys, time
began = time.process_time()
import {modules}
seconds = time.process_time() - began
names = ("torch", "vllm", "ray", "transformers", "trl", "sympy")
print(json.dumps([seconds, [name for name in names if name in sys.modules]]))
"""


def _imported(modules: str) -> tuple[float, list[str]]:
    """Processor seconds that the import takes, and the large libraries that come with it."""
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(modules=modules)],
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(json.loads(answer.stdout))


@pytest.mark.parametrize("modules", ["iwsi.recipe, iwsi.filter.vote, eval_predict", "iwsi.cli"])
def test_the_pure_core_imports_within_a_second_and_without_torch(modules):
    times = []
    for _ in range(3):  # the first may read from a cold disk
        seconds, heavy = _imported(modules)
        assert heavy == []
        times.append(seconds)
    assert min(times) < 1.0


def test_what_hands_its_work_to_other_processes_imports_no_engine():
    _, heavy = _imported("iwsi.rounds.worker, iwsi.sample.service, iwsi.scoring.scorer")
    assert heavy == []


def test_the_public_names_of_eval_predict_wait_for_their_first_use():
    code = "import sys, eval_predict; print({'sklearn', 'pandas', 'scipy'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert answer.stdout.strip() == "set()"
