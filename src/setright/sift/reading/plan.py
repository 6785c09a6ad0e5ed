"""How each file will be read: settled before the first row, so that trouble with a file shows at once."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, cast

from setright.intake.delimited import Rows, find_delimiter, read_header
from setright.intake.encoding import MARK, find_encoding, known_encoding, marked_encoding
from setright.intake.errors import InputError
from setright.intake.format import HEAD, Format, Packing, Prefixed, Source, format_of, held, packing_of, unpacked
from setright.sift.reading.columns import Columns

_MAGIC: Final = 8
_SPELLED: Final[dict[Format, str]] = {"json": "JSON lines", "parquet": "Parquet", "xlsx": "XLSX", "delimited": "CSV"}


@dataclass(frozen=True)
class Plan:
    """What was found out about one file. Pickles where the source is a path.

    `is_guess` is true where the encoding was told by the beginning alone, or by the user: the rows then show whether
    it holds.
    """

    source: Source
    name: str
    format: Format
    packing: Packing = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    is_guess: bool = False

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file's bytes, unpacked."""
        with self.source.opened() as stream:
            yield unpacked(stream, self.packing, self.name)

    @contextmanager
    def opened_text(self) -> Iterator[io.TextIOBase]:
        """The file's characters, line ends as they are; the stream underneath stays open if it was given open."""
        with self.opened() as stream:
            text = io.TextIOWrapper(stream, encoding=self.encoding, errors=MARK, newline="")
            try:
                yield text
            finally:
                text.detach()


def planned(given: str | Path | BinaryIO, columns: Columns) -> Plan:
    """Look at a file's beginning (and, for its encoding, at all of it) and settle how to read it.

    Raises
    ------
    InputError
        Where it is not there, empty, nothing we read, in no one encoding, or without a column that was named; where a
        delimiter or encoding was told for a format that has none.
    """
    source = _source(given)
    if source.is_stream:
        return _planned_stream(source, columns)
    with source.opened() as stream:
        packing = packing_of(stream.read(_MAGIC))
        stream.seek(0)
        head = unpacked(stream, packing, source.name).read(HEAD)
    form = _format(head, source.name, packing)
    _require_options_fit(form, columns, source.name)
    plan = Plan(source, source.name, form, packing)
    if form in ("parquet", "xlsx"):
        return replace(plan, source=_with_descriptor(source))
    encoding = columns.encoding and known_encoding(columns.encoding)
    found = encoding or marked_encoding(head) or find_encoding(plan.opened, source.name)
    return _with_text(replace(plan, encoding=found, is_guess=encoding is not None), head, columns)


def _source(given: str | Path | BinaryIO) -> Source:
    if isinstance(given, str | Path):
        return Source(path=Path(given))
    return Source(path=None, stream=given)


def _with_descriptor(source: Source) -> Source:
    """Parquet and XLSX are read by others, from their end: bytes that are no file are held in memory."""
    if source.stream is None:
        return source
    try:
        source.stream.fileno()
    except OSError:
        with source.opened() as stream:
            return Source(path=None, stream=held(stream, source.name))
    return source


def _planned_stream(source: Source, columns: Columns) -> Plan:
    """As `planned`, for bytes that come once: what was looked at is put back in front."""
    stream, name = cast(BinaryIO, source.stream), source.name
    magic = _read(stream, _MAGIC)
    packing = packing_of(magic)
    plain = unpacked(_put_back(magic, stream), packing, name)
    head = _read(plain, HEAD)
    form = _format(head, name, packing)
    _require_options_fit(form, columns, name)
    whole = _put_back(head, plain)
    if form in ("parquet", "xlsx"):
        return Plan(Source(path=None, stream=held(whole, name)), name, form)
    sample = head[: head.rfind(b"\n") + 1] or head
    encoding = columns.encoding and known_encoding(columns.encoding)

    @contextmanager
    def sampled() -> Iterator[BinaryIO]:
        yield io.BytesIO(sample)

    found = encoding or marked_encoding(head) or find_encoding(sampled, name)
    plan = Plan(Source(path=None, stream=whole), name, form, encoding=found, is_guess=True)
    return _with_text(plan, head, columns)


def _put_back(head: bytes, rest: BinaryIO) -> BinaryIO:
    return io.BufferedReader(Prefixed(head, rest), HEAD)


def _read(stream: BinaryIO, n: int) -> bytes:
    """`n` bytes, or all there are: a pipe gives fewer at a time."""
    pieces = bytearray()
    while len(pieces) < n and (piece := stream.read(n - len(pieces))):
        pieces += piece
    return bytes(pieces)


def _format(head: bytes, name: str, packing: Packing) -> Format:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise InputError("the file is empty", where=name, remedy="Hand in a table with a line of column names")
    return format_of(head, name, packed=bool(packing))


def _require_options_fit(form: Format, columns: Columns, name: str) -> None:
    if columns.delimiter is not None and form != "delimited":
        raise _unfit(form, "delimiter", name)
    if columns.encoding is not None and form in ("parquet", "xlsx"):
        raise _unfit(form, "encoding", name)


def _unfit(form: Format, option: str, name: str) -> InputError:
    remedy = f"Leave the {option} out, or read this file apart"
    return InputError(f"{_SPELLED[form]} has no {option} to tell", where=name, remedy=remedy)


def _with_text(plan: Plan, head: bytes, columns: Columns) -> Plan:
    """The plan with its delimiter, once the columns are known to be there."""
    text = _decoded(head, plan)
    if plan.format == "json":
        columns.require_keys(text, plan.name)
        return plan
    delimiter = _delimiter(columns.delimiter) or find_delimiter(text, list(columns.named.values()))
    header = read_header(iter(Rows(io.StringIO(text, newline=""), delimiter, plan.name)))
    columns.places(header, plan.name)
    return replace(plan, delimiter=delimiter)


def _decoded(head: bytes, plan: Plan) -> str:
    try:
        return codecs.getincrementaldecoder(plan.encoding)(MARK).decode(head)
    except UnicodeError as error:  # told "utf-16" or "utf-32", which the byte order mark should complete
        raise InputError(
            f"the file does not start as {plan.encoding.upper()} does ({error})",
            where=plan.name,
            remedy=f"Leave the encoding out, or tell the byte order too, as in {plan.encoding}-le",
        ) from None


def _delimiter(given: str | None) -> str | None:
    if given is None:
        return None
    char = "\t" if given in ("tab", "\\t") else given
    if len(char) != 1 or char in '"\r\n':
        raise InputError(f'"{given}" cannot part cells', remedy='Name one character that is no quote, or "tab"')
    return char
