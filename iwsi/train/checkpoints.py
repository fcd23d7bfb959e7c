"""Checkpoints of a training, and which of them it may continue from."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from iwsi.files import file_digest, files_of, value_digest, write_json
from iwsi.recipe import Recipe

# Written last: a checkpoint without it is not whole.
MARK = "complete.json"


class Checkpoints:
    """The checkpoints of one training, in its scratch folder.

    The Trainer's files are read back by `torch.load(weights_only=True)`, DeepSpeed's by pickle.
    Neither is opened unless it is, byte by byte, what this training wrote; so the folder is as
    trusted as the run directory it lies in.
    """

    def __init__(
        self, recipe: Recipe, samples: pa.Table, previous: Path | None, seed: int, scratch: Path
    ) -> None:
        self._scratch = scratch
        self._of = value_digest(
            {
                "task": [recipe.task.few_shot, recipe.task.opening],
                "model": recipe.model.model_dump(mode="json"),
                "train": recipe.train.model_dump(mode="json"),
                "samples": samples.to_pydict(),
                "previous": _digests(previous) if previous else None,
                "seed": seed,
            }
        )

    def last(self) -> str | None:
        """The newest whole checkpoint of this same training; None: it starts from the beginning."""
        folders = sorted(self._scratch.glob("checkpoint-*"), key=_step, reverse=True)
        return next((str(folder) for folder in folders if self._is_whole(folder)), None)

    def attach(self, trainer: Any) -> None:
        """Let a trainer mark the checkpoints it writes, and go on counting where it left off."""
        from transformers import TrainerCallback

        checkpoints = self

        class Mark(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
            """Marks whole checkpoints."""

            def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                """A logged value is a mean since the last line: a checkpoint begins a new mean."""
                control.should_log |= control.should_save

            def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                """Called when this process has written its files."""
                trainer.accelerator.wait_for_everyone()
                if trainer.is_world_process_zero():
                    checkpoints._mark(trainer)

            def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                """Called when a checkpoint has been loaded, if there was one."""
                if state.global_step:
                    mark = _read(checkpoints._folder(state.global_step))
                    trainer.restore_sums(**mark["sums"])

        trainer.add_callback(Mark())

    def _folder(self, step: int) -> Path:
        return self._scratch / f"checkpoint-{step}"

    def _mark(self, trainer: Any) -> None:
        folder = self._folder(trainer.state.global_step)
        mark = {"of": self._of, "sums": trainer.sums(), "files": _digests(folder)}
        write_json(folder / MARK, mark)

    def _is_whole(self, folder: Path) -> bool:
        mark = _read(folder)
        return mark.get("of") == self._of and mark["files"] == _digests(folder)


def _read(folder: Path) -> dict[str, Any]:
    try:
        mark: dict[str, Any] = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return mark


def _digests(folder: Path) -> dict[str, str]:
    files = [file for file in files_of(folder) if file.name != MARK]
    return {str(file.relative_to(folder)): file_digest(file) for file in files}


def _step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])
