"""The stage that selects: what a filter says of each candidate, and the funnel."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from eval_predict.errors import UserError
from iwsi import records
from iwsi.files import write_json, write_table
from iwsi.filter.judges import NO_VOTE
from iwsi.filter.methods import METHODS
from iwsi.filter.verdict import Candidates, Verdict, without_reason
from iwsi.rounds.context import Context, Info
from iwsi.rounds.plan import Stage


def select(stage: Stage, context: Context) -> Info:
    """Judge every candidate and say how much its loss counts."""
    rule = context.recipe.filter
    method = METHODS[rule.method]
    samples, votes = (context.read(stage, path) for path in stage.inputs[:2])
    measured = {path.rpartition("/")[2]: context.read(stage, path) for path in stage.inputs[2:]}
    candidates = _candidates(samples, votes, measured)
    verdict = method.judge(candidates, rule)
    weight = np.ones(samples.num_rows)
    if method.loss_weight:
        weight[verdict.keep_C] = method.loss_weight(candidates, rule)[verdict.keep_C]
    table = _table(samples, votes, measured.get("losses.parquet"), verdict, weight)
    selection, funnel = stage.outputs
    write_table(context.root / selection, table)
    counts = _funnel(candidates.vote_reason_C, verdict)
    write_json(context.root / funnel, counts)
    if not verdict.keep_C.any():
        raise UserError(
            where=str(context.root / selection),
            got=f"no candidate kept of {samples.num_rows} ({_reasons(counts['dropped'])})",
            expected="at least one to train on",
            fix="read some texts in it: is task.prompt the model's format, sample.max_tokens "
            "enough, task.answer the right kind?",
        )
    return {}


def _candidates(samples: pa.Table, votes: pa.Table, measured: dict[str, pa.Table]) -> Candidates:
    question = samples["question_id"].combine_chunks().dictionary_encode().indices
    validation = measured.get("validation_losses.parquet")
    gold = measured.get("train_gold.parquet")
    return Candidates(
        question_C=question.to_numpy().astype(np.int64),
        vote_reason_C=votes["reason"].to_numpy(),
        vote_share_C=votes["vote_share"].to_numpy(),
        vote_entropy_C=votes["vote_entropy"].to_numpy(),
        text_C=samples["text"],
        num_tokens_C=samples["num_tokens"].to_numpy(),
        nll_C=_column(measured, "losses", "nll"),
        ds_weight_C=_column(measured, "losses", "ds_weight"),
        validation_nll_V=validation["nll"].to_numpy() if validation is not None else None,
        validation_tokens_V=validation["num_tokens"].to_numpy() if validation is not None else None,
        rating_C=_column(measured, "ratings", "rating"),
        reward_C=_column(measured, "rewards", "reward"),
        log_ratio_C=_column(measured, "shifts", "log_ratio"),
        correct_C=correct(votes, gold) if gold is not None else None,
    )


def correct(votes: pa.Table, gold: pa.Table) -> NDArray[np.bool_]:
    """Whether each of C candidates has its question's label, shape (C,)."""
    rows = pc.index_in(votes["question_id"], value_set=gold["question_id"].combine_chunks())
    right = pc.equal(votes["answer"], gold["gold"].take(rows)).fill_null(False)
    return np.asarray(right.to_numpy(), bool)


def _column(measured: dict[str, pa.Table], file: str, name: str) -> NDArray[np.float64] | None:
    table = measured.get(f"{file}.parquet")
    return table[name].to_numpy() if table is not None else None


def _table(
    samples: pa.Table,
    votes: pa.Table,
    losses: pa.Table | None,
    verdict: Verdict,
    weight: NDArray[np.float64],
) -> pa.Table:
    columns = {name: samples[name] for name in records.CANDIDATES.names}
    columns |= {name: votes[name] for name in votes.column_names[2:] if name != "reason"}
    for field in records.LOSS_FIELDS:
        absent = pa.nulls(len(weight), field.type)
        columns[field.name] = absent if losses is None else losses[field.name]
    columns |= {
        "score": pa.array(verdict.score_C, from_pandas=True),
        "keep": pa.array(verdict.keep_C),
        "reason": pa.array(verdict.reason_C, pa.string()),
        "weight": pa.array(weight),
    }
    return pa.table(columns, schema=records.SELECTION)


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
