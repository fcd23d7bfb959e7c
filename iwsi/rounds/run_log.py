"""`logs/run.jsonl` of a run directory: what the loop did, an object a line, by standard logging."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.rounds.display import Display
from iwsi.rounds.layout import LOGS

FILE = f"{LOGS}/run.jsonl"
SECONDS_BETWEEN = 5.0  # of two lines about progress
_LOGGER = logging.getLogger("iwsi.run")


class JsonLines(logging.FileHandler):
    """Appends records to a file as JSON; the run itself reports a full disk."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, logger and message, and what the record says beside them."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(line, ensure_ascii=False)

    def handleError(self, record: logging.LogRecord) -> None:  # logging's name
        """Print nothing."""


@contextmanager
def run_log(root: Path) -> Iterator[None]:
    """All that the loggers below `iwsi` say goes to the run's log, errors that end the run too."""
    path = root / FILE
    path.parent.mkdir(exist_ok=True)
    handler = JsonLines(path, encoding="utf-8", delay=True)
    logger = logging.getLogger("iwsi")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    except UserError as error:
        _LOGGER.error("%s", error, extra={"fields": {"event": "error", **error.to_dict()}})
        raise
    except BaseException as error:
        name = type(error).__name__
        _LOGGER.error("%s: %s", name, error, extra={"fields": {"event": "error", "error": name}})
        raise
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        with suppress(OSError):  # a full disk
            handler.close()


class LoggedDisplay:
    """A display that logs what it is given, and passes it on to another one."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._stage = ""
        self._last = 0.0

    def begin(self, stage: str) -> None:
        """A stage starts."""
        self._stage, self._last = stage, time.monotonic()
        self._log(logging.INFO, f"{stage} begins", event="begin", stage=stage)
        self._display.begin(stage)

    def progress(self, done: int, total: int) -> None:
        """How much of the stage is done."""
        now = time.monotonic()
        if now - self._last > SECONDS_BETWEEN:
            self._last = now
            text = f"{self._stage} {done}/{total}"
            fields = {"stage": self._stage, "done": done, "total": total}
            self._log(logging.DEBUG, text, event="progress", **fields)
        self._display.progress(done, total)

    def end(self, stage: str, seconds: float) -> None:
        """The stage is done."""
        text = f"{stage} done in {seconds:.1f} s"
        self._log(logging.INFO, text, event="end", stage=stage, seconds=round(seconds, 3))
        self._display.end(stage, seconds)

    def skip(self, stage: str) -> None:
        """The stage was done by an earlier start."""
        self._log(logging.DEBUG, f"{stage} was done before", event="skip", stage=stage)
        self._display.skip(stage)

    def warn(self, message: str) -> None:
        """Log a warning; the run goes on."""
        self._log(logging.WARNING, message, event="warning", stage=self._stage)
        self._display.warn(message)

    def note(self, message: str) -> None:
        """Log a finding of a stage, and show it."""
        self._log(logging.INFO, message, event="note", stage=self._stage)
        self._display.note(message)

    def _log(self, level: int, message: str, **fields: Any) -> None:
        _LOGGER.log(level, "%s", message, extra={"fields": fields})
