"""The stages that measure candidates for a filter: losses, ratings, rewards, shift, labels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi import records
from iwsi.files import READ_ROWS, table_writer, write_table
from iwsi.filter.ds_weight import ds_weight
from iwsi.rounds.context import Context, Info, Progress, stage_seed
from iwsi.rounds.plan import TRAIN, VALIDATION, Stage
from iwsi.sample.engine import Decoding
from iwsi.scoring.rating import REPLY_TOKENS, parse_rating, rating_prompts

Samples = tuple[list[str], list[str]]  # prompts and their answers

SPREAD_ROWS = 2**19  # candidates that are held where several processes score them


def weigh(stage: Stage, context: Context) -> Info:
    """Losses of the voted candidates and of the validation rows, and the DS weight."""
    validation = context.read(stage, VALIDATION)
    rule = context.recipe.filter
    weigher = _weigher(stage, context, processes=rule.processes, cluster=rule.cluster)
    context.started()
    labelled = _pairs(validation, "completion")
    reference: list[NDArray[np.float64]] = []

    def measure(pairs: Samples, progress: Progress) -> dict[str, NDArray[Any]]:
        found = weigher.losses([pairs] if reference else [pairs, labelled], progress)
        reference.extend(found[1:])
        return {"nll": found[0], "ds_weight": ds_weight(found[0], reference[0])}

    # Processes are waited for after each part, and a cluster's begin anew.
    rows = READ_ROWS if weigher.is_here else SPREAD_ROWS
    _measure_parts(stage, context, 1, measure, records.LOSSES, rows=rows)
    validation_nll = reference[0] if reference else weigher.losses([labelled], _quiet)[0]
    references = {
        "question_id": validation["question_id"],
        "nll": validation_nll,
        "num_tokens": pa.array(weigher.num_tokens(labelled), pa.int32()),
    }
    table = pa.table(references, schema=records.VALIDATION_LOSSES)
    write_table(context.root / stage.outputs[1], table)
    return {"validation_nll": round(float(validation_nll.mean()), 6)}


def rate(stage: Stage, context: Context, digest: str) -> Info:
    """The model's own rating of each voted answer, equal answers asked about once."""
    candidates, rows = _voted(stage, context, 1)
    prompts = rating_prompts(context.recipe, *_pairs(candidates.take(rows)))
    replies, info = _ask(stage, context, digest, list(dict.fromkeys(prompts)))
    said: list[str | None] = [None] * candidates.num_rows
    for row, prompt in zip(rows.tolist(), prompts, strict=True):
        said[row] = replies.get(prompt)
    ratings = np.array([parse_rating(reply or "") for reply in said])
    measured = {
        "reply": pa.array(said, pa.string()),
        "rating": pa.array(ratings, from_pandas=True),
    }
    _write(stage, context, candidates, measured, records.RATINGS)
    return info


def reward(stage: Stage, context: Context) -> Info:
    """A reward model's score of each voted answer."""
    from iwsi.scoring.reward import RewardModel
    from iwsi.tasks.chat import own_turn

    rule = context.recipe.filter
    if rule.reward_model is None:
        raise RuntimeError(f"{stage.name} without a reward model")
    model = RewardModel(rule.reward_model, batch_tokens=rule.batch_tokens)
    turn = own_turn(context.recipe)
    context.started()
    too_long = 0

    def measure(pairs: Samples, progress: Progress) -> dict[str, NDArray[Any]]:
        nonlocal too_long
        # The reward model has a chat template of its own, or none.
        questions = [prompt.removesuffix(turn.after if turn else "") for prompt in pairs[0]]
        scores = model.scores(questions, pairs[1], progress)
        too_long += int(np.isnan(scores).sum())
        return {"reward": scores}

    _measure_parts(stage, context, 0, measure, records.REWARDS)
    return {"too_long": too_long}


def shift(stage: Stage, context: Context) -> Info:
    """Log density ratio of validation rows over voted candidates, from mean hidden states."""
    from iwsi.scoring.hidden import log_density_ratio

    candidates, rows = _voted(stage, context, 1)
    validation = context.read(stage, VALIDATION)
    weigher = _weigher(stage, context)
    context.started()
    groups = [_pairs(validation, "completion"), _pairs(candidates.take(rows))]
    validation_VD, candidates_ND = weigher.hidden(groups, context.progress)
    seed = int(np.random.default_rng(stage_seed(context.recipe, stage)).integers(2**31))
    ratio = log_density_ratio(candidates_ND, validation_VD, seed)
    measured = {"log_ratio": _spread(ratio, rows, candidates)}
    _write(stage, context, candidates, measured, records.SHIFTS)
    return {"spread": round(float(ratio.std()), 6)}


