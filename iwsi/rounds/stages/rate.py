"""The model's own rating of each voted answer; equal answers are rated once."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from iwsi import records
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import GREEDY, Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.rounds.voted import Voted, read_voted, with_keys
from iwsi.sample.engine import Decoding
from iwsi.scoring.rating import REPLY_TOKENS, parse_rating, rating_prompts
from iwsi.tasks.sample_text import Samples


@dataclass(frozen=True, kw_only=True)
class Inputs(EngineInputs, Voted):
    """The candidates, and the model that sampled them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A rating a candidate (records.RATINGS), and the replies as they were generated."""

    ratings: str
    replies: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    candidates, rows = read_voted(context, inputs)
    voted = Samples.of(candidates.take(rows))
    prompts = rating_prompts(context.recipe, voted.prompts, voted.texts)
    distinct = list(dict.fromkeys(prompts))
    replies, info = _replies(context, inputs, context.path(outputs.replies), distinct)
    reply_of: list[str | None] = [None] * candidates.num_rows
    for row, prompt in zip(rows.tolist(), prompts, strict=True):
        reply_of[row] = replies.get(prompt)
    ratings = np.array([parse_rating(reply or "") for reply in reply_of])
    measured = {
        "reply": pa.array(reply_of, pa.string()),
        "rating": pa.array(ratings, from_pandas=True),
    }
    table = with_keys(candidates, measured, records.RATINGS)
    write_table(context.path(outputs.ratings), table)
    return info


def _replies(
    context: Context, inputs: Inputs, folder: Path, prompts: list[str]
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


KIND = Kind(
    name="rate",
    stream=9,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        *GREEDY,
        "filter.rating_prompt",
    ),
    process="engine",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """That of a round."""
    files = RoundFiles.of(number)
    inputs = Inputs(
        samples=files.samples,
        votes=files.votes,
        lengths=layout.LENGTHS,
        adapter=adapter_of(recipe, number - 1),
    )
    return Stage(KIND, number, inputs, Outputs(ratings=files.ratings, replies=files.rating_replies))
