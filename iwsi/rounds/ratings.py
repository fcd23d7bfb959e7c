"""The model's own ratings of answers, for the stages that ask for them; equal answers once."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from iwsi import records
from iwsi.rounds.context import Context, EngineInputs, Info
from iwsi.sample.engine import Decoding
from iwsi.scoring.rating import REPLY_TOKENS, parse_rating, rating_prompts
from iwsi.tasks.sample_text import Samples


class Rated(NamedTuple):
    """Ratings of N answers.

    Attributes:
        replies: as they were generated; None where the prompt was too long for the engine.
        ratings: 0 to 10; NaN where a reply holds none.
        info: facts for the ledger.
    """

    replies: list[str | None]
    ratings: list[float]
    info: Info


def rate_samples(context: Context, inputs: EngineInputs, folder: Path, samples: Samples) -> Rated:
    """Ask the model for a rating of each answer.

    Args:
        context: The stage's context.
        inputs: The stage's inputs.
        folder: Where the replies are kept, shard by shard.
        samples: N prompts and answers.
    """
    prompts = rating_prompts(context.recipe, samples.prompts, samples.texts)
    reply_of, info = _replies(context, inputs, folder, list(dict.fromkeys(prompts)))
    replies = [reply_of.get(prompt) for prompt in prompts]
    return Rated(replies, [parse_rating(reply or "") for reply in replies], info)


def _replies(
    context: Context, inputs: EngineInputs, folder: Path, prompts: list[str]
) -> tuple[dict[str, str], Info]:
    """The replies to distinct prompts, but for those that are too long for the engine."""
    from iwsi.models import load_tokenizer
    from iwsi.tasks.encoding import prompt_tokens

    ids = prompt_tokens(load_tokenizer(context.recipe.model), prompts)
    room = context.max_length(inputs) - REPLY_TOKENS
    short = [prompt for prompt, tokens in zip(prompts, ids, strict=True) if len(tokens) <= room]
    names = [str(number) for number in range(len(short))]
    questions = pa.table({"question_id": names, "prompt": short}, schema=records.QUESTIONS)
    decoding = Decoding(1, 0.0, 1.0, REPLY_TOKENS)
    generated = context.generate(
        inputs, questions, decoding, folder, columns=["prompt", "text"], few_shot=""
    )
    info: Info = {"rows": len(short), "too_long": len(prompts) - len(short)}
    reply_of = zip(generated["prompt"].to_pylist(), generated["text"].to_pylist(), strict=True)
    return dict(reply_of), context.engine_info(generated) | info
