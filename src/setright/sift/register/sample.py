"""An audit's sample as a workbook for a person to fill in, and the answers read back from it."""

from __future__ import annotations

import datetime
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from setright.intake.errors import InputError
from setright.intake.listing import read_listing
from setright.sift.register.book import Book, Limits, styles
from setright.sift.register.facts import Lang
from setright.sift.register.words import Say
from setright.sift.result import State

_MADE: Final = datetime.datetime(2000, 1, 1)  # a fixed time, so that the same sample makes the same bytes
_N_QUOTES: Final = 3
_COLUMNS: Final = (
    ("pair", ("编号", "Pair"), 14.0),
    ("words", ("这个人说", "This person says"), 60.0),
    ("problem", ("问题", "The problem"), 34.0),
    ("quotes", ("别人是这样说这个问题的", "How others say this problem"), 60.0),
    ("answer", ("这个人说的是这个问题吗？是 / 否 / 不确定", "Does this person say this problem? yes / no / ?"), 20.0),
    ("remark", ("备注", "Remark"), 30.0),
)
_ANSWERS: Final = (("是", "否", "不确定"), ("yes", "no", "?"))
_SHEET: Final = ("抽查", "Sample")
_HELP: Final = (
    "只看这个人的话：说的是不是左边这个问题？拿不准填“不确定”。",
    "By these words alone: does the person say the problem on the left? Where you cannot tell: ?",
)
_MEANING: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("yes", "y", "是", "对", "true"), True),
    **dict.fromkeys(("no", "n", "否", "不是", "false"), False),
    **dict.fromkeys(("?", "unsure", "不确定", "拿不准", "不知道"), None),
}
_PAIR: Final = re.compile(r"([0-9A-F]{6})-(\d{1,9})")
_REMEDY: Final = "Give the workbook that setright audit drew from this register, with its columns as they were"


@dataclass(frozen=True, slots=True)
class Question:
    """A pair as a person sees it."""

    words: str
    title: str
    quotes: tuple[str, ...]


def questions(
    pairs: Sequence[tuple[int, str]], state: State, problems: pa.Table, shown: Callable[[str, int, int], str]
) -> list[Question]:
    """What a person sees of each pair; nothing in it tells where the point was put.

    Parameters
    ----------
    pairs : sequence of (int, str)
        A line of the assignments, and a problem.
    state : State
        Its points are the lines of the assignments; its rows hold the words.
    problems : pyarrow.Table
        `tables.PROBLEMS`.
    shown : callable
        As `write_register` takes it.

    Returns
    -------
    list of Question
        Quotes are at most three of the problem's own, each once, without those that say what the point says.
    """
    said = _said([line for line, _ in pairs], state, shown)
    asked = problems.filter(pc.is_in(problems["problem"], value_set=pa.array(sorted({p for _, p in pairs}))))
    titles = dict(zip(asked["problem"].to_pylist(), asked["title"].to_pylist(), strict=True))
    quotes = _quotes(asked, state, shown)
    return [
        Question(words, titles[problem] or "", tuple(q for q in quotes[problem] if q != words)[:_N_QUOTES])
        for words, (_, problem) in zip(said, pairs, strict=True)
    ]


def _said(lines: Sequence[int], state: State, shown: Callable[[str, int, int], str]) -> list[str]:
    some = state.points.select(["row", "start", "end"]).take(pa.array(lines, pa.int64()))
    texts = state.rows["text"].take(some["row"].combine_chunks()).to_pylist()
    spans = zip(texts, some["start"].to_pylist(), some["end"].to_pylist(), strict=True)
    return ["" if text is None else shown(text, start, end) for text, start, end in spans]


def _quotes(problems: pa.Table, state: State, shown: Callable[[str, int, int], str]) -> dict[str, list[str]]:
    """The words of the quotes that the register names, by problem; each wording once."""
    named = {p: q or [] for p, q in zip(*(problems[c].to_pylist() for c in ("problem", "quotes")), strict=True)}
    ids = pa.array(sorted({q["id"] for some in named.values() for q in some}), pa.large_string())
    hits = pc.indices_nonzero(pc.is_in(state.points["id"], value_set=ids))
    keys = state.points.select(["id", "start", "end"]).take(hits).to_pylist()
    line: dict[tuple[Any, ...], int] = {}
    for key, hit in zip(keys, hits.to_pylist(), strict=True):
        line.setdefault(tuple(key.values()), hit)
    found = {
        p: [line[key] for q in some if (key := (q["id"], q["start"], q["end"])) in line] for p, some in named.items()
    }
    return {p: list(dict.fromkeys(filter(None, _said(lines, state, shown)))) for p, lines in found.items()}


