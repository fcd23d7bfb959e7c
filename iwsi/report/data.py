"""What a report shows of a run: read from the run directory, with what could not be read named."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate, mean_score, paired_difference
from iwsi.evaluation.diversity import RoundDiversity

LEVEL = 0.95
Floats = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Forecast:
    """A round's forecast, from `items_run` of `items` test items."""

    score: Estimate
    gain: Estimate | None  # over the round before
    items_run: int
    items: int


@dataclass(frozen=True, slots=True)
class Distributions:
    """Per candidate of a round; arrays have the shape (C,), those of labelled rows (V,)."""

    ds_weight_C: Floats
    nll_C: Floats
    vote_share_C: Floats
    keep_C: NDArray[np.bool_]
    agrees_C: NDArray[np.bool_]
    entropy_Q: Floats  # one a question
    distinct_Q: Floats  # distinct answers of a question
    num_tokens_C: Floats
    validation_nll_V: Floats
    truncated: float  # share of candidates cut off at max_tokens
    unreadable: float  # share without an answer
    unanimous: float  # share of questions whose candidates all answer alike


@dataclass(frozen=True, slots=True)
class TestResult:
    """A full test of a round."""

    accuracy: Estimate
    unreadable: float
    answers: tuple[tuple[str, int], ...]  # the most frequent answers and their counts


