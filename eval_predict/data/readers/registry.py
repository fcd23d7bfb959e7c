"""The readers, and the entry point that tries each of them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from eval_predict.data.readers.assemble import FileDraft, assemble
from eval_predict.data.readers.content import Content, load
from eval_predict.data.readers.reading import Draft, Reading, ReadOptions
from eval_predict.data.readers.refusal import AveragesError, NoScoresError
from eval_predict.data.readers.sources import find_files
from eval_predict.errors import UserError


class Reader(Protocol):
    """A module that reads one tool's files."""

    NAME: str
    LOOKS_FOR: str

    def recognise(self, content: Content) -> bool:
        """Whether the file is of this tool, by what it holds."""
        ...

    def read(self, content: Content, options: ReadOptions) -> Draft:
        """Read the file."""
        ...


_TABLE = "a table"  # the name of the last one
# Modules, in this order: the first that knows a file reads it, so the particular ones come first.
_NAMES = (
    "inspect_ai",
    "lm_eval",
    "helm",
    "lighteval",
    "evalplus",
    "bigcodebench",
    "livecodebench",
    "humaneval",
    "swe_bench",
    "harbor",
    "tau_bench",
    "reflexion",
    "alpaca_eval",
    "mt_bench",
    "wildbench",
    "promptfoo",
    "deepeval",
    "openai_evals",
    "ifeval",
    "py_irt",
    "open_compass",
    "averages",
    "tables",
)


@cache
def readers() -> tuple[Reader, ...]:
    """All readers; imported when a file is read, since the command line need not wait for them."""
    package = __name__.rpartition(".")[0]
    return tuple(cast("Reader", import_module(f"{package}.{name}")) for name in _NAMES)


def read(path: str | Path | Sequence[Path], options: ReadOptions | None = None) -> Reading:
    """Read scores of models on items from whatever a path holds.

    Args:
        path: a file or folder of a known tool, a table, a run directory of iwsi, or several of
            these that belong together.
        options: what to take where a file leaves a choice.

    Raises:
        UserError: (a ValueError) on a path without scores, which says what the files are, and on
            choices that the files do not have.
    """
    from eval_predict.data.readers import tidy

    settings = options or ReadOptions()
    paths = [Path(path)] if isinstance(path, str | Path) else list(path)
    fault: UserError | None = None
    if len(paths) == 1:
        try:
            reading = tidy.read_tidy(paths[0], settings)
        except UserError as error:
            if not tidy.may_be_read_otherwise(paths[0], error):
                raise
            fault, reading = error, None
        if reading is not None:
            return reading
    files = [file for given in paths for file in find_files(given)]
    try:
        return _read_files(paths, files, settings)
    except UserError as error:
        raise fault or error from None


def reader_of(content: Content) -> Reader:
    """The reader that knows a file.

    Raises:
        UserError: (a ValueError) on a file that none knows: what was looked for and found.
    """
    if content.fault and not content.lines:
        raise content.fault
    for reader in readers():
        if reader.recognise(content):
            return reader
    if content.fault:
        raise content.fault
    raise UserError(
        where=content.path,
        got=_found(content),
        expected=f"a log of {', '.join(_tools())}, or a table of model, item, score",
        fix="Convert it to a table with the columns model, item, score.",
    )


def _draft(reader: Reader, content: Content, options: ReadOptions) -> Draft:
    """The draft of a file; one that only looks like the tool's is an error of the file's."""
    try:
        return reader.read(content, options)
    except UserError:
        raise
    except (TypeError, KeyError, IndexError, AttributeError, ValueError, OverflowError) as error:
        # Other people's files: any field may be absent, or of another type, in a version to come.
        raise UserError(
            where=content.path,
            got=f"not as {reader.NAME} writes it ({type(error).__name__}: {error})",
            expected=reader.LOOKS_FOR,
            fix="Convert it to a table of model, item, score; --debug shows where reading failed.",
        ) from error


def _tools() -> list[str]:
    return [reader.NAME for reader in readers()[:-2]]


def _found(content: Content) -> str:
    value = content.mapping
    rows = content.rows
    if value:
        return f"a JSON object with {_keys(value)}"
    if rows:
        return f"JSON records with {_keys(rows[0])}"
    if content.kind == "json":
        return f"JSON, a {type(content.value).__name__} without records"
    if content.kind == "zip":
        return "a zip that is no log of inspect_ai"
    return {"binary": "a binary file", "lines": "lines of JSON that are no records"}.get(
        content.kind, "text that is no table"
    )


def _keys(record: dict[str, object]) -> str:
    names = [str(name)[:30] for name in record]
    return ", ".join(names[:8]) + (f", … {len(names)} keys" if len(names) > 8 else "")


def _read_files(paths: Sequence[Path], files: Sequence[Path], options: ReadOptions) -> Reading:
    drafts: dict[str, list[FileDraft]] = {}
    refused: list[UserError] = []
    alone = len(files) == 1
    for file in files:
        try:
            content = load(file)
            reader = reader_of(content)
            draft = _draft(reader, content, options)
            drafts.setdefault(reader.NAME, []).append(FileDraft(file, draft))
        except UserError as error:
            if alone:
                raise
            refused.append(error)
    where = ", ".join(map(str, paths))
    if not drafts:
        raise (
            _best(refused)
            if refused
            else UserError(where=where, got="no files", expected="a table or logs")
        )
    # A table beside logs is a by-product: a summary, an export.
    names = [name for name in drafts if name != _TABLE] or list(drafts)
    if len(names) > 1:
        counts = ", ".join(f"{name} ({len(drafts[name])})" for name in names)
        raise UserError(
            where=where,
            got=f"files of {len(names)} tools: {counts}",
            expected="results of one tool",
            fix="Give one tool's folder or files.",
        )
    serious = [error for error in refused if not isinstance(error, NoScoresError)]
    reading = assemble(drafts[names[0]], names[0], options)
    folders = {draft.path.parent for draft in drafts[names[0]]}
    passed = [error for error in refused if _lacks_scores(error, folders)]
    beside = len(drafts.get(_TABLE, ())) if names != [_TABLE] else 0
    return _with_notes(reading, serious, len(passed), beside)


def _lacks_scores(error: UserError, folders: AbstractSet[Path]) -> bool:
    """Whether a file has no scores, and no log of its folder was read that has them."""
    if isinstance(error, AveragesError):
        return Path(str(error.where)).parent not in folders
    return isinstance(error, NoScoresError)


def _best(refused: Sequence[UserError]) -> UserError:
    """The error that says most: a known file without scores, before an unknown one."""
    recognised: list[UserError] = [error for error in refused if isinstance(error, NoScoresError)]
    return (recognised or list(refused))[0]


def _with_notes(
    reading: Reading, serious: Sequence[UserError], passed: int, tables: int
) -> Reading:
    from dataclasses import replace

    notes = [f"not read: {error}" for error in serious[:5]]
    if len(serious) > 5:
        notes.append(f"not read: {len(serious) - 5} more files")
    if passed:
        files = "1 file holds" if passed == 1 else f"{passed} files hold"
        notes.append(f"{files} no scores of items: passed over")
    if tables:
        notes.append(f"tables beside the logs were passed over: {tables}")
    return replace(reading, notes=(*reading.notes, *notes))
