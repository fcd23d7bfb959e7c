"""Finds the files that a path may mean."""

from collections.abc import Iterator
from pathlib import Path

from eval_predict.errors import UserError
from eval_predict.file_kinds import kind_of_no_file

MAX_FILES = 20_000

_SUFFIXES = {
    *(".json", ".jsonl", ".jsonlines", ".ndjson", ".csv", ".tsv", ".parquet", ".eval", ".gz"),
}
# Hidden files are passed over, but for one that is a tool's output.
_HIDDEN = {".latest_test_run.json"}


def find_files(path: Path) -> list[Path]:
    """The file itself, or all files of a folder that may hold results, sorted by path.

    Raises:
        UserError: (a ValueError) on a path that is not there, and a folder without such files.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(
            where=path,
            got=kind_of_no_file(path) if path.exists() else "no such file",
            expected="logs or a table of scores, or a run in which a round was tested in full",
        )
    files = []
    for file in _walk(path):
        files.append(file)
        if len(files) > MAX_FILES:
            raise UserError(
                where=path,
                got=f"more than {MAX_FILES:,} files",
                expected="the folder of one evaluation",
            )
    if not files:
        raise UserError(
            where=path,
            got="no such file: the folder holds no logs and no scores.parquet",
            expected=f"files such as {', '.join(sorted(_SUFFIXES))}",
        )
    return sorted(files)


def _walk(folder: Path) -> Iterator[Path]:
    scores = folder / "scores.parquet"
    if scores.is_file() and (folder / "ledger.json").is_file():
        yield scores  # of a run of iwsi, whose other tables are no results
        return
    # Links are not followed: a link to a parent would never end.
    for entry in folder.iterdir():
        hidden = entry.name.startswith(".")
        if entry.is_dir() and not entry.is_symlink() and not hidden:
            yield from _walk(entry)
        elif entry.is_file() and (
            entry.name in _HIDDEN or (not hidden and entry.suffix.lower() in _SUFFIXES)
        ):
            yield entry
