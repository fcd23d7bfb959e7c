"""Opens a file as what it holds: JSON, lines of JSON, a table, a zip, or none of them."""

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from eval_predict.data.json_text import parse_json
from eval_predict.errors import UserError

Kind = Literal["json", "lines", "cells", "parquet", "zip", "pointer", "empty", "text", "binary"]

MAX_BYTES = 1 << 30  # of one file, unpacked; a small gzip or zip can hold terabytes
_FIELD_BYTES = 1 << 24  # of one CSV cell: prompts are longer than Python's default allows
_DELIMITERS = ",\t;|"
_DECIMAL = re.compile(r"^-?\d+,\d+$")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The contents of a file, whatever its name.

    Attributes:
        path: the file.
        kind: how it was read; `text` and `binary` hold nothing that can be read on.
        value: the JSON value (kind `json`).
        lines: the JSON values of its lines (kind `lines`).
        header: names of the columns (kinds `cells` and `parquet`).
        cells: the rows of a CSV or TSV file, as text (kind `cells`).
        fault: why a text that looks like JSON could not be read.
    """

    path: Path
    kind: Kind
    value: Any = None
    lines: tuple[Any, ...] = ()
    header: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    fault: UserError | None = None

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The objects of a JSON list or of lines of JSON; empty where there are others too."""
        # An object on a line of its own may be a file of lines that has one.
        values = self.value if isinstance(self.value, list) else self.lines
        return tuple(values) if all(isinstance(row, dict) for row in values) else ()

    @property
    def mapping(self) -> dict[str, Any]:
        """The JSON object, empty where the file is none."""
        if self.kind == "lines" and len(self.lines) == 1:
            return self.lines[0] if isinstance(self.lines[0], dict) else {}
        return self.value if isinstance(self.value, dict) else {}

    def table(self, columns: Sequence[str]) -> pa.Table:
        """Some columns of a Parquet file.

        Raises:
            UserError: (a ValueError) on a file that is damaged.
        """
        from pyarrow import parquet

        try:
            return parquet.ParquetFile(self.path).read(columns=list(columns))
        except (pa.ArrowException, OSError) as error:
            raise UserError(where=self.path, got=error, expected="a Parquet file") from error


def load(path: Path) -> Content:
    """Open a file by what is in it.

    Raises:
        UserError: (a ValueError) on a file that cannot be read, or is too large unpacked.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(path)
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(
            where=path, got=error.strerror or error, expected="a file that can be read"
        ) from error
    if raw[:4] == b"PAR1":
        return _parquet(path)
    if raw[:2] == b"\x1f\x8b":
        raw = _unpack(path, raw)
    if raw[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return Content(path, "zip") if zipfile.is_zipfile(path) else Content(path, "binary")
    if raw.startswith(b"version https://git-lfs.github.com/spec/"):
        return Content(path, "pointer")
    if not raw.strip():
        return Content(path, "empty")
    text = _decode(raw)
    return Content(path, "binary") if text is None else _parse(path, text)


def first_rows(path: Path) -> str:
    """The first kilobytes of a text file, for a look at it."""
    with path.open("rb") as file:
        return file.read(1 << 16).decode("utf-8", errors="replace")


def _too_large(path: Path) -> UserError:
    return UserError(
        where=path,
        got="more than 1 GiB unpacked",
        expected="a log of one run",
        fix="Convert it to a table of model, item, score (.parquet), which is read in parts.",
    )


def _unpack(path: Path, raw: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as file:
            unpacked = file.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise UserError(where=path, got=error, expected="a whole gzip file") from error
    if len(unpacked) > MAX_BYTES:
        raise _too_large(path)
    return unpacked


def _decode(raw: bytes) -> str | None:
    for mark, encoding in _MARKS.items():
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    head = raw[:4096]
    if b"\x00" in head:
        # UTF-16 without a mark has a zero beside each ASCII letter.
        for encoding, zeros, letters in (
            ("utf-16-le", head[1::2], head[::2]),
            ("utf-16-be", head[::2], head[1::2]),
        ):
            printable = sum(byte in b"\t\r\n" or 32 <= byte < 127 for byte in letters)
            if zeros.count(0) > 0.4 * len(zeros) and printable > 0.4 * len(letters):
                return raw.decode(encoding, errors="replace")
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        looks_like_json = head.lstrip()[:1] in (b"{", b"[")
        return raw.decode("utf-8" if looks_like_json else "cp1252", errors="replace")


def _parse(path: Path, text: str) -> Content:
    if text.lstrip()[:1] in ("{", "["):
        return _json(path, text)
    return _cells(path, text)


def _json(path: Path, text: str) -> Content:
    try:
        value = parse_json(text)
    except RecursionError:
        fault = UserError(where=path, got="JSON nested too deeply", expected="a log of results")
        return Content(path, "text", fault=fault)
    except ValueError:
        return _lines(path, text)
    one_line = isinstance(value, dict) and "\n" not in text.strip()
    return Content(path, "json", value=value, lines=(value,) if one_line else ())


def _lines(path: Path, text: str) -> Content:
    values: list[Any] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(parse_json(line))
        except (ValueError, RecursionError):
            fault = UserError(
                where=path,
                field=f"line {number}",
                got=line.strip()[:60],
                expected="JSON: one value, or one object a line",
                fix="The file may be cut short: write it again.",
            )
            return Content(path, "text", lines=tuple(values), fault=fault)
    return Content(path, "lines", lines=tuple(values))


def _cells(path: Path, text: str) -> Content:
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(_FIELD_BYTES)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
        ]
    except csv.Error as error:
        fault = UserError(where=path, got=error, expected="a table (CSV or TSV)")
        return Content(path, "text", fault=fault)
    if delimiter == ";":
        # Where commas do not part the cells they part decimals.
        rows = [[_with_point(cell) for cell in row] for row in rows]
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    width = len(header)
    uneven = [number for number, row in enumerate(rows[1:], start=2) if len(row) != width]
    if uneven or not header or not _is_header(header, len(rows) - 1):
        return Content(path, "text", header=header)
    return Content(path, "cells", header=header, cells=tuple(map(tuple, rows[1:])))


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if _DECIMAL.match(cell.strip()) else cell


def _is_header(header: tuple[str, ...], rows: int) -> bool:
    """Prose has commas too: a line without rows below it, or without a comma, must look named."""
    if rows and len(header) > 1:
        return True
    named = all(len(name.split()) <= 2 and not name.endswith(".") for name in header)
    return named and len(header) + rows > 1


def _parquet(path: Path) -> Content:
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            return Content(path, "parquet", header=tuple(file.schema_arrow.names))
    except (pa.ArrowException, OSError) as error:
        raise UserError(where=path, got=error, expected="a Parquet file") from error
