"""What each stage does: input files, the pure core or an engine, output files."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval_predict.errors import UserError
from eval_predict.score_files import write_matrix
from iwsi import records
from iwsi.files import write_json, write_table
from iwsi.filter.ds_weight import ds_weight
from iwsi.filter.select import select
from iwsi.filter.vote import vote
from iwsi.forecast.prepare import prepare_forecast
from iwsi.rounds import judging
from iwsi.rounds.context import Context, Info, stage_seed
from iwsi.rounds.plan import HISTORY, LENGTHS, TARGET, TRAIN, VALIDATION, Stage
from iwsi.sample.engine import Decoding
from iwsi.tasks.answers import extract_answers

# Candidates whose answers are extracted between two signs of life.
EXTRACTED_AT_ONCE = 16_384


def run_stage(stage: Stage, context: Context, digest: str) -> Info:
    """Do one stage; returns what the ledger should say of it."""
    match stage.kind:
        case "prepare":
            return _prepare(stage, context)
        case "sample":
            return _sample(stage, context, digest)
        case "vote":
            return _vote(stage, context)
        case "weigh":
            return _weigh(stage, context)
        case "select":
            return _select(stage, context)
        case "train":
            return _train(stage, context)
        case "test":
            return judging.test(stage, context, digest)
        case "forecast":
            return judging.forecast(stage, context, digest)
        case "gate":
            return judging.gate(stage, context)


def _prepare(stage: Stage, context: Context) -> Info:
    from iwsi.sample.lengths import prompt_lengths
    from iwsi.tasks.dataset import prepare

    recipe, root = context.recipe, context.root
    prepared = prepare(recipe.task, recipe.seed)
    lengths = prompt_lengths(recipe, prepared)
    outside = prepare_forecast(recipe, prepared.test["question_id"].to_pylist(), root)
    if outside.history is not None:
        write_matrix(outside.history, root / HISTORY)
    if outside.target is not None:
        write_table(root / TARGET, outside.target)
    for path, table in zip(stage.outputs, prepared[:3], strict=False):
        write_table(root / path, table)
    write_json(root / LENGTHS, lengths)
    return {"rows": [table.num_rows for table in prepared[:3]], "dropped": prepared.dropped}


def _sample(stage: Stage, context: Context, digest: str) -> Info:
    sample = context.recipe.sample
    decoding = Decoding(
        sample.n, sample.temperature, sample.top_p, sample.max_tokens, tuple(sample.stop)
    )
    questions = context.read(stage, TRAIN)
    folder = context.root / stage.outputs[0]
    candidates = context.generate(stage, digest, questions, decoding, folder)
    return context.info(candidates)


def _vote(stage: Stage, context: Context) -> Info:
    recipe = context.recipe
    candidates = context.read(
        stage, stage.inputs[0], ["question_id", "candidate_id", "text", "finish_reason"]
    )
    answers: list[str | None] = []
    for begin in range(0, candidates.num_rows, EXTRACTED_AT_ONCE):
        texts = candidates["text"].slice(begin, EXTRACTED_AT_ONCE).to_pylist()
        answers += extract_answers(texts, recipe.task.answer)
        context.progress(len(answers), candidates.num_rows)
    result = vote(
        candidates["question_id"],
        pa.array(answers, pa.string()),
        truncated=pc.equal(candidates["finish_reason"], "length").to_numpy(),
        tie=recipe.filter.tie,
    )
    keys = {name: candidates[name] for name in ("question_id", "candidate_id")}
    columns = keys | {"answer": answers} | result.columns()
    write_table(context.root / stage.outputs[0], pa.table(columns, schema=records.VOTES))
    return {}


def _weigh(stage: Stage, context: Context) -> Info:
    from iwsi.filter.weigh import Weigher

    recipe = context.recipe
    validation, candidates = context.read(stage, VALIDATION), context.read(stage, stage.inputs[1])
    agrees = context.read(stage, stage.inputs[2])["agrees"].to_numpy()
    weigher = Weigher(
        recipe.model,
        context.path(stage.adapter),
        few_shot=recipe.task.few_shot,
        separator=recipe.task.separator,
        loss_over=recipe.filter.loss_over,
        batch_tokens=recipe.filter.batch_tokens,
    )
    context.started()
    rows = np.flatnonzero(agrees)
    voted = candidates.take(rows)
    nll = np.full(candidates.num_rows, np.nan)
    weights = np.full(candidates.num_rows, np.nan)
    validation_nll, nll[rows] = weigher.losses(
        [
            (validation["prompt"].to_pylist(), validation["completion"].to_pylist()),
            (voted["prompt"].to_pylist(), voted["text"].to_pylist()),
        ],
        context.progress,
    )
    weights[rows] = ds_weight(nll[rows], validation_nll)
    table = pa.table(
        {
            "question_id": candidates["question_id"],
            "candidate_id": candidates["candidate_id"],
            "nll": pa.array(nll, from_pandas=True),
            "ds_weight": pa.array(weights, from_pandas=True),
        },
        schema=records.LOSSES,
    )
    write_table(context.root / stage.outputs[0], table)
    return {"validation_nll": round(float(validation_nll.mean()), 6)}


def _select(stage: Stage, context: Context) -> Info:
    rule = context.recipe.filter
    candidates, votes = (context.read(stage, path) for path in stage.inputs[:2])
    has_losses = len(stage.inputs) > 2
    losses = context.read(stage, stage.inputs[2]) if has_losses else None
    question = candidates["question_id"].combine_chunks().dictionary_encode().indices
    reason = select(
        votes["reason"].to_numpy(),
        question.to_numpy().astype(np.int64),
        losses["ds_weight"].to_numpy() if losses else None,
        keep=rule.keep,
        max_per_question=rule.max_per_question,
    )
    keep = np.array([why is None for why in reason])
    columns = {name: candidates[name] for name in records.CANDIDATES.names}
    columns |= {name: votes[name] for name in votes.column_names[2:] if name != "reason"}
    for loss_field in records.LOSS_FIELDS:
        columns[loss_field.name] = (
            losses[loss_field.name] if losses else pa.nulls(len(keep), loss_field.type)
        )
    columns |= {"keep": keep, "reason": pa.array(reason, pa.string())}
    selection, funnel = stage.outputs
    write_table(context.root / selection, pa.table(columns, schema=records.SELECTION))
    counts = _funnel(votes["reason"].to_numpy(), reason)
    write_json(context.root / funnel, counts)
    if not keep.any():
        raise UserError(
            where=str(context.root / selection),
            got=f"no candidate kept of {len(keep)} ({_reasons(counts['dropped'])})",
            expected="at least one to train on",
            fix="read some texts in it: is task.prompt the model's format, sample.max_tokens "
            "enough, task.answer the right kind?",
        )
    return {}


def _funnel(vote_reason: np.ndarray[Any, Any], reason: np.ndarray[Any, Any]) -> dict[str, Any]:
    unanswered = np.isin(vote_reason.astype(str), ["no_answer", "truncated"])
    return {
        "sampled": len(reason),
        "answered": int((~unanswered).sum()),
        "majority": sum(why is None for why in vote_reason),
        "kept": sum(why is None for why in reason),
        "dropped": dict(Counter(why for why in reason if why is not None).most_common()),
    }


def _reasons(dropped: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in dropped.items())


def _train(stage: Stage, context: Context) -> Info:
    from iwsi.train.sft import train_adapter

    selection = context.read(stage, stage.inputs[0])
    kept = selection.filter(selection["keep"])
    # The same edges as `Weigher` takes off: what was weighed is what is trained.
    texts = [text.strip() for text in kept["text"].to_pylist()]
    samples = pa.table({"prompt": kept["prompt"], "completion": texts})
    seed = int(np.random.default_rng(stage_seed(context.recipe, stage)).integers(2**31))
    return train_adapter(
        context.recipe,
        samples,
        context.root / stage.outputs[0],
        previous=context.path(stage.adapter),
        seed=seed,
        progress=context.progress,
        started=context.started,
    )
