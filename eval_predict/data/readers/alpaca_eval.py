"""AlpacaEval: `annotations.json`, and the files beside it that hold no verdicts."""

import math
from collections import Counter
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of

NAME = "AlpacaEval"
LOOKS_FOR = "records with instruction, generator_2 and preference"


def recognise(content: Content) -> bool:
    """Whether these are verdicts of a judge, outputs to be judged, or a leaderboard."""
    rows = content.rows
    if rows and "instruction" in rows[0]:
        return bool(rows[0].keys() & {"preference", "generator"})
    return _is_leaderboard(content)


def read(content: Content, options: ReadOptions) -> Draft:
    """The model is `generator_2`; its win rate is `preference − 1`.

    A preference of 1 is a win of the baseline (0), 2 a win of the model (1), in between a share;
    0 (1.5 in later versions) is a tie and counts one half; null was not judged and is missing.

    Raises:
        UserError: (a ValueError) on outputs without verdicts, and a leaderboard.
    """
    if _is_leaderboard(content):
        raise no_scores(
            content.path,
            f"a leaderboard: averages of {len(content.cells)} models",
            "Give the models' annotations.json.",
        )
    records = content.rows
    if not any("preference" in record for record in records):
        raise no_scores(content.path, "outputs without annotations", "Run `alpaca_eval` on them.")
    seen: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for record in records:
        judge, model = str(record.get("annotator", "")), str(record.get("generator_2", ""))
        instruction = str(record.get("instruction"))
        seen[judge, model, instruction] += 1
        nth = seen[judge, model, instruction]
        rows.append(
            Row(
                # The set has a few instructions twice: they are two items.
                instruction if nth == 1 else f"{instruction} (#{nth})",
                {"win_rate": _win(record.get("preference"))},
                model=model or None,
                facets={"judge": judge} if judge else {},
                prompt=instruction,
            )
        )
    baselines = sorted({str(record.get("generator_1")) for record in records})
    return Draft(
        tuple(rows), picks=("judge",), notes=(f"win rates against {', '.join(baselines)}",)
    )


def _is_leaderboard(content: Content) -> bool:
    return content.kind == "cells" and {"win_rate", "n_total"} <= set(content.header)


def _win(preference: Any) -> float:
    number = score_of(preference)
    if number is None or math.isnan(number):
        return math.nan
    if number == 0:
        return 0.5
    return number - 1 if 1 <= number <= 2 else math.nan
