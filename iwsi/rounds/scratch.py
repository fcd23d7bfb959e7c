"""The files of a run directory that can be deleted, because a run makes them again."""

from dataclasses import dataclass
from pathlib import Path

from iwsi.files import remove
from iwsi.rounds.run_dir import open_run, read_recipe
from iwsi.sample.merging import FOLDER as MERGED
from iwsi.train.launch import FOLDER as LAUNCH

# No stage's output: the ledger does not know them, and a run goes on without them.
_SCRATCH = {
    MERGED: "weights with an adapter merged in, made again when they are sampled from",
    LAUNCH: "how training processes were started",
    ".trainer.tmp": "checkpoints of a training that was cut off; without them it begins again",
}


@dataclass(frozen=True, slots=True)
class Scratch:
    """Something that can be deleted."""

    path: Path
    size: int  # bytes
    why: str


def find_scratch(root: Path) -> list[Scratch]:
    """The files of a run that can be deleted, the largest first.

    Raises:
        UserError: there is no run in this directory.
    """
    read_recipe(root)
    found = [
        Scratch(path, _size(path), why)
        for pattern, why in _SCRATCH.items()
        for path in root.glob(f"round-*/{pattern}")
        if path.is_dir() and not path.is_symlink()
    ]
    return sorted(found, key=lambda item: -item.size)


def clean_run(root: Path) -> list[Scratch]:
    """Delete a run's scratch; returns what was deleted.

    Raises:
        UserError: there is no run in this directory, or another process works on it.
    """
    found = find_scratch(root)
    with open_run(root):
        for item in found:
            _delete(item.path)
    return found


def drop_merged(root: Path) -> None:
    """Delete the merged weights of a run that is done; the run's lock is held by the caller."""
    for folder in root.glob(f"round-*/{MERGED}"):
        if not folder.is_symlink():
            _delete(folder)


def _delete(folder: Path) -> None:
    remove(folder)
    remove(folder.with_suffix(".lock"))


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
