"""How time and memory grow with candidates, each stage in a process of its own.

Vote and selection run on 10³ to 10⁶ candidates with real texts, where there are some; sampling
and scoring on a few sizes, from which a line is drawn.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benches.candidates import CANDIDATES, write_round
from iwsi.recipe import Recipe
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "tiny_arith.yaml"
COUNTED = (10**3, 10**4, 10**5, 10**6)  # candidates that are voted on and selected
SAMPLED = (20, 80, 320, 1280)  # questions, 15 candidates each
DISTINCT = "filter={method: distinct}"
LARGE = 10**6
WRITE = "write"


class Cost(NamedTuple):
    """What a stage took; `gib` is the most memory that its process held."""

    stage: str
    candidates: int
    seconds: float
    gib: float


def growth(most: int = COUNTED[-1]) -> list[Cost]:
    """The cost of each stage at each size, smaller sizes first."""
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in [size for size in COUNTED if size <= most]:
            root = Path(folder) / str(size)
            # Not here: a process counts what its parent held when it began as its own memory.
            _apart(root, size, WRITE)
            costs += [_apart(root, size, "vote"), _apart(root, size, "select")]
            costs.append(_apart(root, size, "select", DISTINCT))
        for questions in SAMPLED:
            root = Path(folder) / f"sampled-{questions}"
            smaller = f"task.train.size={questions}"
            _apart(root, 0, "prepare", smaller)
            for stage in ("sample", "vote", "weigh"):
                cost = _apart(root, questions * CANDIDATES, stage, smaller)
                costs += [cost] if stage != "vote" else []
    return sorted(costs, key=lambda cost: (cost.stage, cost.candidates))


def report(costs: Sequence[Cost]) -> str:
    """A table, and for each stage a line through its sizes."""
    lines = [f"{'stage':<16} {'candidates':>10} {'seconds':>9} {'GiB':>6}"]
    for stage in dict.fromkeys(cost.stage for cost in costs):
        of_stage = [cost for cost in costs if cost.stage == stage]
        lines += [
            f"{stage:<16} {c.candidates:>10} {c.seconds:>9.2f} {c.gib:>6.2f}" for c in of_stage
        ]
        lines.append(f"{'':<16} {_line(of_stage)}")
    return "\n".join(lines) + "\n"


def _line(costs: Sequence[Cost]) -> str:
    """A straight line through time and memory, and how far the measured times lie from it."""
    sizes = np.array([cost.candidates for cost in costs], float)
    seconds = np.array([cost.seconds for cost in costs])
    slope, start = np.polyfit(sizes, seconds, 1)
    memory = np.polyfit(sizes, [cost.gib for cost in costs], 1)[0]
    power = np.log(seconds[-1] / seconds[-2]) / np.log(sizes[-1] / sizes[-2])
    text = f"{1e6 * slope:.3g} µs and {2**20 * memory:.3g} KiB more a candidate, "
    text += f"time ~ candidates^{power:.2f} between the two largest"
    if sizes[-1] < LARGE:
        text += f"; by the line {(start + slope * LARGE) / 3600:.2f} h for 10^6"
    return text


def _apart(root: Path, candidates: int, kind: str, *overrides: str) -> Cost:
    """One stage of round 1 in a process of its own."""
    command = [sys.executable, __file__, str(root), str(candidates), kind, *overrides]
    done = subprocess.run(  # noqa: S603  # this interpreter and this file
        command,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if done.returncode:
        raise RuntimeError(f"{kind} failed: {done.stderr.splitlines()[-1]}")
    seconds, gib = json.loads(done.stdout.splitlines()[-1])
    label = f"{kind} distinct" if DISTINCT in overrides else kind
    return Cost(label, candidates, seconds, gib)


def _run(root: Path, kind: str, overrides: Sequence[str]) -> None:
    recipe: Recipe = load_recipe(RECIPE, ["sample.engine=transformers", *overrides])
    marks: list[float] = []
    session = Session(root, recipe, lambda done, total: None)
    marks.append(_clock())
    number = 0 if kind == "prepare" else 1
    [stage] = [s for s in plan(recipe) if s.kind.name == kind and s.round == number]
    stage.run(session, "", lambda: marks.append(_clock()))
    seconds = _clock() - marks[-1]  # without imports and models
    gib = _peak_kib() / 2**20
    sys.stdout.write(json.dumps([seconds, gib]) + "\n")


def _peak_kib() -> int:
    """The most memory this process held; what the system counts may be its parent's before it."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _clock() -> float:
    return time.process_time()


if __name__ == "__main__":
    _, folder, size, name, *changes = sys.argv
    if name == WRITE:
        write_round(Path(folder), int(size))
        sys.stdout.write("[0, 0]\n")
    else:
        _run(Path(folder), name, changes)
