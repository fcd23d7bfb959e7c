"""What `iwsi validate` says a run takes beside what it took, by the kind of work.

One thread and processor seconds, because they are nearly the same on a machine that does other
work. All stages run in this process, after its imports, so that their work can be told apart from
the start of processes, which the estimate is asked for without. The estimate knows nothing of the
machine but a matrix product; with `--measure` it has timed a few seconds of the model's work.
"""

import argparse
import os
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iwsi.evaluation.gate import Decision
    from iwsi.recipe import Recipe

WORK = {
    "sample": "sample",
    "audit_sample": "audit",
    "audit_losses": "audit",
    "weigh": "score",
    "warm_start": "train",
    "train": "train",
    "test": "test",
    "forecast": "test",
}
NOTHING = 1e-6  # seconds that a process takes to start


def main() -> None:
    """Print one row of the table in docs/runs.md for each kind of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--measure", action="store_true", help="as iwsi validate --measure")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IWSI_CACHE"] = f"{folder}/cache"
        _compare(given.recipe, given.overrides, Path(folder) / "run", measure=given.measure)


def _compare(path: Path, overrides: list[str], root: Path, *, measure: bool) -> None:
    from iwsi.cost.rates import keep_start
    from iwsi.models import count_parameters
    from iwsi.recipe.load import load_recipe
    from iwsi.rounds.preflight import resolve
    from iwsi.rounds.validation import validate

    recipe = load_recipe(path, overrides)
    parameters = count_parameters(recipe.model.name) or 0
    keep_start(parameters, NOTHING)
    found = validate(recipe, measure=measure)
    measured = processor_seconds(resolve(recipe), root)
    for cost in found.costs:
        took = measured[cost.work]
        print(
            f"| {path.stem}, {parameters / 1e6:,.1f} M | {cost.work} | {cost.tokens:,} | "
            f"{cost.seconds:.1f} s | {took:.1f} s | {cost.seconds / took:.2f} |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    memory = max(cost.memory_gib for cost in found.costs)
    disk = sum(file.stat().st_size for file in root.rglob("*") if file.is_file()) / 2**20
    print(
        f"memory {memory:.1f} GiB, peak {peak:.1f} GiB; "
        f"disk {1024 * found.disk.most:.0f} MiB, took {disk:.0f} MiB"
    )


def processor_seconds(recipe: "Recipe", root: Path) -> Counter[str]:
    """Do every stage of a run in this process; seconds after each has loaded its model."""
    from iwsi.rounds.context import Session
    from iwsi.rounds.plan import called_for, plan

    seconds: Counter[str] = Counter()
    decisions: dict[int, Decision] = {}
    for stage in called_for(plan(recipe), decisions):
        session = Session(root, recipe, lambda done, total: None)
        began = [time.process_time()]
        stage.run(session, stage.name, lambda began=began: began.append(time.process_time()))
        took = time.process_time() - began[-1]
        seconds[WORK.get(stage.kind.name, "other")] += took
        print(f"{stage.name}: {took:.1f} s of a processor", flush=True)
    return seconds


if __name__ == "__main__":
    main()
