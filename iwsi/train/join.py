"""The other machines of a training: `python -m iwsi.train.join RUN_DIR` on each but the first.

The first machine runs the loop, which writes each training's job into the run directory; the others
see it there, by a file system they share, and start their part. It goes on until it is interrupted.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.train.launch import FOLDER, JOB, SAMPLES, start

_SECONDS_BETWEEN = 0.5


def join(folder: Path) -> int:
    """Do this machine's part of the job in `folder`; returns the launcher's exit status.

    Raises:
        UserError: MASTER_ADDR, MASTER_PORT and NODE_RANK do not say which part.
    """
    job = json.loads((folder / JOB).read_text(encoding="utf-8"))
    process = start(Recipe.model_validate(job["recipe"]).train, folder)
    for line in process.stdout or ():
        sys.stderr.write(line)
    return process.wait()


def main() -> int:
    """Join every training of a run."""
    for folder in _jobs(Path(sys.argv[1])):
        try:
            status = join(folder)
        except UserError as error:
            print(error, file=sys.stderr)
            return 2
        print(f"{folder}: {'done' if status == 0 else f'ended with {status}'}", file=sys.stderr)
    return 0


def _jobs(root: Path) -> Iterator[Path]:
    """Each training of a run as it begins; without end."""
    seen: set[tuple[Path, int]] = set()
    while True:
        for job in sorted(root.glob(f"round-*/{FOLDER}/{JOB}")):
            begun = (job, job.stat().st_mtime_ns)
            if begun not in seen and (job.parent / SAMPLES).exists():
                seen.add(begun)
                yield job.parent
        time.sleep(_SECONDS_BETWEEN)


if __name__ == "__main__":
    sys.exit(main())
