"""The stage that selects: what a filter says of each candidate, and the funnel."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from eval_predict.errors import UserError
from iwsi import records
from iwsi.files import table_writer, write_json
from iwsi.filter.judges import NO_VOTE
from iwsi.filter.methods import METHODS
from iwsi.filter.verdict import Candidates, Verdict, without_reason
from iwsi.rounds.context import Context, Info
from iwsi.rounds.plan import Stage

# Of each candidate these are held at once; texts are not.
NUMBERS: dict[str, list[str]] = {
    "losses": ["nll", "ds_weight"],
    "ratings": ["rating"],
    "rewards": ["reward"],
    "shifts": ["log_ratio"],
}


def select(stage: Stage, context: Context) -> Info:
    """Judge every candidate and say how much its loss counts."""
    rule = context.recipe.filter
    method = METHODS[rule.method]
    candidates = _candidates(stage, context)
    verdict = method.judge(candidates, rule)
    weight_C = np.ones(len(verdict.score_C))
    if method.loss_weight:
        weight_C[verdict.keep_C] = method.loss_weight(candidates, rule)[verdict.keep_C]
    _write(stage, context, verdict, weight_C)
    counts = _funnel(candidates.vote_reason_C, verdict)
    selection, funnel = stage.outputs
    write_json(context.root / funnel, counts)
    if not verdict.keep_C.any():
        raise UserError(
            where=str(context.root / selection),
            got=f"no candidate kept of {len(weight_C)} ({_reasons(counts['dropped'])})",
            expected="at least one to train on",
            fix="read some texts in it: is task.prompt the model's format, sample.max_tokens "
            "enough, task.answer the right kind?",
        )
    return {}


def _candidates(stage: Stage, context: Context) -> Candidates:
    samples, votes = stage.inputs[:2]
    inputs = {path.rpartition("/")[2].removesuffix(".parquet"): path for path in stage.inputs[2:]}
    sampled = context.read(stage, samples, ["question_id", "num_tokens"])
    voted = context.read(stage, votes, ["reason", "vote_share", "vote_entropy"])
    question = sampled["question_id"].combine_chunks().dictionary_encode().indices
    known: dict[str, Any] = {}
    for name in NUMBERS.keys() & inputs.keys():
        table = context.read(stage, inputs[name], NUMBERS[name])
        known |= {f"{column}_C": table[column].to_numpy() for column in table.column_names}
    if "validation_losses" in inputs:
        validation = context.read(stage, inputs["validation_losses"])
        known["validation_nll_V"] = validation["nll"].to_numpy()
        known["validation_tokens_V"] = validation["num_tokens"].to_numpy()
    if "train_gold" in inputs:
        answers = context.read(stage, votes, ["question_id", "answer"])
        known["correct_C"] = correct(answers, context.read(stage, inputs["train_gold"]))
    return Candidates(
        question_C=question.to_numpy().astype(np.int64),
        vote_reason_C=_strings(voted["reason"]),
        vote_share_C=voted["vote_share"].to_numpy(),
        vote_entropy_C=voted["vote_entropy"].to_numpy(),
        text_C=context.texts(stage, samples, "text"),
        num_tokens_C=sampled["num_tokens"].to_numpy(),
        **known,
    )


def _strings(column: pa.ChunkedArray) -> NDArray[Any]:
    """A column of few distinct strings and of nulls, each distinct string held once."""
    encoded = column.combine_chunks().dictionary_encode()
    distinct = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(distinct[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)])


def correct(votes: pa.Table, gold: pa.Table) -> NDArray[np.bool_]:
    """Whether each of C candidates has its question's label, shape (C,)."""
    rows = pc.index_in(votes["question_id"], value_set=gold["question_id"].combine_chunks())
    right = pc.equal(votes["answer"], gold["gold"].take(rows)).fill_null(False)
    return np.asarray(right.to_numpy(), bool)


def _write(stage: Stage, context: Context, verdict: Verdict, weight_C: NDArray[Any]) -> None:
    """What is known of each candidate and what was decided, some rows at a time."""
    voted = [field.name for field in records.VOTE_FIELDS if field.name != "reason"]
    losses = next((path for path in stage.inputs if path.endswith("/losses.parquet")), None)
    votes = context.rows(stage, stage.inputs[1], voted)
    measured = context.rows(stage, losses, NUMBERS["losses"]) if losses else None
    keep_C, begin = verdict.keep_C, 0
    with table_writer(context.root / stage.outputs[0], records.SELECTION) as write:
        for samples in context.rows(stage, stage.inputs[0], records.CANDIDATES.names):
            here = slice(begin, begin + samples.num_rows)
            begin = here.stop
            columns = _columns(samples) | _columns(votes.take(samples.num_rows))
            for field in records.LOSS_FIELDS:
                columns[field.name] = pa.nulls(samples.num_rows, field.type)
            columns |= _columns(measured.take(samples.num_rows)) if measured else {}
            columns |= {
                "score": pa.array(verdict.score_C[here], from_pandas=True),
                "keep": pa.array(keep_C[here]),
                "reason": pa.array(verdict.reason_C[here], pa.string()),
                "weight": pa.array(weight_C[here]),
            }
            write(pa.table(columns, schema=records.SELECTION))


def _columns(table: pa.Table) -> dict[str, Any]:
    return {name: table[name] for name in table.column_names}


def _funnel(vote_reason: NDArray[Any], verdict: Verdict) -> dict[str, Any]:
    reasons = Counter(vote_reason.tolist())
    dropped = Counter(why for why in verdict.reason_C.tolist() if why is not None)
    return {
        "sampled": len(vote_reason),
        "answered": len(vote_reason) - sum(reasons[why] for why in NO_VOTE),
        "majority": int(without_reason(vote_reason).sum()),
        "kept": int(verdict.keep_C.sum()),
        "dropped": dict(dropped.most_common()),
    }


def _reasons(dropped: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in dropped.items())
