"""What a file is, by its first bytes before its name; and its bytes, unpacked under a limit."""

from __future__ import annotations

import gzip
import io
import os
import re
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, cast

import zstandard

from setright.intake.encoding import MAX_LINE, marked_encoding
from setright.intake.errors import InputError, UnsafeFile

Format = Literal["delimited", "json", "parquet", "xlsx"]
Packing = Literal["", "gzip", "zstd"]

HEAD: Final = 1 << 20
"""Bytes looked at to tell format and delimiter; kept in memory where a stream cannot be read twice."""

MAX_HELD: Final = 1 << 30
"""Bytes of Parquet or XLSX from a stream, which must be held in memory because they are read from their end."""

_RATIO: Final = 500
_RATIO_FROM: Final = 1 << 27
"""Repetitive tables pack 200 : 1; deflate cannot exceed 1,032 : 1. Below 128 MiB a bomb harms nobody."""

_AGAIN: Final = "Fetch or pack it again"
_EXPORT: Final = "Export the table as CSV"
_PARQUET: Final = "Save it as Parquet"
_REPACK: Final = "Unpack it, or pack it with gzip or zstd"
_TABLE: Final = "Hand in a table"
_UNPACK: Final = "Unpack it first"
_XLSX_FIX: Final = "Save it as XLSX, CSV or Parquet"
_OTHERS: Final = {
    b"%PDF": InputError(
        "this is a PDF document, not a table we read", remedy="Hand in the table it was made from, as CSV or XLSX"
    ),
    b"\xd0\xcf\x11\xe0": InputError(
        "this is an old Excel or Word file, or one with a password, not a table we read", remedy=_XLSX_FIX
    ),
    b"BZh": InputError("this is packed with bzip2, not a table we read", remedy=_REPACK),
    b"\xfd7zXZ": InputError("this is packed with xz, not a table we read", remedy=_REPACK),
    b"7z\xbc\xaf": InputError("this is a 7-Zip archive, not a table we read", remedy=_UNPACK),
    b"Rar!": InputError("this is a RAR archive, not a table we read", remedy=_UNPACK),
    b"\x89PNG": InputError("this is a PNG picture, not a table we read", remedy=_TABLE),
    b"\xff\xd8\xff": InputError("this is a JPEG picture, not a table we read", remedy=_TABLE),
    b"GIF8": InputError("this is a GIF picture, not a table we read", remedy=_TABLE),
    b"SQLite format 3": InputError("this is an SQLite database, not a table we read", remedy=_EXPORT),
    b"ARROW1": InputError("this is an Arrow file, not a table we read", remedy=_PARQUET),
    b"Obj\x01": InputError("this is an Avro file, not a table we read", remedy=_PARQUET),
    b"{\\rtf": InputError("this is an RTF document, not a table we read", remedy=_TABLE),
    b"\x7fELF": InputError("this is a program, not a table we read", remedy=_TABLE),
}
_INSIDE_ZIP: Final = {
    b"xl/": None,
    b"word/": InputError("this is a Word document, not a table we read", remedy=_XLSX_FIX),
    b"ppt/": InputError("this is a PowerPoint presentation, not a table we read", remedy=_XLSX_FIX),
    b"mimetypeapplication/vnd.oasis": InputError("this is an OpenDocument file, not a table we read", remedy=_XLSX_FIX),
    b"mimetypeapplication/epub": InputError("this is an EPUB book, not a table we read", remedy=_XLSX_FIX),
}
_BY_SUFFIX: Final[dict[str, Format]] = {
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".txt": "delimited",
    ".tab": "delimited",
}


