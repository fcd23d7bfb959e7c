"""Files of a run that are missing or changed since their stage wrote them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eval_predict.errors import UserError
from eval_predict.file_kinds import endless_kind
from iwsi.errors import as_user_error
from iwsi.files import file_digest
from iwsi.rounds.ledger import Ledger

_NAMED = 3  # files that an error names


@contextmanager
def explaining_damage(root: Path) -> Iterator[None]:
    """Turn a failure into a user's error where files of the run are damaged.

    The digests are compared only after something has failed.

    Args:
        root: The run directory that the block reads.

    Raises:
        UserError: the block failed, and files are not as their stages left them; or a pipe stands
            in place of one, which the block would wait for.
    """
    _refuse_endless(root)
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if as_user_error(error) is not None:
            raise
        found = damaged_files(root)
        if not found:
            raise
        raise _damaged(root, found) from error


def damaged_files(root: Path) -> list[tuple[str, str]]:
    """Each file that is not as its stage left it, and whether it is missing or changed.

    Raises:
        UserError: the ledger itself cannot be read.
    """
    found = []
    for entry in Ledger(root).entries.values():
        for path, written in entry.outputs.items():
            file = root / path
            if not file.is_file():
                found.append((path, "missing"))
            elif file_digest(file) != written:
                found.append((path, "changed or truncated"))
    return found


def _refuse_endless(folder: Path) -> None:
    """Refuse pipes, sockets and devices: the folder may come from a stranger."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _refuse_endless(Path(entry.path))
            elif not entry.is_file() and (kind := _endless(Path(entry.path))) is not None:
                raise UserError(
                    where=entry.path,
                    got=kind,
                    expected="a file of the run",
                    fix="Remove it; `iwsi run` makes what is missing.",
                )


def _endless(path: Path) -> str | None:
    try:
        return endless_kind(path)
    except OSError:  # a link to nowhere, or to itself
        return None


def _damaged(root: Path, found: list[tuple[str, str]]) -> UserError:
    named = ", ".join(f"{path} is {state}" for path, state in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return UserError(
        where=str(root),
        got=f"{named}{more}",
        expected="the files as their stages wrote them",
        fix=f"Restore these files, or make them again with `iwsi run {root}`; `iwsi repair {root}` "
        "lists every damaged file and moves it out of the way.",
    )
