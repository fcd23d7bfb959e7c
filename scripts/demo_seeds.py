"""Run the demo's recipe over several seeds and print the mean gain with its interval.

    .venv/bin/python scripts/demo_seeds.py [--seeds 5] [--json] [KEY=VALUE ...]

Each seed draws its own training questions and validation rows, samples, and trains; the test rows
are the same for all. Runs are kept in runs/, so that running it again goes on where it stopped.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from eval_predict import Estimate, mean_over_seeds
from iwsi.commands.display import POINTS, interval
from iwsi.commands.progress import RunDisplay
from iwsi.files import as_json
from iwsi.recipe.load import load_recipe
from iwsi.rounds.loop import run_recipe
from iwsi.rounds.reports import RunSummary

ROOT = Path(__file__).resolve().parent.parent
RECIPE = ROOT / "recipes" / "tiny_arith.yaml"


def main() -> None:
    """Run, then print a Markdown table or, with --json, an object."""
    parser = argparse.ArgumentParser(description="The demo over several seeds.")
    parser.add_argument("--seeds", type=int, default=5, help="seeds 0 to SEEDS - 1")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--name", default=RECIPE.stem, help="runs are kept in runs/NAME-seed-SEED")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    options = parser.parse_args()
    console = Console(stderr=True)
    summaries = {}
    for seed in range(options.first, options.first + options.seeds):
        root = ROOT / "runs" / f"{options.name}-seed-{seed}"
        recipe = load_recipe(RECIPE, [*options.overrides, f"seed={seed}"])
        with RunDisplay(console) as display:
            summaries[seed] = run_recipe(recipe, root, display)
    seeds = {seed: _seed(summary) for seed, summary in summaries.items()}
    mean = mean_over_seeds([row.gain.value for row in seeds.values() if row.gain])
    result = {"seeds": seeds, "mean_gain": mean}
    sys.stdout.write(json.dumps(as_json(result)) + "\n" if options.json else _markdown(seeds, mean))


@dataclass(frozen=True, slots=True)
class SeedResult:
    """One seed: the accuracy of each round, the last one's gain over the base, and the time."""

    accuracy: tuple[float | None, ...]
    gain: Estimate | None
    seconds: float


def _seed(summary: RunSummary) -> SeedResult:
    accuracy = tuple(row.accuracy.value if row.accuracy else None for row in summary.rounds)
    return SeedResult(accuracy, summary.rounds[-1].gain, summary.seconds)


def _markdown(seeds: Mapping[int, SeedResult], mean: Estimate) -> str:
    rounds = len(next(iter(seeds.values())).accuracy) - 1
    head = ["seed", "before", *(f"round {i + 1}" for i in range(rounds)), "gain in points (95%)"]
    lines = [head, ["---"] * len(head)]
    for seed, row in seeds.items():
        accuracy = ["–" if value is None else f"{100 * value:.1f}%" for value in row.accuracy]
        lines.append([str(seed), *accuracy, str(interval(row.gain, POINTS))])
    blank = [""] * (rounds + 1)
    lines.append(["**mean**", *blank, f"**{interval(mean, POINTS)}**"])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main()