def label(stage: Stage, context: Context) -> Info:
    """The training rows' labels, for the filter that goes by them."""
    from iwsi.tasks.labels import train_gold

    ids = context.read(stage, TRAIN)["question_id"].to_pylist()
    table = train_gold(context.recipe.task, ids)
    write_table(context.root / stage.outputs[0], table)
    return {"rows": table.num_rows}


def _ask(
    stage: Stage, context: Context, digest: str, prompts: list[str]
) -> tuple[dict[str, str], Info]:
    """The replies to distinct prompts, but for those that are too long for the engine."""
    from iwsi.models import load_tokenizer

    ids = load_tokenizer(context.recipe.model)(prompts)["input_ids"]
    room = context.max_length() - REPLY_TOKENS
    asked = [prompt for prompt, tokens in zip(prompts, ids, strict=True) if len(tokens) <= room]
    names = [str(number) for number in range(len(asked))]
    questions = pa.table({"question_id": names, "prompt": asked}, schema=records.QUESTIONS)
    decoding = Decoding(1, 0.0, 1.0, REPLY_TOKENS)
    folder = context.root / stage.outputs[1]
    answered = context.generate(
        stage, digest, questions, decoding, folder, columns=["prompt", "text"], few_shot=""
    )
    counts = {"asked": len(asked), "too_long": len(prompts) - len(asked)}
    pairs = zip(answered["prompt"].to_pylist(), answered["text"].to_pylist(), strict=True)
    return dict(pairs), context.info(answered) | counts


def _measure_parts(
    stage: Stage,
    context: Context,
    first: int,
    measure: Callable[[Samples, Progress], dict[str, NDArray[Any]]],
    schema: pa.Schema,
    *,
    rows: int = READ_ROWS,
) -> None:
    """Write what is measured of the voted candidates, some questions at a time.

    Args:
        stage: Which it is.
        context: The stage's.
        first: Which of its inputs is the samples; the next is the votes.
        measure: From prompts and answers of M candidates to columns of M values.
        schema: Of the file that is written.
        rows: Candidates that are held at a time.
    """
    samples, votes = stage.inputs[first : first + 2]
    agrees = context.read(stage, votes, ["agrees"])["agrees"].to_numpy()
    total, done, begin = int(agrees.sum()), 0, 0
    columns = ["question_id", "candidate_id", "prompt", "text"]
    with table_writer(context.root / stage.outputs[0], schema) as write:
        for candidates in context.rows(stage, samples, columns).parts(rows):
            voted = np.flatnonzero(agrees[begin : begin + candidates.num_rows])
            begin += candidates.num_rows

            def progress(part: int, parts: int, before: int = done, more: int = len(voted)) -> None:
                context.progress(before + more * part // max(parts, 1), total)

            measured: dict[str, NDArray[Any]] = {name: np.empty(0) for name in schema.names[2:]}
            if len(voted):
                measured = measure(_pairs(candidates.take(voted)), progress)
            done += len(voted)
            found = {name: _spread(values, voted, candidates) for name, values in measured.items()}
            write(_with_keys(candidates, found, schema))


def _quiet(done: int, total: int) -> None:
    """Progress that no one hears of."""


def _voted(stage: Stage, context: Context, first: int) -> tuple[pa.Table, NDArray[np.int64]]:
    """All candidates, and the rows of those that the vote left; `first` input is the samples."""
    candidates, votes = (context.read(stage, path) for path in stage.inputs[first : first + 2])
    return candidates, np.flatnonzero(votes["agrees"].to_numpy())


def _weigher(stage: Stage, context: Context, **spread: Any) -> Any:
    from iwsi.scoring.weigher import Weigher

    recipe = context.recipe
    return Weigher(
        recipe.model,
        context.path(stage.adapter),
        few_shot=recipe.task.few_shot,
        separator=recipe.task.separator,
        loss_over=recipe.filter.loss_over,
        batch_tokens=recipe.filter.batch_tokens,
        **spread,
    )


def _pairs(table: pa.Table, text: str = "text") -> Samples:
    return table["prompt"].to_pylist(), table[text].to_pylist()


def _spread(values: NDArray[Any], rows: NDArray[np.int64], candidates: pa.Table) -> pa.Array:
    """Values of some candidates as a column of all, null elsewhere."""
    whole = np.full(candidates.num_rows, np.nan)
    whole[rows] = values
    return pa.array(whole, from_pandas=True)


def _write(
    stage: Stage,
    context: Context,
    candidates: pa.Table,
    measured: dict[str, pa.Array],
    schema: pa.Schema,
) -> None:
    write_table(context.root / stage.outputs[0], _with_keys(candidates, measured, schema))


def _with_keys(candidates: pa.Table, measured: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    keys = {name: candidates[name] for name in ("question_id", "candidate_id")}
    return pa.table(keys | measured, schema=schema)
