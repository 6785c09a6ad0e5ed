"""Spreadsheets, read in a process of their own under limits.

An XLSX file is a ZIP of XML: a kilobyte of it can claim a billion cells, unpack to terabytes or grow through entities,
and takes down whatever parses it. So a child process parses it, with limits on memory and processor time that the
kernel keeps, and streams rows back as Arrow; whatever becomes of the child, the caller gets rows or one sentence.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, Final
from xml.parsers import expat

import pyarrow as pa

from setright.intake.errors import InputError, UnsafeFile

LINE: Final = "line"
WIDTH: Final = "width"
FIRST: Final = 2
"""The stream's first two columns: the sheet's row, and how many cells it fills. From `FIRST` on, the sheet's own."""

_BATCH_ROWS: Final = 8192
_BATCH_CHARS: Final = 1 << 22
_REFUSED: Final = 3
_AGAIN: Final = "Save it again as XLSX"
_HONEST: Final = "If it is honest, save the sheet as CSV and hand that in"
_TITLE: Final = 31  # characters; Excel allows no more
_TITLES: Final = 20
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Limits:
    """What a spreadsheet may cost before it is refused.

    Parameters
    ----------
    memory : int
        Bytes of address space of the reading process.
    cpu_seconds : int
        Its processor time.
    unzipped : int
        Bytes of all parts together, unpacked.
    ratio, ratio_from : int
        How many times its packed size a part may unpack to, where it unpacks to `ratio_from` bytes or more.
    rows, columns, cells : int
        Of the sheet read; the first two are Excel's own.
    """

    memory: int = 3 << 30
    cpu_seconds: int = 900
    unzipped: int = 2 << 30
    ratio: int = 200
    ratio_from: int = 32 << 20
    rows: int = 1_048_576
    columns: int = 16_384
    cells: int = 30_000_000


# -------------------------------------------------------------------------------------------------- the calling process


class Sheet:
    """A sheet being read: its header, and its rows as they come.

    Iterating gives Arrow batches with the columns `line` (int64, the sheet's row), `width` (int32, up to the last
    filled cell), then one large_string per cell of the header row, in order. It can be done once.
    """

    def __init__(self, child: subprocess.Popen[bytes], complaints: IO[bytes], where: str) -> None:
        self._child, self._complaints, self._where = child, complaints, where
        try:
            self._reader = pa.ipc.open_stream(child.stdout)
        except (pa.ArrowInvalid, OSError):
            self._require_success()
            raise self._refusal() from None
        self.header: list[str] = self._reader.schema.names[FIRST:]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._reader
        except (pa.ArrowInvalid, OSError):
            self._require_success()
            raise self._refusal() from None
        self._require_success()

    def _require_success(self) -> None:
        """A stream cut between two batches looks finished to Arrow; only the exit status tells."""
        assert self._child.stdout is not None  # noqa: S101
        self._child.stdout.close()
        if self._child.wait() != 0:
            raise self._refusal()

    def _refusal(self) -> InputError:
        status = self._child.wait()
        if status == _REFUSED:
            self._complaints.seek(0)
            told = json.loads(self._complaints.read())
            kind = UnsafeFile if told["unsafe"] else InputError
            return kind(told["what"], where=self._where, remedy=told["remedy"], **told["values"])
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return UnsafeFile("reading the sheet took too much time or memory", where=self._where, remedy=_HONEST)
        return UnsafeFile("the file brought down the process reading it", where=self._where, remedy=_HONEST)


@contextmanager
def open_sheet(stream: BinaryIO, where: str, limits: Limits | None = None) -> Iterator[Sheet]:
    """Open the one visible sheet with a filled row; that row names the columns.

    Parameters
    ----------
    stream : BinaryIO
        The file, with a descriptor that the child can inherit: an opened path, or memory by `format.held`.
    where : str
        The file's name, for messages.
    limits : Limits, optional

    Yields
    ------
    Sheet
        Cells are as a person sees them: a formula's last value, numbers without ".0", days and times in ISO form,
        TRUE and FALSE. Rows with no filled cell are no rows.

    Raises
    ------
    UnsafeFile
        A limit was reached, or the file declares XML entities; here or while iterating.
    InputError
        The file is damaged, or has no visible sheet with a filled row, or several.
    """
    with os.fdopen(os.memfd_create("setright-complaints"), "w+b") as complaints:
        child = _start(stream, limits or Limits(), complaints)
        try:
            yield Sheet(child, complaints, where)
        finally:
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


def _start(stream: BinaryIO, limits: Limits, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the child on the stream's descriptor; threads and pools are kept few, as each reserves address space."""
    source = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
        "PYTHONWARNINGS": "ignore",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-m", "setright.intake.tabular", json.dumps(asdict(limits))],
        stdin=stream,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=environment,
    )


# -------------------------------------------------------------------------------------------------- the reading process


