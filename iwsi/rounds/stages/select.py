"""Which candidates are trained on, why the others are not, and the funnel of counts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.errors import UserError
from iwsi import records
from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.files import as_json, table_writer, write_json
from iwsi.filter.correct import correct
from iwsi.filter.methods import method_of
from iwsi.filter.probability import VoteProbability
from iwsi.filter.shared import required
from iwsi.filter.verdict import NO_VOTE, Candidates, Verdict, without_reason
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.reports import Funnel
from iwsi.rounds.stage import Kind, Stage
from iwsi.rounds.voted import Voted
from iwsi.tasks.answers import reader_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(Voted):
    """The candidates, and what the filter needs to know of them; None: it does not."""

    losses: str | None
    validation_losses: str | None
    ratings: str | None
    rewards: str | None
    shifts: str | None
    gold: str | None
    audit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a candidate (records.SELECTION), and how many got how far."""

    selection: str
    funnel: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    rule = context.recipe.filter
    audit = AuditRecord.from_dict(context.read_json(inputs.audit)) if inputs.audit else None
    if audit is not None and rule.min_vote_accuracy is not None:
        _refuse_noise(rule.min_vote_accuracy, audit.votes)
    method = method_of(rule)
    candidates = _candidates(context, inputs, audit)
    verdict = method.judge(candidates, rule)
    weight_C = np.ones(len(verdict.score_C))
    if method.loss_weight:
        weight_C[verdict.keep_C] = method.loss_weight(candidates, rule)[verdict.keep_C]
    _write(context, inputs, outputs.selection, verdict, weight_C)
    funnel = _funnel(candidates.vote_reason_C, verdict)
    write_json(context.path(outputs.funnel), as_json(funnel))
    if not verdict.keep_C.any():
        raise UserError(
            where=str(context.path(outputs.selection)),
            got=f"no candidate kept of {len(weight_C)} ({_reasons(funnel.dropped)})",
            expected="at least one to train on",
            fix="Read some texts in this file, and check that task.prompt has the model's format, "
            "that sample.max_tokens is enough and that task.answer is the right kind.",
        )
    return {}


def _refuse_noise(least: float, audit: VoteAudit) -> None:
    if audit.accuracy is not None and audit.accuracy.value < least:
        raise UserError(
            field="filter.min_vote_accuracy",
            got=f"the vote is right on {audit.accuracy.value:.0%} of the {audit.voted} labelled "
            "rows that have a majority",
            expected=f"at least {least:.0%} before a round trains on such votes",
            fix="Give the model a warm_start, raise filter.min_votes or sample.n, or choose a "
            "larger model.",
        )


def _candidates(context: Context, inputs: Inputs, audit: AuditRecord | None) -> Candidates:
    sampled = context.read(inputs.samples, ["question_id", "num_tokens", "logprob"])
    votes = context.read(inputs.votes, ["reason", "vote_share", "vote_entropy"])
    question = sampled["question_id"].combine_chunks().dictionary_encode().indices
    candidates = Candidates(
        question_C=question.to_numpy().astype(np.int64),
        vote_reason_C=_strings(votes["reason"]),
        vote_share_C=votes["vote_share"].to_numpy(),
        vote_entropy_C=votes["vote_entropy"].to_numpy(),
        # Numbers are held at once, texts are not.
        text_C=context.texts(inputs.samples, "text"),
        num_tokens_C=sampled["num_tokens"].to_numpy(),
        sampled_nll_C=-sampled["logprob"].to_numpy() / sampled["num_tokens"].to_numpy(),
        nll_C=_column(context, inputs.losses, "nll"),
        ds_weight_C=_column(context, inputs.losses, "ds_weight"),
        validation_nll_V=_column(context, inputs.validation_losses, "nll"),
        validation_tokens_V=_column(context, inputs.validation_losses, "num_tokens"),
        rating_C=_column(context, inputs.ratings, "rating"),
        reward_C=_column(context, inputs.rewards, "reward"),
        log_ratio_C=_column(context, inputs.shifts, "log_ratio"),
        right_answer_nll_R=np.array(audit.right_answer_nll) if audit else None,
        correct_C=_correct(context, inputs),
    )
    if audit is None:
        return candidates
    fitted = audit.probability
    won = context.read(inputs.votes, ["majority"])["majority"].to_pylist() if fitted.answers else ()
    return replace(candidates, probability_C=_probability(candidates, fitted, won))


