"""Which encoding a text file is in, and where its bytes cannot be read.

The rule, for a file that does not say by a byte order mark:

1. every line is UTF-8: UTF-8;
2. at most one line in a thousand is not: UTF-8, and those rows are unreadable (`undecodable bytes`);
3. nearly none of the lines with bytes beyond ASCII is UTF-8, and one of GB18030 and Shift-JIS reads them as common
   characters, all but one line in a thousand: that encoding;
4. anything else is trouble with the file: the first bad line is named, with its bytes.

Bytes that spell a lone surrogate in UTF-8 do not count as bad here: they damage their row, not the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from setright.intake.errors import InputError

TOLERATED: Final = 0.001
"""The share of lines or rows that may be undecodable before the whole file is in trouble."""

MARK: Final = "setright.mark"
"""A codec error handler: every byte that cannot be decoded becomes U+DC00 + byte, a lone surrogate to find it by."""

MAX_LINE: Final = 8_000_000
"""Characters (bytes while still encoded) of one line; more is no table of rows, and would not fit in memory."""

Opener = Callable[[], AbstractContextManager[BinaryIO]]

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SPELLED_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_MARKED_SURROGATE: Final = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
_MARKED: Final = re.compile("[\udc80-\udcff]")
_SAMPLE_BYTES: Final = 1 << 18
_BLOCK: Final = 1 << 20
_NOT_OF_FILES: Final = frozenset(("idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape"))
_TRY: Final = "Try utf-8, utf-16, gb18030, shift-jis or windows-1252"
_ONE: Final = "Save the whole file in one encoding, best UTF-8, or name its encoding"
_NAMES: Final = {"gb18030": "GB18030 (GBK)", "cp932": "Shift-JIS"}


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), error.end


codecs.register_error(MARK, _mark)


def damage(cell: str, encoding: str) -> str | None:
    """Why a decoded cell cannot be read ("lone surrogate", "undecodable bytes"), or None."""
    if _is_sound(cell):
        return None
    if encoding.startswith(("utf-16", "utf-32")):
        return "lone surrogate"
    return "undecodable bytes" if _MARKED.search(_MARKED_SURROGATE.sub("", cell)) else "lone surrogate"


def _is_sound(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def known_encoding(name: str) -> str:
    """The codec's own name for an encoding a user asked for; InputError where there is none."""
    try:
        "".encode(name)
        is_of_files = codecs.lookup(name).name not in _NOT_OF_FILES
    except (LookupError, TypeError, ValueError):
        raise InputError('no encoding is called "{name}"', remedy=_TRY, name=name) from None
    if not is_of_files:
        raise InputError('"{name}" is no encoding of text files', remedy=_TRY, name=name)
    return name


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a file's first bytes declare: a byte order mark, or the zeros of two letters in bare UTF-16."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    first = [byte == 0 for byte in head[:4]]
    if first == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if first == [True, False, True, False] else None


@dataclass
class _Census:
    """Lines of a file, by whether they are UTF-8."""

    n_lines: int = 0
    n_good: int = 0  # lines with bytes beyond ASCII that are UTF-8
    n_bad: int = 0
    first_bad: tuple[int, bytes] = (0, b"")
    sample: list[bytes] = field(default_factory=list)


def find_encoding(opened: Opener, where: str) -> str:
    """Decide the encoding of a whole file that has no byte order mark, by the rule above.

    Parameters
    ----------
    opened : callable
        Gives a context manager with the file's bytes from their beginning, each time it is called; they are read to
        the end, up to three times, block by block.
    where : str
        The file's name, for messages.

    Raises
    ------
    InputError
        Where the bytes are in no encoding we know, or in several.
    """
    with opened() as stream:
        if _is_utf8(stream):
            return "utf-8"
    with opened() as stream:
        census = _counted(stream)
    if not census.n_bad:
        return "utf-8"
    legacy = _plausible(census.sample) if census.n_good <= 0.02 * (census.n_good + census.n_bad) else None
    if legacy is None and census.n_bad <= TOLERATED * census.n_lines:
        return "utf-8"
    if legacy is None:
        raise _mixed(census, where)
    with opened() as stream:
        _require_decodes(stream, legacy, where)
    return legacy


def _is_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        yield number, line


def _counted(stream: BinaryIO) -> _Census:
    census = _Census()
    size = 0
    for number, line in _lines(stream):
        census.n_lines = number
        if line.isascii():
            continue
        if (error := _error_in(line, "utf-8")) is None:
            census.n_good += 1
            continue
        if not census.n_bad:
            census.first_bad = number, line[error.start : error.start + 4]
        census.n_bad += 1
        if size < _SAMPLE_BYTES:
            census.sample.append(line)
            size += len(line)
    return census


def _error_in(line: bytes, encoding: str) -> UnicodeDecodeError | None:
    try:
        line.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and _SPELLED_SURROGATE.match(line, error.start):
            return _error_in(_SPELLED_SURROGATE.sub(b"???", line), encoding)
        return error
    return None


def _plausible(sample: list[bytes]) -> str | None:
    scores = {name: _share_common(sample, name) for name in ("gb18030", "cp932")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 0.75 else None


def _share_common(sample: list[bytes], encoding: str) -> float:
    """The share of characters beyond ASCII that everyday writing uses; 0 where most lines do not decode."""
    text = "".join(line.decode(encoding) for line in sample if _error_in(line, encoding) is None)
    n_failed = sum(_error_in(line, encoding) is not None for line in sample)
    beyond = [char for char in text if not char.isascii()]
    if not beyond or n_failed > 0.2 * len(sample):
        return 0.0
    everyday = _is_everyday_chinese if encoding == "gb18030" else _is_everyday_japanese
    return sum(map(everyday, beyond)) / len(beyond)


def _is_everyday_chinese(char: str) -> bool:
    """Level 1 of GB 2312 (its 3,755 most used characters), and its punctuation and full-width forms."""
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and (0xB0 <= code[0] <= 0xD7 or 0xA1 <= code[0] <= 0xA3)


def _is_everyday_japanese(char: str) -> bool:
    """Kana, level 1 of JIS X 0208, punctuation; not the half-width kana that Chinese bytes turn into."""
    code = char.encode("cp932", "ignore")
    return len(code) == 2 and 0x81 <= code[0] <= 0x98


def _require_decodes(stream: BinaryIO, encoding: str, where: str) -> None:
    n_lines = n_bad = 0
    first: tuple[int, bytes] | None = None
    for n_lines, line in _lines(stream):
        if (error := _error_in(line, encoding)) is not None:
            first = first or (n_lines, line[error.start : error.start + 4])
            n_bad += 1
    if first and n_bad > TOLERATED * n_lines:
        raise InputError(
            "the bytes {bad} are not {encoding}, as the lines before it seem to be",
            where=where,
            line=first[0],
            remedy=_ONE,
            bad=_spelled(first[1]),
            encoding=_NAMES[encoding],
        )


def _mixed(census: _Census, where: str) -> InputError:
    line, bad = census.first_bad[0], _spelled(census.first_bad[1])
    if not census.n_good:
        return InputError(
            "the bytes {bad} are not UTF-8, nor is the file GB18030 or Shift-JIS",
            where=where,
            line=line,
            remedy=_ONE,
            bad=bad,
        )
    return InputError(
        "the bytes {bad} are not UTF-8, as {n:,} other lines are",
        where=where,
        line=line,
        remedy=_ONE,
        bad=bad,
        n=census.n_good,
    )


def _spelled(bad: bytes) -> str:
    return bad.hex(" ").upper()
