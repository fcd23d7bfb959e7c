"""What each stage does: input files, the pure core or an engine, output files."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iwsi import records
from iwsi.evaluation.history import write_history
from iwsi.evaluation.preparation import prepare_forecast
from iwsi.files import table_writer, write_json, write_table
from iwsi.filter.vote import vote
from iwsi.rounds import judging, measuring, selecting
from iwsi.rounds.context import Context, Info, stage_seed
from iwsi.rounds.environment import keep_one_gpu
from iwsi.rounds.plan import HISTORY, LENGTHS, TARGET, TRAIN, Stage
from iwsi.sample.engine import Decoding
from iwsi.tasks.answers import extract_answers


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
            return measuring.weigh(stage, context)
        case "rate":
            return measuring.rate(stage, context, digest)
        case "reward":
            return measuring.reward(stage, context)
        case "shift":
            return measuring.shift(stage, context)
        case "label":
            return measuring.label(stage, context)
        case "select":
            return selecting.select(stage, context)
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
        write_history(outside.history, root / HISTORY)
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
    candidates = context.generate(stage, digest, questions, decoding, folder, columns=[])
    return context.info(candidates)


def _vote(stage: Stage, context: Context) -> Info:
    recipe, samples = context.recipe, stage.inputs[0]
    total = context.read(stage, samples, ["candidate_id"]).num_rows
    columns = ["question_id", "candidate_id", "text", "finish_reason"]
    done = 0
    with table_writer(context.root / stage.outputs[0], records.VOTES) as write:
        # A shard holds all candidates of its questions.
        for candidates in context.rows(stage, samples, columns).parts():
            answers = extract_answers(candidates["text"].to_pylist(), recipe.task.answer)
            result = vote(
                candidates["question_id"],
                pa.array(answers, pa.string()),
                truncated=pc.equal(candidates["finish_reason"], "length").to_numpy(),
                tie=recipe.filter.tie,
                min_votes=recipe.filter.min_votes,
            )
            keys = {name: candidates[name] for name in ("question_id", "candidate_id")}
            voted = keys | {"answer": answers} | result.columns()
            write(pa.table(voted, schema=records.VOTES))
            done += candidates.num_rows
            context.progress(done, total)
    return {}


def _train(stage: Stage, context: Context) -> Info:
    from iwsi.train.sft import train_adapter

    if context.recipe.train.distributed == "none":
        keep_one_gpu()  # the Trainer would spread a batch over all it sees, and multiply it
    columns = ["prompt", "text", "weight", "keep"]
    selection = context.rows(stage, stage.inputs[0], columns)
    kept = pa.concat_tables(part.filter(part["keep"]) for part in selection)
    # The same edges as `Weigher` takes off: what was weighed is what is trained.
    texts = [text.strip() for text in kept["text"].to_pylist()]
    samples = pa.table({"prompt": kept["prompt"], "completion": texts, "weight": kept["weight"]})
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
