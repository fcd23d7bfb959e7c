"""Rows of CSV, TSV and similar files, with any delimiter and quoting."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, NamedTuple, TextIO

from eval_predict.data.csv_rows import unguarded
from iwsi.tasks.rows.source import Row, Source

Open = Callable[[], AbstractContextManager[TextIO]]

_DELIMITERS = ",\t;|"
_SNIFFED_ROWS = 200
_LONGEST_FIELD = 2**27
_FEWEST_WITH_OPTIONS = 3
_EVEN = 1.5  # a fit of rows that are all as wide as the first
_LONG_NAME = 40  # characters from which on a column's name may be a sentence

# Texts that a number or a truth value is written as in one way only: nothing is lost by reading
# them so, and `1`, `01` and `1e0` stay three ids.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_LIKE_A_NUMBER = re.compile(r"[-+$€£]?[0-9][0-9.,/ ]*%?")
_TRUTHS = (
    {"True": True, "False": False},
    {"TRUE": True, "FALSE": False},
    {"true": True, "false": False},
)


class Dialect(NamedTuple):
    """How the cells of a line are separated."""

    delimiter: str
    quoted: bool


def delimited_rows(open_text: Open, source: Source) -> Iterator[Row]:
    """The rows of a delimited file; its first line names the columns unless `source` does.

    Cells are text, but for columns of whole numbers or truth values in their plain form. An empty
    cell is a gap. A column without a name is called `column_N` by its place.

    Raises:
        UserError: two columns have one name, or a row has more cells than there are columns.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    dialect = sniff(open_text, source)
    with open_text() as text:
        numbered = _cells(text, dialect, source)
        if source.columns is None:
            header = next(numbered, None)
            names = _names(header[1] if header else [], source)
        else:
            names = list(source.columns)
        columns: list[list[str | None]] = [[] for _ in names]
        for number, cells in numbered:
            _append(columns, cells, number, names, source)
    while names and names[-1] is None:  # a delimiter at every line's end
        if any(cell for cell in columns[-1]):
            break
        names.pop(), columns.pop()
    titles = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    _check_names(titles, source)
    typed = [_typed(column) for column in columns]
    if source.columns is None and _is_row(titles, typed):
        raise source.needs(
            "columns",
            _guessed_names(columns),
            f"a first line that looks like a row: {', '.join(titles)[:80]!r}",
            "a header line, or the columns' names",
            f"Name them, as in {source.key('columns')}: [question, answer]."
            if source.field
            else "Name them, as in --columns question,answer.",
        )
    for values in zip(*typed, strict=True):
        yield dict(zip(titles, values, strict=True))


def sniff(open_text: Open, source: Source) -> Dialect:
    """The delimiter and quoting under which the first rows fit their header best.

    A suffix `.tsv` asks for tabs; a comma, a tab, a semicolon and a bar are tried in all others.
    """
    with open_text() as text:
        lines = list(islice(text, _SNIFFED_ROWS))
    if lines and (named := re.fullmatch(r"\ufeff?sep=(.)\s*", lines[0])):
        return Dialect(named[1], quoted=True)
    tabs = ".tsv" in (suffix.lower() for suffix in source.path.suffixes)
    best, most = Dialect("\t" if tabs else ",", quoted=True), -1.0
    for delimiter in "\t" if tabs else _DELIMITERS:
        for quoted in (True, False):
            score = _fit(lines, Dialect(delimiter, quoted))
            if score > most:
                best, most = Dialect(delimiter, quoted), score
    return best


def is_delimited(lines: Sequence[str]) -> bool:
    """Whether lines of an unnamed text look like a table."""
    return any(_fit(lines, Dialect(delimiter, quoted=True)) > _EVEN for delimiter in _DELIMITERS)


def _fit(lines: Sequence[str], dialect: Dialect) -> float:
    """0 for one column; else above 1 where all rows are as wide as the first, below where not."""
    try:
        rows = [row for row in _reader(lines, dialect) if any(row)]
    except csv.Error:
        return -1.0
    if len(lines) == _SNIFFED_ROWS:
        rows = rows[:-1]  # it may be cut
    if not rows or len(rows[0]) < 2:
        return 0.0
    even: float = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    # Quotation marks that are left in cells' edges were meant as quoting.
    cells = [cell for row in rows for cell in row]
    bare: float = sum(len(c) > 1 and c[0] == c[-1] == '"' for c in cells) / len(cells)
    broken: float = sum("\n" in c and dialect.delimiter in c for c in cells) / len(rows)
    wider: float = 1 + min(len(rows[0]), 50) / 1000 if even == 1 else 0.0
    return even + wider - bare - broken


