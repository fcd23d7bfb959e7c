"""Preference pairs as tokens: those that sampling and scoring saw, for TRL's collator."""

from typing import Any

import numpy as np
import pyarrow as pa

from eval_predict.errors import UserError
from iwsi.models import context_limit
from iwsi.recipe import Recipe
from iwsi.tasks.sample_text import SampleText, token_rows
from iwsi.train.counts import SampleCounts


def pair_rows(
    recipe: Recipe, tokenizer: Any, pairs: pa.Table
) -> tuple[list[dict[str, Any]], SampleCounts]:
    """Rows of `prompt_ids, chosen_ids, rejected_ids, weight`, and counts.

    A pair of which one completion would be cut is left out: the end of an answer is what the two
    differ in.

    Raises:
        UserError: all pairs are too long.
    """
    form, prompts = SampleText.of_training(recipe), pairs["prompt"].to_pylist()
    sides = [
        list(
            form.encode(
                tokenizer, prompts, pairs[side].to_pylist(), token_rows(pairs, f"{side}_token_ids")
            )
        )
        for side in ("chosen", "rejected")
    ]
    longest = recipe.train.max_length or context_limit(recipe.model)
    lengths, rows = [], []
    for kept, rejected, weight in zip(*sides, pairs["weight"].to_pylist(), strict=True):
        lengths.append(max(len(kept.ids), len(rejected.ids)))
        if lengths[-1] > longest:
            continue
        # A tokenizer may join the prompt's last characters with either completion's first.
        prompt = min(kept.prompt, rejected.prompt)
        rows.append(
            {
                "prompt_ids": kept.ids[:prompt].tolist(),
                "chosen_ids": kept.ids[prompt:].tolist(),
                "rejected_ids": rejected.ids[prompt:].tolist(),
                "weight": weight,
            }
        )
    if not rows:
        raise UserError(
            field="train.max_length",
            got=f"{longest}, and all {len(prompts)} pairs are longer",
            expected=f"at least {min(lengths)}" if lengths else "at least one pair to train on",
            fix="Raise train.max_length, or bring shorter samples.",
        )
    mean = float(np.mean([row["weight"] for row in rows]))
    rows = [{**row, "weight": row["weight"] / mean if mean else 1.0} for row in rows]
    return rows, SampleCounts(len(rows), len(prompts) - len(rows))


def row_tokens(row: dict[str, Any]) -> int:
    """Tokens that a row takes in a forward pass: a pair's are padded to its longer side."""
    if "input_ids" in row:
        return len(row["input_ids"])
    longer = max(len(row["chosen_ids"]), len(row["rejected_ids"]))
    return 2 * (len(row["prompt_ids"]) + longer)