def sample_book(asked: Sequence[Question], *, name: str, lang: Lang) -> bytes:
    """The workbook: one line a question, in the order given, with room for an answer and a remark.

    Parameters
    ----------
    asked : sequence of Question
    name : str
        Of the sample: six hexadecimal digits, which begin the number of each pair.
    lang : {"zh", "en"}

    Returns
    -------
    bytes
        Of the xlsx file; the same for the same arguments.
    """
    at, made = 0 if lang == "zh" else 1, io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    file = xlsxwriter.Workbook(made, options)
    file.set_properties({"title": "Setright", "created": _MADE})
    book = Book(file, Say(lang), Limits(), styles(file), [], masked=True)
    sheet = book.sheet(_SHEET[at], [(heads[at], width) for _, heads, width in _COLUMNS])
    for row, each in enumerate(asked, start=1):
        cells = (f"{name}-{row:03d}", each.words, each.title, "\n".join(f"· {quote}" for quote in each.quotes))
        for column, words in enumerate(cells):
            book.write(sheet, (row, column), words, "wrap" if column else "text")
    answer = [key for key, _, _ in _COLUMNS].index("answer")
    allowed = {"validate": "list", "source": list(_ANSWERS[at]), "input_message": _HELP[at], "ignore_blank": True}
    sheet.data_validation(1, answer, max(len(asked), 1), answer, allowed)
    sheet.freeze_panes(1, 1)
    file.close()
    return made.getvalue()


def read_answers(content: bytes, where: str) -> tuple[str, dict[int, bool | None]]:
    """The answers a person gave, in either language.

    Parameters
    ----------
    content : bytes
        The workbook as it came back, or its sheet as CSV.
    where : str
        Its name, for messages.

    Returns
    -------
    name : str
        Of the sample they answer.
    answers : dict of int to bool or None
        By question, from 0 on: yes, no or unsure; what was left blank is not there.

    Raises
    ------
    InputError
        When it is no sample, holds two, an answer cannot be understood, or one pair has two answers.
    """
    names = {key: heads[::-1] for key, heads, _ in _COLUMNS if key in ("pair", "answer")}  # English is told first
    lines = read_listing(content, where, names, list(names))
    found: dict[str, dict[int, bool | None]] = {}
    for number, cells in ((line.number, line.cells) for line in lines):
        pair = _PAIR.fullmatch(cells["pair"].strip())
        if pair is None:
            raise InputError("this line has no pair's number", where=where, line=number, remedy=_REMEDY)
        given = found.setdefault(pair[1], {})
        if (answer := cells["answer"].strip()) == "":
            continue
        question = int(pair[2]) - 1
        meant = _meant(answer, where, number)
        if given.setdefault(question, meant) is not meant:
            raise InputError(f"{pair[0]} was answered twice, differently", where=where, line=number, remedy="Keep one")
    return _only(found, where)


def _meant(answer: str, where: str, line: int) -> bool | None:
    key = unicodedata.normalize("NFKC", answer).casefold()
    if key not in _MEANING:
        what = f'"{answer[:20]}" is no answer'
        raise InputError(what, where=where, line=line, remedy="Write yes, no or ? (是, 否 or 不确定)")
    return _MEANING[key]


def _only(found: Mapping[str, dict[int, bool | None]], where: str) -> tuple[str, dict[int, bool | None]]:
    if len(found) > 1:
        raise InputError(f"holds pairs of {len(found)} samples", where=where, remedy="Give one sample at a time")
    for name, answers in found.items():
        return name, answers
    raise InputError("holds no pair", where=where, remedy=_REMEDY)


def is_answered(content: bytes, where: str) -> bool:
    """Whether somebody has begun to answer; a workbook that is no sample counts as somebody's work."""
    try:
        return bool(read_answers(content, where)[1])
    except InputError:
        return True