def _probability(
    candidates: Candidates, fitted: VoteProbability, won: Sequence[str | None]
) -> NDArray[np.float64]:
    """The probability that each candidate's vote is right, by the candidate's own loss."""
    scores = {
        "vote_share": candidates.vote_share_C,
        "entropy": -candidates.vote_entropy_C,
        "low_loss": -required(candidates.sampled_nll_C),
    }
    return fitted.predict(scores, won)


def _column(context: Context, path: str | None, name: str) -> NDArray[Any] | None:
    if path is None:
        return None
    return np.asarray(context.read(path, [name])[name].to_numpy())


def _correct(context: Context, inputs: Inputs) -> NDArray[np.bool_] | None:
    if inputs.gold is None:
        return None
    answers = context.read(inputs.votes, ["question_id", "answer"])
    reader = reader_of(context.recipe.task.answer)
    return correct(answers, context.read(inputs.gold), None if reader.exact else reader.same)


def _strings(column: pa.ChunkedArray) -> NDArray[Any]:
    """A column of few distinct strings and of nulls, each distinct string held once."""
    encoded = column.combine_chunks().dictionary_encode()
    distinct = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(distinct[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)])


def _write(
    context: Context, inputs: Inputs, output: str, verdict: Verdict, weight_C: NDArray[Any]
) -> None:
    """Each candidate's measurements and verdict, some rows at a time."""
    voted = [field.name for field in records.VOTE_FIELDS if field.name != "reason"]
    losses = [field.name for field in records.LOSS_FIELDS]
    votes = context.rows(inputs.votes, voted)
    measured = context.rows(inputs.losses, losses) if inputs.losses else None
    keep_C, begin = verdict.keep_C, 0
    with table_writer(context.path(output), records.SELECTION) as write:
        for samples in context.rows(inputs.samples, records.CANDIDATES.names):
            part = slice(begin, begin + samples.num_rows)
            begin = part.stop
            columns = _columns(samples) | _columns(votes.take(samples.num_rows))
            for field in records.LOSS_FIELDS:
                columns[field.name] = pa.nulls(samples.num_rows, field.type)
            columns |= _columns(measured.take(samples.num_rows)) if measured else {}
            columns |= {
                "score": pa.array(verdict.score_C[part], from_pandas=True),
                "keep": pa.array(keep_C[part]),
                "reason": pa.array(verdict.reason_C[part], pa.string()),
                "weight": pa.array(weight_C[part]),
            }
            write(pa.table(columns, schema=records.SELECTION))


def _columns(table: pa.Table) -> dict[str, Any]:
    return {name: table[name] for name in table.column_names}


def _funnel(vote_reason: NDArray[Any], verdict: Verdict) -> Funnel:
    reasons = Counter(vote_reason.tolist())
    dropped = Counter(why for why in verdict.reason_C.tolist() if why is not None)
    return Funnel(
        sampled=len(vote_reason),
        answered=len(vote_reason) - sum(reasons[why] for why in NO_VOTE),
        majority=int(without_reason(vote_reason).sum()),
        kept=int(verdict.keep_C.sum()),
        dropped=dict(dropped.most_common()),
    )


def _reasons(dropped: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in dropped.items())


KIND = Kind(
    name="select",
    stream=5,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("filter",),
    process="loop",
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files, needs = RoundFiles.of(number), method_of(recipe.filter).needs
    audited = recipe.filter.min_vote_accuracy is not None
    inputs = Inputs(
        samples=files.samples,
        votes=files.votes,
        losses=files.losses if "losses" in needs else None,
        validation_losses=files.validation_losses if "losses" in needs else None,
        ratings=files.ratings if "ratings" in needs else None,
        rewards=files.rewards if "rewards" in needs else None,
        shifts=files.shifts if "shift" in needs else None,
        gold=layout.TRAIN_GOLD if "labels" in needs else None,
        audit=files.audit if "audit" in needs or audited else None,
    )
    return Stage(KIND, number, inputs, Outputs(selection=files.selection, funnel=files.funnel))
