"""How well `filter.method: auto` ranks right votes beside the vote share, by labelled rows.

    python scripts/benches/auto_filter.py runs/smollm2_trec-study --train data/trec/train.jsonl

The votes of a study's questions, whose labels no filter has seen, are drawn again and again: some
stand for audited rows and fit the probability, the others are ranked by it and by the vote share.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from iwsi.filter.probability import fit_probability
from iwsi.filter.ranking import auc
from iwsi.recipe import Recipe
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.run_dir import read_recipe
from iwsi.study.summary import right_candidates

FloatArray = NDArray[np.float64]
CLEAR = 0.02  # of an AUC


@dataclass(frozen=True)
class Votes:
    """Q votes: their scores by name, their answers, and whether they are right."""

    scores: dict[str, FloatArray]
    answers: list[str]
    right_Q: NDArray[np.bool_]


def main() -> None:
    """Print a line for each number of labelled rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="folder of seed-S/FILTER")
    parser.add_argument("--train", type=Path, required=True, help="where the training rows are")
    parser.add_argument("--rows", nargs="+", type=int, default=[25, 50, 100, 200])
    parser.add_argument("--draws", type=int, default=100, help="for each seed")
    given = parser.parse_args()
    seeds = [
        votes_of(folder, read_recipe(folder), given.train)
        for folder in sorted(given.study.glob("seed-*/auto"))
    ]
    for rows in given.rows:
        gain_D = np.array(
            [gain for votes in seeds for gain in gains(votes, rows, given.draws)], float
        )
        print(
            f"| {given.study.name} | {rows} | {100 * gain_D.mean():+.1f} | "
            f"{100 * np.quantile(gain_D, 0.05):+.1f} | {(gain_D < -CLEAR).mean():.0%} | "
            f"{(gain_D > CLEAR).mean():.0%} |"
        )


def votes_of(root: Path, recipe: Recipe, train: Path) -> Votes:
    """The votes of an arm's questions: each one's first candidate that agrees."""
    table = pq.read_table(root / RoundFiles.of(1).selection)
    table = table.filter(table["agrees"])
    ids = table["question_id"].to_pylist()
    first = {question: row for row, question in reversed(list(enumerate(ids)))}
    table = table.take(sorted(first.values()))
    split = recipe.task.train.model_copy(update={"path": str(train)})
    task = recipe.task.model_copy(update={"train": split})
    recipe = recipe.model_copy(update={"task": task})
    scores = {
        "vote_share": table["vote_share"].to_numpy(),
        "entropy": -table["vote_entropy"].to_numpy(),
        "low_loss": table["logprob"].to_numpy() / table["num_tokens"].to_numpy(),
    }
    questions = table["question_id"].to_pylist()
    right_Q = right_candidates(table, questions, recipe)
    return Votes(scores, table["answer"].to_pylist(), right_Q)


def gains(votes: Votes, rows: int, draws: int) -> Iterator[float]:
    """By how much the probability's AUC exceeds the vote share's on the other votes."""
    for draw in range(draws):
        rng = np.random.default_rng([rows, draw])
        order = rng.permutation(len(votes.right_Q))
        fitted, others = order[:rows], order[rows:]
        if len(set(votes.right_Q[fitted].tolist())) < 2:
            continue  # the audit gives no verdict then, and `auto` is the vote share
        probability = fit_probability(
            {name: score_Q[fitted] for name, score_Q in votes.scores.items()},
            votes.right_Q[fitted],
            rng,
            [votes.answers[row] for row in fitted],
        )
        of_others = {name: score_Q[others] for name, score_Q in votes.scores.items()}
        ranked = probability.predict(of_others, [votes.answers[row] for row in others])
        right_N = votes.right_Q[others]
        yield auc(ranked, right_N) - auc(of_others["vote_share"], right_N)


if __name__ == "__main__":
    main()