@dataclass(frozen=True, slots=True)
class AuditedScore:
    """One score of an audit: its AUC with interval, and right votes by the share that is kept."""

    title: str
    auc: float
    low: float
    high: float
    precision: Mapping[str, float]
    used_by_filter: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """Which score finds right votes, by labelled rows."""

    rows: int
    sentence: str
    scores: tuple[AuditedScore, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate decided after a round."""

    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Round:
    """Round 0 is the base model. A part is None where the run has not come to it."""

    number: int
    test: TestResult | None = None
    gain: Estimate | None = None  # over the base, on the same items
    forecast: Forecast | None = None
    gate: Gate | None = None
    funnel: Mapping[str, Any] | None = None
    distributions: Distributions | None = None
    training: tuple[tuple[float, float], ...] = ()  # step, loss
    seconds: float = 0.0
    tokens: int = 0
    audit: Audit | None = None
    diversity: RoundDiversity | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A test item that one of two models answered right and the other wrong."""

    item: str
    prompt: str
    gold: str
    before: str
    after: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the candidates that the page lists, beside the labelled row most like it."""

    round: int
    question: str
    prompt: str
    text: str
    answer: str | None
    vote_share: float | None
    ds_weight: float | None
    keep: bool
    reason: str
    labelled: int | None  # position in `RunReport.labelled`


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that the page of one run shows."""

    name: str
    task: str
    rounds: tuple[Round, ...]
    result: int | None  # the round that is the run's result
    flips: tuple[Flip, ...]
    candidates: tuple[Candidate, ...]
    candidates_in_all: int
    labelled: tuple[tuple[str, str], ...]  # prompt and rationale
    recipe: str
    environment: Mapping[str, Any]
    problems: tuple[str, ...] = field(default=())


def collect(root: Path, *, max_candidates: int = 3000, max_text: int = 4000) -> RunReport:
    """Read a run directory; a file that is missing or damaged is named and the rest is shown.

    Args:
        root: the run directory.
        max_candidates: candidates that are listed, spread over rounds and reasons.
        max_text: characters of a text that are kept.

    Raises:
        UserError: there is no run in this directory.
    """
    reader = _Reader(root)
    recipe_text = reader.text("recipe.yaml")
    ledger = reader.object("ledger.json")
    if not root.is_dir() or (recipe_text is None and ledger is None):
        raise UserError(
            where=str(root),
            got="no run (neither recipe.yaml nor ledger.json)",
            expected="a run directory, such as runs/gsm8k",
            fix="Name the folder that `iwsi run` printed as its run directory.",
        )
    stages = _stages(reader, ledger)
    last = max((_round_of(name) for name in stages), default=0)
    rounds = tuple(_round(reader, number, stages) for number in range(last + 1))
    summary = reader.object("summary.json") if last else None
    outcome = (summary or {}).get("result")
    result = outcome.get("round") if isinstance(outcome, dict) else None
    recipe = _parsed(recipe_text)
    labelled = _labelled(reader)
    total, candidates = _candidates(reader, last, labelled, max_candidates, max_text)
    return RunReport(
        name=root.name,
        task=str(_section(recipe, "task").get("name") or root.name),
        rounds=rounds,
        result=result,
        flips=_flips(reader, rounds, result, max_text),
        candidates=candidates,
        candidates_in_all=total,
        labelled=labelled,
        recipe=recipe_text or "",
        environment=_environment(reader, recipe),
        problems=tuple(reader.problems),
    )


class _Reader:
    """Reads files of a run; a fault is noted once and gives None."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._try(name, lambda path: path.read_text(encoding="utf-8"))

    def json(self, name: str) -> Any:
        return self._try(name, lambda path: json.loads(path.read_text(encoding="utf-8")))

    def object(self, name: str) -> dict[str, Any] | None:
        """JSON that must be an object."""
        found = self.json(name)
        if found is None or isinstance(found, dict):
            return found
        self.problems.append(f"{name} holds no JSON object")
        return None

    def parsed(self, name: str, parse: Callable[[dict[str, Any]], T]) -> T | None:
        """What `parse` makes of an object."""
        found = self.object(name)
        try:
            return parse(found) if found else None
        except (KeyError, TypeError, ValueError, AttributeError):
            self.problems.append(f"{name} does not hold what iwsi writes")
            return None

    def table(self, name: str, columns: Sequence[str]) -> pa.Table | None:
        return self._try(name, lambda path: pq.read_table(path, columns=list(columns)))

    def _try(self, name: str, read: Callable[[Path], T]) -> T | None:
        path = self.root / name
        if not path.exists():
            return None
        try:
            return read(path)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            self.problems.append(f"{name} cannot be read ({first})")
            return None


def _stages(reader: _Reader, ledger: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    """The stages that are done, by name."""
    if ledger is None:
        if not (reader.root / "ledger.json").exists():
            reader.problems.append("ledger.json is missing: no round is shown")
        return {}
    stages = ledger.get("stages", {})
    if isinstance(stages, dict) and all(isinstance(entry, dict) for entry in stages.values()):
        return stages
    reader.problems.append("ledger.json does not hold what iwsi writes: no round is shown")
    return {}


def _round_of(stage: str) -> int:
    head, _, _ = stage.partition("/")
    number = head.removeprefix("round-")
    return int(number) if number.isdigit() else 0


def _round(reader: _Reader, number: int, stages: Mapping[str, Any]) -> Round:
    folder = f"round-{number}"
    done = {name: entry for name, entry in stages.items() if name.startswith(f"{folder}/")}
    tokens = sum((entry.get("info") or {}).get("tokens") or 0 for entry in done.values())
    spent = sum(
        (entry.get("seconds") or 0) + (entry.get("startup_seconds") or 0) for entry in done.values()
    )
    for name in done:
        _expect(reader, name)
    return Round(
        number=number,
        test=_test(reader, folder),
        gain=_gain(reader, number),
        forecast=_forecast(reader, folder),
        gate=reader.parsed(
            f"{folder}/gate.json", lambda gate: Gate(bool(gate["passed"]), str(gate["reason"]))
        ),
        funnel=reader.object(f"{folder}/funnel.json"),
        distributions=_distributions(reader, folder),
        training=_training(reader, folder),
        seconds=spent,
        tokens=tokens,
        audit=_audit(reader, folder),
        diversity=reader.parsed(f"{folder}/diversity.json", RoundDiversity.from_dict),
    )


def _audit(reader: _Reader, folder: str) -> Audit | None:
    found = reader.json(f"{folder}/audit.json")
    report = found.get("report") if isinstance(found, dict) else None
    if not report:
        return None
    try:
        return Audit(
            int(report["rows"]),
            str(report["sentence"]),
            tuple(
                AuditedScore(
                    str(score["title"]),
                    float(score["auc"]["value"]),
                    float(score["auc"]["low"]),
                    float(score["auc"]["high"]),
                    {share: float(right) for share, right in score["precision"].items()},
                    score["name"] == report["ranked_by"],
                )
                for score in report["scores"]
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        reader.problems.append(f"{folder}/audit.json does not hold what an audit writes")
        return None


# The file of a stage that is done, whose absence the page names.
_RESULT = {
    "audit": "audit.json",
    "diversity": "diversity.json",
    "test": "test.parquet",
    "select": "selection.parquet",
    "forecast": "forecast.json",
    "train": "adapter",
}


def _expect(reader: _Reader, stage: str) -> None:
    folder, _, kind = stage.partition("/")
    name = _RESULT.get(kind)
    if name and not (reader.root / folder / name).exists():
        reader.problems.append(f"{folder}/{name} is missing, though its stage was done")


def _test(reader: _Reader, folder: str) -> TestResult | None:
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


def _gain(reader: _Reader, number: int) -> Estimate | None:
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


def _forecast(reader: _Reader, folder: str) -> Forecast | None:
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


def _distributions(reader: _Reader, folder: str) -> Distributions | None:
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


def _training(reader: _Reader, folder: str) -> tuple[tuple[float, float], ...]:
    text = reader.text(f"{folder}/adapter/train_metrics.jsonl")
    points = []
    for line in (text or "").splitlines():
        try:
            row = json.loads(line)
            points.append((float(row["step"]), float(row["loss"])))
        except (ValueError, KeyError, TypeError):
            continue  # a line of another kind, such as the trainer's last
    return tuple(point for point in points if math.isfinite(point[1]))


def _flips(
    reader: _Reader, rounds: Sequence[Round], result: int | None, max_text: int
) -> tuple[Flip, ...]:
    """Items that the result fixed or broke, against the base model."""
    tested = [data.number for data in rounds if data.test is not None and data.number]
    number = result if result in tested else (tested[-1] if tested else None)
    if number is None:
        return ()
    columns = ["item", "score", "prompt", "text", "gold"]
    after = reader.table(f"round-{number}/test.parquet", columns)
    before = reader.table("round-0/test.parquet", ["item", "score", "text"])
    if after is None or before is None:
        return ()
    base = {row["item"]: row for row in before.to_pylist()}
    return tuple(
        Flip(
            row["item"],
            row["prompt"][-max_text:],
            row["gold"],
            base[row["item"]]["text"][:max_text],
            row["text"][:max_text],
            row["score"] > base[row["item"]]["score"],
        )
        for row in after.to_pylist()
        if row["item"] in base and row["score"] != base[row["item"]]["score"]
    )


def _labelled(reader: _Reader) -> tuple[tuple[str, str], ...]:
    table = reader.table("data/validation.parquet", ["prompt", "completion"])
    if table is None:
        return ()
    pairs = zip(table["prompt"].to_pylist(), table["completion"].to_pylist(), strict=True)
    return tuple(pairs)


def _candidates(
    reader: _Reader,
    last: int,
    labelled: Sequence[tuple[str, str]],
    most: int,
    max_text: int,
) -> tuple[int, tuple[Candidate, ...]]:
    """How many there are in all, and those that are listed."""
    words_V = [set(prompt.lower().split()) for prompt, _ in labelled]
    total, listed = 0, []
    for number in range(1, last + 1):
        name = f"round-{number}/selection.parquet"
        keys = reader.table(name, ["keep", "reason"])
        if keys is None:
            continue
        total += keys.num_rows
        rows = _spread(keys, max(most // last, 1))
        columns = ["question_id", "prompt", "text", "answer", "vote_share", "ds_weight"]
        table = reader.table(name, [*columns, "keep", "reason"])
        if table is None:
            continue
        nearest: dict[str, int | None] = {}
        for row in table.take(rows).to_pylist():
            prompt = row["prompt"]
            if prompt not in nearest:
                nearest[prompt] = _nearest(prompt, words_V)
            listed.append(
                Candidate(
                    number,
                    row["question_id"],
                    prompt[-max_text:],
                    row["text"][:max_text],
                    row["answer"],
                    _finite(row["vote_share"]),
                    _finite(row["ds_weight"]),
                    bool(row["keep"]),
                    row["reason"] or "kept",
                    nearest[prompt],
                )
            )
    return total, tuple(listed)


def _spread(keys: pa.Table, most: int) -> list[int]:
    """Rows of all reasons: the rare ones whole, the others in equal parts, in the table's order."""
    reasons = [reason or "kept" for reason in keys["reason"].to_pylist()]
    by_reason: dict[str, list[int]] = {}
    for row, reason in enumerate(reasons):
        by_reason.setdefault(reason, []).append(row)
    spread: list[int] = []
    groups = sorted(by_reason.values(), key=len)
    for position, rows in enumerate(groups):
        share = (most - len(spread)) // (len(groups) - position)
        step = max(len(rows) / share, 1.0) if share else math.inf
        spread += [rows[int(i * step)] for i in range(min(share, len(rows)))]
    return sorted(spread)


def _nearest(prompt: str, words_V: Sequence[set[str]]) -> int | None:
    words = set(prompt.lower().split())
    if not words_V or not words:
        return None
    overlap = [len(words & other) / len(words | other) for other in words_V]
    return int(np.argmax(overlap))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        parsed = yaml.safe_load(text or "")
    except yaml.YAMLError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _section(recipe: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = recipe.get(name)
    return found if isinstance(found, dict) else {}


def _environment(reader: _Reader, recipe: Mapping[str, Any]) -> dict[str, Any]:
    found = reader.json("environment.json")
    kept: dict[str, Any] = dict(found) if isinstance(found, dict) else {}
    model, sample = _section(recipe, "model"), _section(recipe, "sample")
    return {
        "model": model.get("name"),
        "engine": sample.get("engine"),
        "seed": recipe.get("seed"),
        **kept,
    }
