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
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO, Final
from xml.parsers import expat

import pyarrow as pa

from setright.intake.errors import InputError, UnsafeFile

LINE: Final = "line"
WIDTH: Final = "width"
"""The stream's first two columns: the sheet's row, and how many cells it fills. The sheet's own columns follow."""

_BATCH_ROWS: Final = 8192
_BATCH_CHARS: Final = 1 << 22
_REFUSED: Final = 3
_HONEST: Final = "If it is honest, save the sheet as CSV and hand that in"
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
    ratio : int
        How many times its packed size a part may unpack to, from `ratio_from` bytes on.
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


@contextmanager
def open_sheet(stream: BinaryIO, where: str, limits: Limits | None = None) -> Iterator[pa.RecordBatchReader]:
    """Open the first visible sheet with a row in it; its first row that is not blank names the columns.

    Parameters
    ----------
    stream : BinaryIO
        The file, with a descriptor the child can inherit (a path opened, or memory by `format.held`).
    where : str
        The file's name, for messages.
    limits : Limits, optional

    Yields
    ------
    pyarrow.RecordBatchReader
        Columns `line` (int64, the sheet's row), `width` (int32, up to the last filled cell), then one large_string per
        cell of the header row, in order. Cells are as a person sees them: a formula's last value, numbers without
        ".0", days and times in ISO form, TRUE and FALSE. Blank rows are no rows.

    Raises
    ------
    UnsafeFile
        A limit was reached, or the file declares XML entities.
    InputError
        The file is damaged, or has no sheet with a row.
    """
    with tempfile.SpooledTemporaryFile(0) if False else _pipe_for_errors() as complaints:
        child = _start(stream, limits or Limits(), complaints)
        try:
            assert child.stdout is not None  # noqa: S101
            yield _checked_reader(child, complaints, where)
        finally:
            _end(child)


def _pipe_for_errors() -> IO[bytes]:
    return os.fdopen(os.memfd_create("setright-errors"), "w+b")
