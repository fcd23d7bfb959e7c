"""Reads a run directory for a report, and names what could not be read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from eval_predict.errors import UserError
from iwsi.recipe.strict_yaml import parse_yaml
from iwsi.report.data import RunReport
from iwsi.report.examples import read_candidates, read_flips, read_labelled
from iwsi.report.reader import RunReader
from iwsi.report.rounds import read_round
from iwsi.rounds.versions import FILE as VERSIONS


def collect(root: Path, *, max_candidates: int = 3000, max_text: int = 4000) -> RunReport:
    """Read a run directory; a file that is missing or damaged is named and the rest is shown.

    Args:
        root: the run directory.
        max_candidates: candidates that are listed, spread over rounds and reasons.
        max_text: characters of a text that are kept.

    Raises:
        UserError: there is no run in this directory.
    """
    reader = RunReader(root)
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
    rounds = tuple(read_round(reader, number, stages) for number in range(last + 1))
    summary = reader.object("summary.json") if last else None
    outcome = (summary or {}).get("result")
    result = outcome.get("round") if isinstance(outcome, dict) else None
    recipe = _parsed(recipe_text)
    labelled = read_labelled(reader)
    total, candidates = read_candidates(reader, last, labelled, max_candidates, max_text)
    return RunReport(
        name=root.name,
        task=str(_section(recipe, "task").get("name") or root.name),
        rounds=rounds,
        result=result,
        flips=read_flips(reader, rounds, result, max_text),
        candidates=candidates,
        candidates_in_all=total,
        labelled=labelled,
        recipe=recipe_text or "",
        settings=(*_settings(recipe), *_environment(reader)),
        problems=tuple(reader.problems),
    )


def _stages(reader: RunReader, ledger: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    """The stages that are done, by name."""
    if ledger is None:
        if not (reader.root / "ledger.json").exists():
            reader.note("ledger.json is missing: no round is shown")
        return {}
    stages = ledger.get("stages", {})
    if isinstance(stages, dict) and all(isinstance(entry, dict) for entry in stages.values()):
        return stages
    reader.note("ledger.json does not hold what iwsi writes: no round is shown")
    return {}


def _round_of(stage: str) -> int:
    head, _, _ = stage.partition("/")
    number = head.removeprefix("round-")
    return int(number) if number.isdigit() else 0


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        parsed = parse_yaml(text or "")
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _section(recipe: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = recipe.get(name)
    return found if isinstance(found, dict) else {}


def _environment(reader: RunReader) -> tuple[tuple[str, str], ...]:
    """Versions and machine, which runs of earlier versions do not have."""
    return tuple((name, str(value)) for name, value in (reader.object(VERSIONS) or {}).items())


def _settings(recipe: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    values = {
        "model": _section(recipe, "model").get("name"),
        "engine": _section(recipe, "sample").get("engine"),
        "seed": recipe.get("seed"),
    }
    return tuple((name, str(value)) for name, value in values.items() if value is not None)
