"""Preference pairs from what was kept and what lost the vote."""

from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.errors import UserError
from iwsi import records
from iwsi.errors import InternalError
from iwsi.files import write_json, write_table
from iwsi.filter.pairs import Ballots, PairTable, make_pairs, pair_weights
from iwsi.filter.verdict import NO_VOTE
from iwsi.recipe import Pairs
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.reports import PairFunnel
from iwsi.rounds.stage import Kind, Stage

READ = (
    "question_id",
    "candidate_id",
    "prompt",
    "text",
    "token_ids",
    "answer",
    "logprob",
    "agrees",
    "ds_weight",
    "keep",
    "reason",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The candidates with their votes, and which were kept."""

    selection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a pair (records.PAIRS), and how many got how far."""

    pairs: str
    funnel: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    rule = context.recipe.train.pairs
    if rule is None:
        raise InternalError(f"{context.name} without pairs")
    candidates = context.read(inputs.selection, list(READ))
    ballots = _ballots(candidates, closed_list=context.recipe.sample.method == "exact")
    table = make_pairs(ballots, rule)
    counts = pair_funnel(table, ballots)
    write_json(context.path(outputs.funnel), asdict(counts))
    if not counts.pairs:
        reasons = ", ".join(f"{why} {count}" for why, count in counts.without_pair.items())
        raise UserError(
            field="train.pairs",
            got=f"no pair from {counts.questions} questions ({reasons})",
            expected="at least one pair to train on",
            fix="Lower train.pairs.min_margin, raise sample.temperature so that answers differ, or "
            "set train.objective=sft.",
        )
    write_table(context.path(outputs.pairs), _pairs(candidates, table, ballots, rule))
    return {"pairs": counts.pairs}


def pair_funnel(table: PairTable, ballots: Ballots) -> PairFunnel:
    """The counts of a round's pairs."""
    paired = len(np.unique(ballots.question_C[table.kept_P]))
    return PairFunnel(
        table.questions,
        paired,
        len(table.kept_P),
        dict(table.without_pair),
        dict(table.dropped),
    )


def _ballots(candidates: pa.Table, *, closed_list: bool) -> Ballots:
    answer_C = _codes(candidates["answer"])
    voted_C = (answer_C >= 0) & ~np.isin(_strings(candidates["reason"]), NO_VOTE)
    weight_C = np.exp(candidates["logprob"].to_numpy()) if closed_list else 1.0
    return Ballots(
        question_C=_codes(candidates["question_id"]),
        answer_C=np.where(voted_C, answer_C, -1),
        vote_C=np.where(voted_C, weight_C, 0.0),
        agrees_C=candidates["agrees"].to_numpy(),
        keep_C=candidates["keep"].to_numpy(),
        ds_weight_C=candidates["ds_weight"].to_numpy(),
        text_C=_codes(candidates["text"]),
        closed_list=closed_list,
    )


def _pairs(candidates: pa.Table, table: PairTable, ballots: Ballots, rule: Pairs) -> pa.Table:
    kept, rejected = candidates.take(table.kept_P), candidates.take(table.rejected_P)
    columns = {
        "question_id": kept["question_id"],
        "prompt": kept["prompt"],
        "chosen": kept["text"],
        "rejected": rejected["text"],
        "chosen_token_ids": kept["token_ids"],
        "rejected_token_ids": rejected["token_ids"],
        "chosen_id": kept["candidate_id"],
        "rejected_id": rejected["candidate_id"],
        "margin": table.margin_P,
        "weight": pair_weights(table, ballots, rule),
    }
    return pa.table(columns, schema=records.PAIRS)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    encoded = column.combine_chunks().dictionary_encode().indices
    return np.asarray(encoded.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _strings(column: pa.ChunkedArray) -> NDArray[np.str_]:
    return np.asarray(column.fill_null("").to_pylist(), str)


KIND = Kind(
    name="pair",
    stream=18,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("train.pairs", "sample.method"),
    process="loop",
)


def stage(number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    outputs = Outputs(pairs=files.pairs, funnel=files.pair_funnel)
    return Stage(KIND, number, Inputs(selection=files.selection), outputs)