def _main() -> None:
    limits = Limits(**json.loads(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl does without, and starts in half the time
    try:
        _write_sheet(sys.stdin.buffer, sys.stdout.buffer, limits)
    except InputError as error:
        _refuse(error)
    except MemoryError:
        _refuse(UnsafeFile("reading the sheet took too much memory", remedy=_HONEST))
    except RecursionError:
        _refuse(UnsafeFile("the XML in the file is nested too deep", remedy=_HONEST))
    except BrokenPipeError:
        os._exit(0)  # nobody reads on: the caller had enough rows
    except Exception as error:  # a damaged file may raise anything from inside the parser
        _refuse(InputError("the spreadsheet is damaged ({error})", remedy=_AGAIN, error=type(error).__name__))


def _refuse(error: InputError) -> None:
    told = {"what": error.what, "remedy": error.remedy, "values": error.values, "unsafe": isinstance(error, UnsafeFile)}
    os.ftruncate(2, 0)
    os.pwrite(2, json.dumps(told).encode(), 0)
    os._exit(_REFUSED)


def _write_sheet(stream: BinaryIO, out: IO[bytes], limits: Limits) -> None:
    _require_safe_parts(stream, limits)
    rows = _filled_rows(stream, limits)
    first = next(rows, None)
    if first is None:
        raise InputError("no sheet of the workbook has a filled row", remedy="Put column names in the first row")
    header = [_as_text(value) or "" for value in first[1]]
    schema = pa.schema([(LINE, pa.int64()), (WIDTH, pa.int32()), *((name, pa.large_string()) for name in header)])
    with pa.ipc.new_stream(out, schema) as writer:
        for lines, widths, cells in _batched(rows, len(header)):
            columns = [pa.array(column, pa.large_string()) for column in zip(*cells, strict=True)]
            arrays = [pa.array(lines, pa.int64()), pa.array(widths, pa.int32()), *columns]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


_Batch = tuple[list[int], list[int], list[list[str | None]]]


def _batched(rows: Iterator[tuple[int, list[Any]]], width: int) -> Iterator[_Batch]:
    lines: list[int] = []
    widths: list[int] = []
    cells: list[list[str | None]] = []
    n_chars = 0
    for line, values in rows:
        texts = [_as_text(value) for value in values[:width]]
        cells.append(texts + [None] * (width - len(texts)))
        lines.append(line)
        widths.append(len(values))
        n_chars += sum(len(text) for text in texts if text)
        if len(lines) >= _BATCH_ROWS or n_chars >= _BATCH_CHARS:
            yield lines, widths, cells
            lines, widths, cells, n_chars = [], [], [], 0
    if lines:
        yield lines, widths, cells


def _filled_rows(stream: BinaryIO, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """The rows with a filled cell, cut after the last one, of the one visible sheet that has any."""
    import openpyxl  # noqa: PLC0415 - only here, after the limits stand; the calling process never loads it

    stream.seek(0)
    book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    filled = [sheet for sheet in visible if next(_rows_in(sheet, limits), None) is not None]
    if len(filled) > 1:
        raise _several(filled[0].title, [sheet.title for sheet in filled[1:]])
    for sheet in filled:
        yield from _rows_in(sheet, limits)


def _rows_in(sheet: Any, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    sheet.reset_dimensions()  # what a sheet says of its size is what a bomb lies about
    return _within(enumerate(sheet.iter_rows(values_only=True), 1), limits)


def _several(first: str, others: list[str]) -> InputError:
    n_more = len(others) - _TITLES
    return InputError(
        'not only the sheet "{first}" is filled, but also "{others:", "}" and {n:,} more'
        if n_more > 0
        else 'not only the sheet "{first}" is filled, but also "{others:", "}"',
        remedy="Save the sheet to be read as a file of its own",
        first=first[:_TITLE],
        others=[title[:_TITLE] for title in others[:_TITLES]],
        n=n_more,
    )


def _within(rows: Iterator[tuple[int, tuple[Any, ...]]], limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    n_cells = 0
    for line, values in rows:
        if line > limits.rows:
            raise UnsafeFile("the sheet has more than {most:,} rows", remedy=_HONEST, most=limits.rows)
        if len(values) > limits.columns:
            raise UnsafeFile("row {n} has more than {most:,} cells", remedy=_HONEST, n=line, most=limits.columns)
        filled = _cut(values)
        n_cells += len(filled)
        if n_cells > limits.cells:
            raise UnsafeFile("the sheet has more than {most:,} cells", remedy=_HONEST, most=limits.cells)
        if filled:
            yield line, filled


def _cut(values: tuple[Any, ...]) -> list[Any]:
    last = next((i for i in range(len(values), 0, -1) if values[i - 1] not in (None, "")), 0)
    return list(values[:last])


def _require_safe_parts(stream: BinaryIO, limits: Limits) -> None:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise InputError("the spreadsheet is damaged or cut short", remedy=_AGAIN) from None
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > limits.unzipped or len(parts) > 10_000:
        raise UnsafeFile("the spreadsheet unpacks to more than {n:,} MiB", remedy=_HONEST, n=limits.unzipped >> 20)
    for part in parts:
        if part.file_size >= limits.ratio_from and part.file_size > limits.ratio * max(part.compress_size, 1):
            raise UnsafeFile("a part unpacks to more than {most} times its size", remedy=_HONEST, most=limits.ratio)
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            with archive.open(part) as xml:
                _require_no_doctype(xml)


class _RootReached(Exception):
    """The first element starts: a document type can no longer follow."""


def _require_no_doctype(xml: IO[bytes]) -> None:
    """Refuse a document type before any parser that would expand its entities sees it; no spreadsheet needs one."""

    def reached(*_: object) -> None:
        raise _RootReached

    def refused(*_: object) -> None:
        raise UnsafeFile("the spreadsheet declares XML entities, as only an attack does", remedy=_HONEST)

    parser = expat.ParserCreate()
    parser.StartElementHandler = reached
    parser.StartDoctypeDeclHandler = refused
    try:
        while block := xml.read(4096):
            parser.Parse(block)
    except (_RootReached, expat.ExpatError):
        return  # broken XML is reported by the reader proper, with the damage it does


def _as_text(value: Any) -> str | None:
    """A cell as a person sees it, or None where it is blank."""
    if value is None or isinstance(value, str):
        return _ESCAPED.sub(_unescaped, value) if value and "_x" in value else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (int, timedelta)) else repr(value)


def _unescaped(match: re.Match[str]) -> str:
    """`_x000D_` is how a workbook spells a character that XML cannot hold; half a surrogate pair stays as spelled."""
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


if __name__ == "__main__":
    _main()
