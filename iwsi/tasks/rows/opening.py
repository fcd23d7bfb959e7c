"""Opening a file of rows: unpacked, recognised by its first bytes, decoded."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal, TextIO, cast

from eval_predict.file_kinds import kind_of_no_file
from iwsi.tasks.rows.source import Source

Container = Literal["text", "parquet", "arrow", "arrow_stream"]

HEAD = 65_536  # bytes that a file is recognised by

# A gzip file that unpacks to more than this, and to more than so many times its size, is refused.
_UNPACKED_BYTES = 2**28
_UNPACKED_RATIO = 200

_GZIP = b"\x1f\x8b"
_MAGIC: dict[bytes, Container] = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_STREAM = b"\xff\xff\xff\xff"  # how an Arrow stream, as `datasets` caches, begins
_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is often saved or downloaded in place of the rows: its beginning, its name, what to do.
_NOT_ROWS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file", "Run `git lfs pull`."),
    (_GZIP, "a gzip file inside a gzip file", "Unpack it once."),
    (b"PARE", "an encrypted Parquet file", "Write it without encryption."),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Unpack it, or save the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the sheet as CSV."),
    (b"BZh", "a bzip2 file", "Unpack it with bunzip2, or pack it with gzip."),
    (b"\xfd7zXZ", "an xz file", "Unpack it with unxz, or pack it with gzip."),
    (b"(\xb5/\xfd", "a Zstandard file", "Unpack it with unzstd, or pack it with gzip."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"\x80\x04", "a pickle, which can run code when it is read", "Export the rows as JSONL."),
    (b"\x80\x05", "a pickle, which can run code when it is read", "Export the rows as JSONL."),
    (b"%PDF", "a PDF", "Export the rows as CSV or JSONL."),
    (b"<!doctype html", "a web page, not the file", "Download the raw file."),
    (b"<html", "a web page, not the file", "Download the raw file."),
    (b"<?xml", "an XML file", "Convert its records to JSONL."),
)


def container_of(source: Source) -> Container:
    """The kind of a file, by its first bytes.

    Raises:
        UserError: it is empty, or plainly something else than rows.
    """
    with open_bytes(source) as stream:
        head = stream.read(HEAD)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise source.error("an empty file", "at least one row")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.startswith(_STREAM):
        return "arrow_stream"
    lowered = head[:64].lstrip().lower()
    for magic, name, fix in _NOT_ROWS:
        if head.startswith(magic) or (magic.startswith(b"<") and lowered.startswith(magic)):
            raise source.error(name, "rows as JSON, JSONL, CSV, TSV, Parquet or Arrow", fix)
    return "text"


@contextmanager
def open_bytes(source: Source) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where it is gzip, whatever its name.

    Raises:
        UserError: it cannot be read or unpacked, or unpacks to far more than it should.
    """
    try:
        if (kind := kind_of_no_file(source.path)) is not None:  # a pipe would be waited for
            raise source.error(kind, "a file of rows", "Write the rows to a file and name it.")
        with source.path.open("rb") as packed:
            if packed.read(2) != _GZIP:
                packed.seek(0)
                yield packed
                return
            packed.seek(0)
            size = source.path.stat().st_size
            with gzip.open(packed) as stream:
                limit = max(_UNPACKED_BYTES, _UNPACKED_RATIO * size)
                yield cast("BinaryIO", io.BufferedReader(_Bounded(stream, limit)))
    except _TooLargeError as error:
        raise source.error(
            f"{size:,} bytes of gzip that unpack to more than {error.limit:,}",
            "a file of rows",
            "Unpack it yourself if that is right.",
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise source.error(f"a damaged gzip file ({error})", "a whole one") from None
    except OSError as error:
        raise source.error(error.strerror or str(error), "a file that can be read") from None


@contextmanager
def open_text(source: Source, *, newline: str = "\n") -> Iterator[TextIO]:
    """The file's text, its line ends as they are; `newline` as `open` takes it.

    Raises:
        UserError: as `open_bytes`, or the text is not in its encoding.
    """
    with open_bytes(source) as stream:
        head = stream.read(HEAD)
    encoding = source.encoding or _guess(head)
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # hex and its like are no text's
    except (LookupError, ValueError):
        raise source.error(
            repr(source.encoding),
            "an encoding that Python knows, such as cp1252",
            key=source.key("encoding"),
        ) from None
    with open_bytes(source) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline=newline)
        try:
            yield text
        except UnicodeError as error:
            raise _not_text(source, encoding, error) from None
        finally:
            text.detach()  # the stream is closed by the one who opened it


def _guess(head: bytes) -> str:
    """UTF-8, unless a mark or the place of zero bytes tells otherwise."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[:1024:2].count(0), head[1:1024:2].count(0)
    quarter = len(head[:1024]) // 8
    if odd > max(quarter, 2 * even):
        return "utf-16-le"
    if even > max(quarter, 2 * odd):
        return "utf-16-be"
    return "utf-8"


def _not_text(source: Source, encoding: str, error: UnicodeError) -> Exception:
    found = "bytes"
    if isinstance(error, UnicodeDecodeError):
        found = f"byte {error.object[error.start]:#04x}"
    return source.needs(
        "encoding",
        "cp1252",
        f"{found} that is not {encoding.removesuffix('-sig').upper()} text",
        "UTF-8 text, or the name of the file's encoding",
        f"Set {source.key('encoding')} to it, such as cp1252 or latin-1, or save it as UTF-8.",
    )


class _TooLargeError(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class _Bounded(io.RawIOBase):
    """A stream that may give so many bytes and no more."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        self._stream, self._limit, self._left = stream, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise _TooLargeError(self._limit)
        buffer[: len(data)] = data
        return len(data)
