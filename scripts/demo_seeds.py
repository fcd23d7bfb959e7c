"""Run the demo's recipe over several seeds and print the mean gain with its interval.

    .venv/bin/python scripts/demo_seeds.py [--seeds 5] [--json] [KEY=VALUE ...]

Each seed draws its own training questions and validation rows, samples, and trains; the test rows
are the same for all. Runs are kept in runs/, so that a second start goes on where it stopped.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from eval_predict import mean_over_seeds
from iwsi.commands.display import RunDisplay, interval
from iwsi.recipe.load import load_recipe
from iwsi.rounds.loop import run_recipe

ROOT = Path(__file__).resolve().parent.parent
POINTS = "{:+.1f}"
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
    result = {
        "seeds": {seed: _seed(summary) for seed, summary in summaries.items()},
        "mean_gain": mean_over_seeds([_gain(s)["value"] for s in summaries.values()]).to_dict(),
    }
    sys.stdout.write(json.dumps(result) + "\n" if options.json else _markdown(result))


def _seed(summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "accuracy": [entry["accuracy"]["value"] for entry in summary["rounds"]],
        "gain": _gain(summary),
        "seconds": summary["seconds"],
    }


def _gain(summary: dict[str, Any]) -> dict[str, Any]:
    gain: dict[str, Any] = summary["rounds"][-1]["gain"]
    return gain


def _markdown(result: dict[str, Any]) -> str:
    rounds = len(next(iter(result["seeds"].values()))["accuracy"]) - 1
    head = ["seed", "before", *(f"round {i + 1}" for i in range(rounds)), "gain in points (95%)"]
    lines = [head, ["---"] * len(head)]
    for seed, row in result["seeds"].items():
        accuracy = [f"{100 * value:.1f}%" for value in row["accuracy"]]
        lines.append([str(seed), *accuracy, str(interval(row["gain"], POINTS))])
    blank = [""] * (rounds + 1)
    lines.append(["**mean**", *blank, f"**{interval(result['mean_gain'], POINTS)}**"])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main()