@dataclass(frozen=True)
class Source:
    """Something to read bytes from: a path, or an open stream.

    `is_stream` is true where the bytes cannot be had a second time (standard input, a socket's file).
    """

    path: Path | None
    stream: BinaryIO | None = None

    @property
    def name(self) -> str:
        if self.path is not None:
            return str(self.path)
        given = getattr(self.stream, "name", None)
        return given if isinstance(given, str) and given != "<stdin>" else "standard input"

    @property
    def is_stream(self) -> bool:
        return self.stream is not None and not self.stream.seekable()

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes from their beginning; InputError where there are none to be had."""
        if self.stream is not None:
            if self.stream.seekable():
                self.stream.seek(0)
            yield self.stream
            return
        with _open(cast(Path, self.path)) as stream:
            yield stream


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise InputError("this is a directory", where=str(path), remedy="Name the files in it")
        return path.open("rb")
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path), remedy="Check the name and the folder") from None
    except PermissionError:
        raise InputError(
            "you may not read this file", where=str(path), remedy="Ask its owner, or run as a user who may"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            "the file cannot be opened ({reason})", where=str(path), remedy="Check the name", reason=reason
        ) from None


class Prefixed(io.RawIOBase):
    """A stream with bytes that were read from it already put back in front."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._head[: len(buffer)] if self._head else memoryview(self._rest.read(len(buffer)) or b"")
        self._head = self._head[len(chunk) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Unpacked(io.RawIOBase):
    """Unpacks gzip or zstd block by block; a cut or damaged file and a bomb raise instead of ending quietly."""

    def __init__(self, packed: BinaryIO, packing: Packing, where: str) -> None:
        self._packed, self._packing, self._where = packed, packing, where
        self._n_in = self._n_out = 0
        self._ready = memoryview(b"")
        self._waiting = b""
        self._open_frame: Any = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            try:
                piece = self._next_piece()
            except (zlib.error, zstandard.ZstdError, gzip.BadGzipFile) as error:
                raise InputError(
                    "the {packing} file cannot be unpacked: it is damaged ({error})",
                    where=self._where,
                    remedy=_AGAIN,
                    packing=self._packing,
                    error=str(error),
                ) from None
            if piece is None:
                return 0
            self._n_out += len(piece)
            self._require_sane_ratio()
            self._ready = memoryview(piece)
        chunk = self._ready[: len(buffer)]
        self._ready = self._ready[len(chunk) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _next_piece(self) -> bytes | None:
        """The next unpacked bytes (perhaps none yet), or None at the end of the last frame."""
        fresh = self._waiting or self._packed.read(_STEP[self._packing])
        self._waiting = b""
        if not fresh:
            if self._open_frame is not None:
                raise InputError(
                    "the {packing} file cannot be unpacked: it ends in the middle",
                    where=self._where,
                    remedy=_AGAIN,
                    packing=self._packing,
                )
            return None
        if self._open_frame is None:
            if self._packing == "gzip" and not fresh.strip(b"\0"):
                return b""  # padding after the last member, as gzip itself allows
            self._open_frame = _FRAMES[self._packing]()
        frame = self._open_frame
        piece: bytes = frame.decompress(fresh, HEAD) if self._packing == "gzip" else frame.decompress(fresh)
        self._n_in += len(fresh)
        self._waiting = frame.unused_data if frame.eof else getattr(frame, "unconsumed_tail", b"")
        self._n_in -= len(self._waiting)
        if frame.eof:
            self._open_frame = None
        return piece

    def _require_sane_ratio(self) -> None:
        if self._n_out > _RATIO_FROM and self._n_out > _RATIO * self._n_in:
            raise UnsafeFile(
                "the {packing} file unpacks to more than {most} times its size",
                where=self._where,
                remedy="If it is honest, unpack it yourself and hand in the result",
                packing=self._packing,
                most=_RATIO,
            )


_STEP: Final[dict[str, int]] = {"gzip": 1 << 16, "zstd": 1 << 10}
"""Bytes unpacked at once. A zstd byte may stand for 32,768 others, and its unpacker knows no limit."""


def _zstd_frame() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()


_FRAMES: Final[dict[str, Callable[[], Any]]] = {"gzip": lambda: zlib.decompressobj(wbits=31), "zstd": _zstd_frame}


def packing_of(head: bytes) -> Packing:
    """How the bytes are packed, by their first four."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else ""


def unpacked(stream: BinaryIO, packing: Packing, where: str) -> BinaryIO:
    """A buffered stream of the plain bytes; InputError or UnsafeFile while reading where they cannot be had."""
    if not packing:
        return stream if isinstance(stream, io.BufferedIOBase) else io.BufferedReader(cast(io.RawIOBase, stream), HEAD)
    return io.BufferedReader(_Unpacked(stream, packing, where), HEAD)


def format_of(head: bytes, where: str, *, packed: bool = False) -> Format:
    """Tell a file's format by its first bytes, then by its name.

    Raises
    ------
    InputError
        Where the bytes are something we do not read, or not what the name says.
    """
    claimed = _claimed(where)
    found = _by_content(head, where, claimed)
    if packed and found in ("parquet", "xlsx"):
        raise InputError(
            "a packed {format} file",
            where=where,
            remedy="Unpack it: it is packed inside already",
            format=found.upper(),
        )
    if claimed in ("parquet", "xlsx") and found in ("delimited", "json"):
        raise InputError(
            "the name says {format}, but it holds text",
            where=where,
            remedy="Rename it to .csv or .jsonl",
            format=claimed.upper(),
        )
    return found


def _claimed(where: str) -> Format | None:
    plain = Path(where).with_suffix("") if Path(where).suffix.lower() in (".gz", ".zst", ".gzip") else Path(where)
    return _BY_SUFFIX.get(plain.suffix.lower())


def _by_content(head: bytes, where: str, claimed: Format | None) -> Format:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return _inside_zip(head, where)
    for magic, trouble in _OTHERS.items():
        if head.startswith(magic):
            raise trouble.at(where)
    if claimed in ("json", "delimited"):
        _require_text(head, where)
    return _kind_of_text(head, where, claimed)


def _inside_zip(head: bytes, where: str) -> Format:
    for marker, trouble in _INSIDE_ZIP.items():
        if marker in head[: 1 << 16]:
            if trouble is None:
                return "xlsx"
            raise trouble.at(where)
    if _claimed(where) == "xlsx":
        return "xlsx"
    raise InputError("this is a ZIP archive", where=where, remedy="Unpack it and name the files in it")


def _require_text(head: bytes, where: str) -> None:
    if marked_encoding(head) is None and head[:4096].count(0) > 0.3 * len(head[:4096]):
        raise InputError("the file holds binary data, not text", where=where, remedy=_EXPORT)


def _kind_of_text(head: bytes, where: str, claimed: Format | None) -> Format:
    _require_text(head, where)
    start = head.decode(marked_encoding(head) or "utf-8", "replace").lstrip("\ufeff \t\r\n")
    if start[:64].lower().startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise InputError("this is a web page or XML, not a table we read", where=where, remedy=_XLSX_FIX)
    if re.match(r"\[\s*\{", start):
        raise InputError("this is one JSON array", where=where, remedy="Write one JSON object a line instead")
    return "json" if claimed == "json" or start.startswith("{") else "delimited"


def held(stream: BinaryIO, where: str) -> BinaryIO:
    """A copy of a stream's bytes in memory, seekable and with a descriptor; InputError past `MAX_HELD`."""
    descriptor = os.memfd_create("setright")
    memory = os.fdopen(descriptor, "w+b", closefd=False)
    weakref.finalize(memory, os.close, descriptor)  # whoever holds the source last lets the memory go
    size = 0
    while block := stream.read(HEAD):
        size += len(block)
        if size > MAX_HELD:
            raise InputError(
                "more than {most} GiB from a stream",
                where=where,
                remedy="Save it to a file and name that",
                most=MAX_HELD >> 30,
            )
        memory.write(block)
    memory.flush()
    memory.seek(0)
    return memory


def readline_bounded(stream: io.TextIOBase, number: int, where: str) -> str:
    """One line with its end; InputError where it is longer than memory should hold."""
    line = stream.readline(MAX_LINE)
    if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
        raise InputError(
            "the line is longer than {most:,} characters",
            where=where,
            line=number,
            remedy="Put one row on each line",
            most=MAX_LINE,
        )
    return line
