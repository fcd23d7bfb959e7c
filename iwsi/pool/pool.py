"""The protocol of a pool: equal workers with a service, and tables of work for them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pyarrow as pa

# Tables that each worker gets at least, where there is work enough: one of them may take longer.
ROUNDS = 4


class Service(ABC):
    """The work of one worker on tables; made once a worker, in its process.

    Its module ends in `if __name__ == "__main__": serve(...)`.

    Attributes:
        reads_ahead: Whether it takes parts before it has answered those it has. It is given all
            of its parts at once. Others get the next one when they have little left to do, and
            answer each row of a part by one row.

    Args:
        adapter: Folder of a PEFT adapter, which may go once this is made, or None.
        settings: Those that the pool was given, JSON values all.
    """

    reads_ahead: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, adapter: Path | None, **settings: Any) -> None: ...

    @abstractmethod
    def __call__(self, parts: Iterable[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield tables of answers, of any part, in any order."""


class Pool(Protocol):
    """Workers that share parts of a job."""

    size: int

    def run(self, parts: Sequence[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield the answers to all parts, each once, as they come.

        Raises:
            UserError: a worker met one.
            InternalError: a worker failed, or is gone.
        """
        ...

    def close(self) -> None:
        """End the workers; their memory is given back when this returns."""


def rows_per_part(rows: int, workers: int, *, least: int, most: int) -> int:
    """How many rows to give a worker at a time: a multiple of `least`, about `most` at most."""
    wanted = min(rows // (ROUNDS * workers), most)
    return max(wanted // least, 1) * least
