"""inspect_ai: logs as `.eval` (a zip) and as JSON."""

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from eval_predict.data.json_text import parse_json
from eval_predict.data.readers.content import MAX_BYTES, Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row, Scale
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of
from eval_predict.errors import UserError

NAME = "inspect_ai"
LOOKS_FOR = "a zip with header.json and samples/, or JSON with eval, status and samples"

_ZSTANDARD = 93  # zip's number for a compression that Python's zipfile has only since 3.14
_DIRECT = 1 << 26  # samples up to this size are read; of larger logs their summaries
_TOPS = (5.0, 10.0, 100.0)


def recognise(content: Content) -> bool:
    """Whether this is a log, of either format."""
    if content.kind == "zip":
        try:
            with zipfile.ZipFile(content.path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError):  # its list of files is damaged
            return False
        return any(name in ("header.json", "_journal/start.json") for name in names)
    value = content.mapping
    return isinstance(value.get("eval"), dict) and bool(
        {"task", "task_id", "run_id"} & value["eval"].keys()
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """One log: a sample's id is the item, its epochs are repeats, each scorer a metric.

    Letters become numbers as inspect_ai does it (C 1, P 0.5, I and N 0). A sample without a score
    is missing, one that ended in an error too.

    Raises:
        UserError: (a ValueError) on a log without scores, and a value that is no score.
    """
    samples: Any
    if content.kind == "zip":
        header, samples = _unzip(content)
    else:
        header, samples = content.mapping, content.mapping.get("samples")
    about = header["eval"] if isinstance(header.get("eval"), dict) else {}
    results = header.get("results") if isinstance(header.get("results"), dict) else {}
    records = [sample for sample in samples or () if isinstance(sample, dict)]
    if not records:
        raise no_scores(
            content.path,
            _header_only(results or {}),
            "Write the log with its samples: `inspect log dump` prints a whole log as JSON.",
        )
    task = str(about.get("task", ""))
    words: dict[str, str] = {}
    rows = _without(words, [_row(sample, task, words) for sample in records])
    if not any(row.metrics for row in rows):
        _refuse(content, records, words)
    order = [
        str(score.get("name"))
        for score in (results or {}).get("scores") or ()
        if isinstance(score, dict)
    ]
    model = about.get("model")
    return Draft(
        rows,
        prefer=tuple(order),
        scales=_scales(rows, results or {}),
        model=model if isinstance(model, str) and model not in ("", "none/none") else None,
        run=str(about.get("eval_id") or about.get("run_id") or ""),
        date=str(about.get("created", "")),
        setup=_setup(about),
        unusable=words,
        notes=tuple(_notes(content, header, rows)),
    )


def _unzip(content: Content) -> tuple[dict[str, Any], list[Any]]:
    try:
        with zipfile.ZipFile(content.path) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            # A log that is still written, or was cut off, has no header yet.
            first = next(name for name in ("header.json", "_journal/start.json") if name in infos)
            header = parse_json(_member(archive, infos[first], content))
            return header, list(_samples(archive, infos, content))
    except (zipfile.BadZipFile, OSError, ValueError, zlib.error, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            where=content.path,
            got=error,
            expected="a whole .eval log",
            fix="The file may be cut short: `inspect log recover` or copy it again.",
        ) from error


def _samples(
    archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], content: Content
) -> Iterator[Any]:
    members = [
        info for name, info in infos.items() if name.startswith("samples/") and name[-5:] == ".json"
    ]
    if sum(info.file_size for info in members) <= _DIRECT or "summaries.json" not in infos:
        total = 0
        for info in sorted(members, key=lambda info: _natural(info.filename)):
            total += info.file_size
            if total > MAX_BYTES:
                raise _bomb(content)
            yield parse_json(_member(archive, info, content))
    else:
        yield from parse_json(_member(archive, infos["summaries.json"], content))


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sample 2 before sample 10."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _bomb(content: Content) -> UserError:
    return UserError(
        where=content.path,
        got="more than 1 GiB unpacked",
        expected="a log of one run",
        fix="Export the scores as a table of model, item, score.",
    )


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: Content) -> bytes:
    if info.file_size > MAX_BYTES:
        raise _bomb(content)
    if info.compress_type == _ZSTANDARD:
        return _zstandard(content, info)
    with archive.open(info) as file:
        data = file.read(MAX_BYTES + 1)  # the size that a zip states may be a lie
    if len(data) > MAX_BYTES:
        raise _bomb(content)
    return data


def _zstandard(content: Content, info: zipfile.ZipInfo) -> bytes:
    with content.path.open("rb") as file:
        file.seek(info.header_offset)
        lengths = struct.unpack("<HH", file.read(30)[26:30])
        file.seek(info.header_offset + 30 + sum(lengths))
        packed = file.read(info.compress_size)
    try:
        data: bytes = pa.decompress(packed, info.file_size, codec="zstd", asbytes=True)
    except pa.ArrowException as error:
        raise UserError(where=content.path, got=error, expected="a whole .eval log") from error
    return data