def _reader(lines: Iterable[str], dialect: Dialect) -> Any:
    if dialect.quoted:
        return csv.reader(lines, delimiter=dialect.delimiter, quotechar='"')
    return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)


def _cells(text: TextIO, dialect: Dialect, source: Source) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, with the number of the line that each ends on."""
    reader = _reader((line.replace("\0", "") for line in text), dialect)
    try:
        for cells in reader:
            if (
                reader.line_num == 1
                and cells
                and cells[0].startswith("sep=")
                and not any(cells[1:])
            ):
                continue
            if any(cells) or len(cells) == 1:  # what is exported of empty rows is delimiters alone
                yield reader.line_num, cells
    except csv.Error as error:
        raise source.error(str(error), "CSV", key=f"line {reader.line_num}") from None


def _names(header: Sequence[str], source: Source) -> list[str | None]:
    names = [unguarded(name.strip().removeprefix("\ufeff")) or None for name in header]
    if not any(names):
        raise source.error("a header line without names", "a name for each column")
    return names


def _is_row(names: Sequence[str], columns: Sequence[Sequence[object]]) -> bool:
    """Whether what should be names has a sentence and, elsewhere, a value like those below it."""
    if not any(len(name) > _LONG_NAME and name.count(" ") > 5 for name in names):
        return False
    return any(
        (_LIKE_A_NUMBER.fullmatch(name) and _mostly_numbers(column))
        or (len(name) == 1 and name in column)
        for name, column in zip(names, columns, strict=True)
    )


def _guessed_names(columns: Sequence[Sequence[str | None]]) -> tuple[str, ...]:
    """Names for columns without any: the longest texts are the question, then options, an answer.

    Options are those between a first question and a last answer; without them the answer is the
    column of the fewest different values.
    """
    lengths = [sum(len(cell or "") for cell in column) for column in columns]
    question, count = lengths.index(max(lengths)), len(columns)
    if question == 0 and count > _FEWEST_WITH_OPTIONS and count <= len("ABCDEFGHIJ") + 2:
        options = [chr(ord("A") + place) for place in range(count - 2)]
        return ("question", *options, "answer")
    names = [f"column_{place}" for place in range(1, count + 1)]
    names[question] = "question"
    others = [place for place in range(count) if place != question and any(columns[place])]
    if others:
        kinds = {place: len(set(columns[place])) for place in others}
        telling = [place for place in others if kinds[place] > 1 or len(others) == 1]
        names[min(telling or others, key=lambda place: kinds[place])] = "answer"
    return tuple(names)


def _mostly_numbers(column: Sequence[object]) -> bool:
    filled = [str(cell) for cell in column if cell is not None]
    return sum(bool(_LIKE_A_NUMBER.fullmatch(cell)) for cell in filled) * 2 > len(filled)


def _check_names(names: Sequence[str], source: Source) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise source.error(
            f"two columns named {twice!r}", "a different name for each", "Rename one of the two."
        )


def _append(
    columns: list[list[str | None]],
    cells: Sequence[str],
    number: int,
    names: Sequence[str | None],
    source: Source,
) -> None:
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        raise source.error(
            f"{len(cells)} cells",
            f"{len(names)}, one for each column",
            "Quote cells that hold the delimiter."
            if source.columns is None
            else f"Name every column in {source.key('columns')}.",
            key=f"line {number}",
        )
    for place, column in enumerate(columns):
        column.append(unguarded(cells[place]) or None if place < len(cells) else None)


def _typed(column: list[str | None]) -> Sequence[str | int | bool | None]:
    filled = [cell for cell in column if cell is not None]
    if not filled:
        return column
    if all(_INTEGER.fullmatch(cell) for cell in filled):
        return [None if cell is None else int(cell) for cell in column]
    for truths in _TRUTHS:
        if all(cell in truths for cell in filled):
            return [None if cell is None else truths[cell] for cell in column]
    return column
