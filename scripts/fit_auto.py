"""Choose the constants of `auto`, on all matrices and on all but each one.

    python scripts/fit_auto.py collect scores/*.parquet --out draws.npz
    python scripts/fit_auto.py fit draws.npz

`collect` draws items for held-out models in every world of the bench, by each of the designs that
`eval_predict/irt/constants.py` lists, and keeps what the estimates are made of. `fit` finds for
each design the weights that make the true scores most probable, takes the design with the least
mean interval score among those that cover 93% in every world, and prints both as they stand in
`constants.py`: chosen on all matrices, and on all but each one. The table of figures that follows
measures each matrix with what was chosen without it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from benches.auto_choice import (
    Figures,
    Parts,
    Quality,
    best,
    figures,
    fit_weights,
    mixture_parts,
    normalised,
    quality,
)
from benches.auto_draws import ONE_SHOT, Draws, Floats, collect

from eval_predict.bench.worlds import SIMULATED, WORLDS
from eval_predict.data.score_files import read_matrix
from eval_predict.irt.constants import AUTO, STAGINGS

CHOSEN_BY = 14_000  # about so many draws of a design: more take longer and say no more


class Choice(NamedTuple):
    """A design with the weights of its estimate, and how it did where it was chosen."""

    design: str
    value_P: Floats
    quality: Quality


class Candidate(NamedTuple):
    """A design's draws."""

    draws: Draws
    parts: Parts


def main(arguments: list[str]) -> None:
    """Run `collect` or `fit`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    collecting = commands.add_parser("collect")
    collecting.add_argument("files", nargs="+", type=Path)
    collecting.add_argument("--out", type=Path, required=True)
    collecting.add_argument("--budget", type=int, default=50)
    collecting.add_argument("--repeats", type=int, default=14)
    collecting.add_argument("--seed", type=int, default=100)
    fitting = commands.add_parser("fit")
    fitting.add_argument("draws", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "collect":
        matrices = {path.stem: read_matrix(path) for path in options.files}
        draws = Draws.joined(list(collect(matrices, options.budget, options.repeats, options.seed)))
        np.savez(options.out, **draws._asdict())
        print(f"{len(draws.truth_D)} draws: {options.out}")
        return
    with np.load(options.draws) as stored:
        draws = Draws(**{name: stored[name] for name in Draws._fields})
    _report("staged", draws, list(STAGINGS))
    _report("one shot", draws, list(ONE_SHOT))


def _report(title: str, draws: Draws, designs: Sequence[str]) -> None:
    shrinkage = AUTO.one_shot_shrinkage if designs[0] in ONE_SHOT else AUTO.staged_shrinkage
    candidates = {}
    for design in designs:
        drawn = draws.where(draws.design_D == design)
        candidates[design] = Candidate(drawn, mixture_parts(drawn, shrinkage))
    print(f"## {title}")
    whole = _choice(candidates, None)
    print(f"all: {_shown(whole)}")
    rows = []
    for matrix in np.unique(draws.matrix_D):
        # Simulated worlds belong to no matrix: they are measured with what all matrices gave.
        choice = whole if matrix == SIMULATED else _choice(candidates, str(matrix))
        print(f"without {matrix}: {_shown(choice)}")
        found = candidates[choice.design]
        matrix_D = found.draws.matrix_D == matrix
        rows += figures(found.draws.where(matrix_D), found.parts.where(matrix_D), choice.value_P)
    _print_table(rows)


def _choice(candidates: dict[str, Candidate], without: str | None) -> Choice:
    choices = {}
    for design, (draws, parts) in candidates.items():
        kept_D = draws.matrix_D != without
        kept_D &= np.arange(len(kept_D)) % max(1, len(kept_D) // CHOSEN_BY) == 0
        draws, parts = draws.where(kept_D), parts.where(kept_D)
        value_P = fit_weights(draws, parts)
        choices[design] = Choice(design, value_P, quality(figures(draws, parts, value_P)))
    if without is None:
        for choice in choices.values():
            print(f"candidate {_shown(choice)}")
    return choices[best({design: choice.quality for design, choice in choices.items()})]


def _print_table(rows: list[Figures]) -> None:
    print("\n| world | ratio | bias | coverage (worst) | width | score |")
    print("|---|---|---|---|---|---|")
    table = {world: [row for row in rows if row.world == world] for world in WORLDS}
    means = {
        world: np.mean([row[2:] for row in group], axis=0)
        for world, group in table.items()
        if group
    }
    for world in sorted(means, key=lambda name: -means[name][0]):
        ratio, bias, coverage, width, score = means[world]
        worst = min(row.coverage for row in table[world])
        print(
            f"| {world} | {ratio:.3f} | {bias:+.2f} | {coverage:.3f} ({worst:.2f}) | {width:.1f}"
            f" | {score:.3f} |"
        )
    ratio, _, coverage, width, score = np.mean(list(means.values()), axis=0)
    print(f"| mean | {ratio:.3f} | | {coverage:.3f} | {width:.1f} | {score:.3f} |\n")


def _shown(choice: Choice) -> str:
    shares_L = normalised(choice.value_P[None, :-1])[0]
    sizes = ", ".join(f"{share:.3f}" for share in shares_L)
    score, coverage, ratio = choice.quality
    return (
        f'"{choice.design}", ({sizes}), {choice.value_P[-1]:.2f}; score {score:.3f}, least coverage'
        f" {coverage:.3f}, ratio {ratio:.3f}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