def _row(sample: dict[str, Any], task: str, words: dict[str, str]) -> Row:
    scores = sample.get("scores")
    if not isinstance(scores, dict):
        # Logs of 2024 had one `score`.
        single = sample.get("score")
        scores = {"score": single} if isinstance(single, dict) else {}
    metrics: dict[str, float] = {}
    for name, score in scores.items():
        value = score.get("value") if isinstance(score, dict) else score
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for key, part in parts:
            metric, number = f"{name}/{key}" if key else str(name), score_of(part)
            if number is None:
                shown = json.dumps(part, default=str)[:40]
                words.setdefault(metric, f"its values are no numbers (first: {shown})")
            else:
                metrics[metric] = number
    prompt = sample.get("input")
    return Row(
        item=text_of(sample.get("id")),
        metrics=metrics,
        task=task,
        facets={"epoch": text_of(sample.get("epoch", 1))},
        prompt=prompt if isinstance(prompt, str) else None,
    )


def _without(words: Collection[str], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows without scorers whose values are words: a part of them would mean nothing."""
    return tuple(
        replace(row, metrics={k: v for k, v in row.metrics.items() if k not in words})
        for row in rows
    )


def _header_only(results: dict[str, Any]) -> str:
    shares = [
        f"{name} {metric.get('value'):.3g}"
        for score in results.get("scores") or ()
        if isinstance(score, dict) and isinstance(score.get("metrics"), dict)
        for name, metric in score["metrics"].items()
        if isinstance(metric, dict) and isinstance(metric.get("value"), int | float)
    ]
    total = results.get("total_samples", "some")
    found = shares[0] if shares else "a summary"
    return f"header only: {found} of {total} samples, none in the file"


def _refuse(content: Content, records: list[dict[str, Any]], words: dict[str, str]) -> None:
    if words:
        name, why = next(iter(words.items()))
        raise no_scores(
            content.path,
            f"scores of `{name}`: {why}",
            "Score the log again with a scorer whose values are numbers, C, I, P or N.",
        )
    failed = sum(bool(sample.get("error")) for sample in records)
    count = f"{len(records)} sample" + ("" if len(records) == 1 else "s")
    if failed == len(records):
        state = "it ended in an error" if failed == 1 else "all ended in an error"
        raise no_scores(
            content.path, f"{count} without score; {state}", "Run the samples again (eval-retry)."
        )
    raise no_scores(
        content.path,
        f"{count}, no score" if len(records) == 1 else f"{count} without scores",
        "Run `inspect score` on the log.",
    )


def _scales(rows: Iterable[Row], results: dict[str, Any]) -> dict[str, Scale]:
    scales = {}
    stated = re.search(
        r"(?:scale|rate|score)\D{0,40}?\b(\d+)\s*(?:to|-|–)\s*(\d+)",
        json.dumps(results.get("scores") or ()),
        re.IGNORECASE,
    )
    for name in dict.fromkeys(name for row in rows for name in row.metrics):
        values = [row.metrics[name] for row in rows if name in row.metrics]
        high, low = max(values, default=0), min(values, default=0)
        if high <= 1 and low >= 0:
            continue
        if stated and float(stated.group(2)) >= high:
            scales[name] = Scale(float(stated.group(1)), float(stated.group(2)))
        else:
            scales[name] = Scale(min(low, 0.0), next((top for top in _TOPS if top >= high), high))
    return scales


def _setup(about: dict[str, Any]) -> dict[str, str]:
    """The settings that distinguish this run from one of another model of the same name."""
    setup = {}
    for part in ("model_args", "model_generate_config", "task_args", "model_roles"):
        given = about.get(part)
        for key, value in (given or {}).items() if isinstance(given, dict) else ():
            setup[key] = json.dumps(value, sort_keys=True, default=str).strip('"')[:60]
    if isinstance(about.get("solver"), str):
        setup["solver"] = about["solver"]
    return setup


def _notes(content: Content, header: dict[str, Any], rows: tuple[Row, ...]) -> Iterator[str]:
    status = header.get("status", "started")
    if status != "success":
        yield f"{content.path.name}: the run did not finish (status {status})"
    unscored = sum(not row.metrics for row in rows)
    if unscored:
        yield (
            f"{content.path.name}: {unscored} of {len(rows)} samples have no score;"
            " they are missing, not 0"
        )
    config = header["eval"].get("config") if isinstance(header.get("eval"), dict) else None
    reducers = config.get("epochs_reducer") if isinstance(config, dict) else None
    if isinstance(reducers, list) and reducers and reducers != ["mean"]:
        yield (
            f"{content.path.name}: the run reduced its epochs by {', '.join(map(str, reducers))};"
            " here it is the mean"
        )
