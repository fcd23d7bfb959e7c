"""A round of a run, read from its files."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval_predict.stats.difference import paired_difference
from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.audit.record import AuditRecord
from iwsi.evaluation.diversity import RoundDiversity
from iwsi.evaluation.gate import Decision
from iwsi.report.data import (
    Distributions,
    Floats,
    Forecast,
    Round,
    TestResult,
)
from iwsi.report.reader import RunReader
from iwsi.rounds.reports import Funnel, PairFunnel

LEVEL = 0.95


def read_round(reader: RunReader, number: int, stages: Mapping[str, Any]) -> Round:
    """The page's contents about one round; `stages` are the ledger's entries by name."""
    folder = f"round-{number}"
    done = {name: entry for name, entry in stages.items() if name.startswith(f"{folder}/")}
    tokens = sum((entry.get("info") or {}).get("tokens") or 0 for entry in done.values())
    spent = sum(
        (entry.get("seconds") or 0) + (entry.get("startup_seconds") or 0) for entry in done.values()
    )
    for name in done:
        _expect(reader, name)
    record = reader.parsed(f"{folder}/audit.json", AuditRecord.from_dict)
    return Round(
        number=number,
        test=_test(reader, folder),
        gain=_gain(reader, number),
        forecast=_forecast(reader, folder),
        gate=reader.parsed(f"{folder}/gate.json", Decision.from_dict),
        funnel=reader.parsed(f"{folder}/funnel.json", lambda funnel: Funnel(**funnel)),
        distributions=_distributions(reader, folder),
        training=_training(reader, folder),
        seconds=spent,
        tokens=tokens,
        audit=record.report if record else None,
        diversity=reader.parsed(f"{folder}/diversity.json", RoundDiversity.from_dict),
        pairs=reader.parsed(f"{folder}/pair_funnel.json", lambda counts: PairFunnel(**counts)),
    )


# The file of a stage that is done, whose absence the page names.
_RESULT = {
    "audit": "audit.json",
    "diversity": "diversity.json",
    "test": "test.parquet",
    "select": "selection.parquet",
    "forecast": "forecast.json",
    "train": "adapter",
}


def _expect(reader: RunReader, stage: str) -> None:
    folder, _, kind = stage.partition("/")
    name = _RESULT.get(kind)
    if name and not (reader.root / folder / name).exists():
        reader.note(f"{folder}/{name} is missing, though its stage was done")


def _test(reader: RunReader, folder: str) -> TestResult | None:
    table = reader.table(f"{folder}/test.parquet", ["score", "answer"])
    if table is None or not table.num_rows:
        return None
    counts = pc.value_counts(table["answer"].combine_chunks()).to_pylist()
    counts.sort(key=lambda row: -row["counts"])
    return TestResult(
        mean_score(table["score"].to_numpy(), LEVEL),
        table["answer"].null_count / table.num_rows,
        tuple((row["values"] or "(no answer)", row["counts"]) for row in counts[:5]),
    )


def _gain(reader: RunReader, number: int) -> Estimate | None:
    if not number:
        return None
    tables = [reader.table(f"round-{n}/test.parquet", ["item", "score"]) for n in (number, 0)]
    if any(table is None or not table.num_rows for table in tables):
        return None
    scores = [
        dict(zip(t["item"].to_pylist(), t["score"].to_pylist(), strict=True))
        for t in tables
        if t is not None
    ]
    shared = [item for item in scores[0] if item in scores[1]]
    if not shared:
        return None
    after, before = (np.array([results[item] for item in shared]) for results in scores)
    return paired_difference(after, before, LEVEL)


def _forecast(reader: RunReader, folder: str) -> Forecast | None:
    return reader.parsed(f"{folder}/forecast.json", _forecast_of)


def _forecast_of(found: dict[str, Any]) -> Forecast:
    gain = found.get("gain_over_previous")
    return Forecast(
        Estimate.from_dict(found["score"]),
        Estimate.from_dict(gain) if gain else None,
        int(found["items_run"]),
        int(found["items"]),
    )


_MEASURED = (
    "question_id",
    "finish_reason",
    "num_tokens",
    "answer",
    "vote_share",
    "vote_entropy",
    "agrees",
    "nll",
    "ds_weight",
    "keep",
)


def _distributions(reader: RunReader, folder: str) -> Distributions | None:
    table = reader.table(f"{folder}/selection.parquet", _MEASURED)
    if table is None or not table.num_rows:
        return None
    grouped = table.group_by("question_id").aggregate(
        [("vote_entropy", "max"), ("answer", "count_distinct"), ("answer", "count")]
    )
    distinct_Q = _floats(grouped["answer_count_distinct"])
    answered_Q = _floats(grouped["answer_count"])
    validation = reader.table(f"{folder}/validation_losses.parquet", ["nll"])
    return Distributions(
        ds_weight_C=_floats(table["ds_weight"]),
        nll_C=_floats(table["nll"]),
        vote_share_C=_floats(table["vote_share"]),
        keep_C=table["keep"].to_numpy(),
        agrees_C=table["agrees"].to_numpy(),
        entropy_Q=_floats(grouped["vote_entropy_max"]),
        distinct_Q=distinct_Q,
        num_tokens_C=_floats(table["num_tokens"]),
        validation_nll_V=_floats(validation["nll"]) if validation is not None else np.array([]),
        truncated=float(pc.mean(pc.equal(table["finish_reason"], "length")).as_py() or 0.0),
        unreadable=table["answer"].null_count / table.num_rows,
        unanimous=float(((distinct_Q == 1) & (answered_Q > 1)).mean()),
    )


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)


def _training(reader: RunReader, folder: str) -> tuple[tuple[float, float], ...]:
    text = reader.text(f"{folder}/adapter/train_metrics.jsonl")
    points = []
    for line in (text or "").splitlines():
        try:
            row = json.loads(line)
            points.append((float(row["step"]), float(row["loss"])))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # a line of another kind, such as the trainer's last
    return tuple(point for point in points if math.isfinite(point[1]))
