"""`eval-predict report`: one HTML page about a table of scores, an estimate, or a bench."""

import csv
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval_predict.bench.results import BenchRow
from eval_predict.commands.reading import reads_scores
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Level,
    ScoresPath,
    one_line_errors,
    print_json,
)
from eval_predict.data.checks import describe
from eval_predict.data.readers import Reading, ReadOptions, read
from eval_predict.errors import UserError

LEAST_MODELS = 5  # that an analysis of items takes


@reads_scores
def report(
    scores: ScoresPath,
    options: ReadOptions,
    out: Annotated[Path, typer.Option(help="The HTML file.")] = Path("report.html"),
    observed: Annotated[
        list[Path] | None,
        typer.Option(help="A new model's scores on some items, as `predict` takes them."),
    ] = None,
    method: Annotated[str, typer.Option(help="Name of a method, as in `bench`.")] = "auto",
    model: Annotated[
        str | None, typer.Option(help="Whose rows, where the file holds several models.")
    ] = None,
    bench: Annotated[
        Path | None, typer.Option(help="Rows of `eval-predict bench --out`, to compare methods.")
    ] = None,
    level: Level = 0.95,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """One HTML page that works offline: models, an item map, and what else is given.

    With --observed the new model's estimate and the items that it was run on; with --bench the
    error and coverage of methods by situation.
    """
    with one_line_errors(as_json, debug):
        from eval_predict.items.analysis import analyse_items
        from eval_predict.report.page import ScoresReport, scores_page
        from eval_predict.stats.model_summary import summarise_models

        if out.is_dir() or not out.absolute().parent.is_dir():
            raise UserError(
                where="--out",
                got=f"{out}, {'a folder' if out.is_dir() else 'in a folder that is not there'}",
                expected="a file",
                fix=f"Name a file, such as {out / 'report.html' if out.is_dir() else out.name}.",
            )
        rows = read_bench_rows(bench) if bench else ()
        reading = read(scores, options)
        matrix = reading.matrix
        models = sorted(summarise_models(reading, level), key=lambda row: -row.mean.value)
        page = ScoresReport(
            name=scores.stem,
            read=describe(matrix),
            scale=reading.scale,
            models=tuple(models),
            items=analyse_items(matrix) if len(matrix.models) >= LEAST_MODELS else (),
            prediction=_prediction(reading, observed, method, model, level, options)
            if observed
            else None,
            bench=rows,
        )
        try:
            out.write_text(scores_page(page), encoding="utf-8")
        except OSError as error:
            raise UserError(where="--out", got=error, expected="a file to write") from None
        if as_json:
            print_json({"report": str(out), "models": len(models), "items": len(page.items)})
        else:
            typer.echo(f"report: {out}")


def read_bench_rows(path: Path) -> tuple[BenchRow, ...]:
    """The rows that `eval-predict bench --out` wrote.

    Raises:
        UserError: the file cannot be read, or is another table.
    """
    names = [field.name for field in fields(BenchRow)]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        return tuple(BenchRow(**{name: _value(name, row[name]) for name in names}) for row in found)
    except OSError as error:
        raise UserError(where=path, got=error.strerror, expected="a table of bench") from None
    except (KeyError, ValueError, UnicodeDecodeError) as error:
        raise UserError(
            where=path,
            got=f"a table without {error}" if isinstance(error, KeyError) else error,
            expected=f"columns {', '.join(names)}",
            fix="Make it with `eval-predict bench … --out FILE`.",
        ) from None


def _value(name: str, text: str) -> Any:
    if name in ("benchmark", "split", "method"):
        return text
    if text == "":
        return None
    return int(text) if name == "repeats" else float(text)


def _prediction(
    reading: Reading,
    observed: list[Path],
    method: str,
    model: str | None,
    level: float,
    options: ReadOptions,
) -> Any:
    from eval_predict.commands.prediction import predicted
    from eval_predict.report.page import ObservedItem, Prediction

    matrix = reading.matrix
    seen, estimate = predicted(reading, observed, method, model, level, options)
    columns = zip(seen.items_Tn[0], seen.scores_Tn[0], seen.probability_Tn[0], strict=True)
    items = tuple(
        ObservedItem(
            matrix.items[place],
            float(score),
            float(probability) if np.isfinite(probability) else None,
        )
        for place, score, probability in columns
    )
    return Prediction(model or "the new model", estimate, items)
