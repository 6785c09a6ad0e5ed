"""The sample as a person gets it, and what is read back from it."""

from __future__ import annotations

import io
from dataclasses import fields, replace

import openpyxl
import pyarrow as pa
import pytest

from setright.intake.errors import InputError
from setright.intake.personal import mask_span
from setright.sift.register.sample import Question, is_answered, questions, read_answers, sample_book
from setright.sift.result import STATE_POINTS, State
from setright.sift.tables import INPUT, PROBLEMS

ASKED = [
    Question("The lift is broken", "Broken lift", ("lift out of order", "no lift")),
    Question("=1+1", "No bus", ()),
    Question("Ring 020 7946 0958", "No bus", ("the last bus leaves at eight",)),
]


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content)).active


def filled(answers, *, lang="en", name="A1B2C3"):
    """The workbook as it comes back, with the answers of its first lines."""
    book = openpyxl.load_workbook(io.BytesIO(sample_book(ASKED, name=name, lang=lang)))
    for row, answer in enumerate(answers, start=2):
        book.active.cell(row, 5).value = answer
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_sample_book_has_a_line_a_question_and_room_for_answers():
    sheet = opened(sample_book(ASKED, name="A1B2C3", lang="en"))
    assert [c.value for c in sheet[1]] == [
        "Pair",
        "This person says",
        "The problem",
        "How others say this problem",
        "Does this person say this problem? yes / no / ?",
        "Remark",
    ]
    assert [[c.value for c in row][:4] for row in sheet.iter_rows(min_row=2)] == [
        ["A1B2C3-001", "The lift is broken", "Broken lift", "· lift out of order\n· no lift"],
        ["A1B2C3-002", "'=1+1", "No bus", ""],
        ["A1B2C3-003", "Ring 020 7946 0958", "No bus", "· the last bus leaves at eight"],
    ]


@pytest.mark.parametrize(("lang", "allowed"), [("en", '"yes,no,?"'), ("zh", '"是,否,不确定"')])
def test_sample_book_offers_the_answers_there_are_in_its_language(lang, allowed):
    sheet = opened(sample_book(ASKED, name="A1B2C3", lang=lang))
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref)) == ("list", allowed, "E2:E4")


def test_sample_book_is_the_same_for_the_same_questions():
    assert sample_book(ASKED, name="A1B2C3", lang="zh") == sample_book(ASKED, name="A1B2C3", lang="zh")


@pytest.mark.parametrize(
    ("lang", "written"),
    [
        ("en", ["yes", "no", "?"]),
        ("en", [" Y", "NO ", "unsure"]),
        ("zh", ["是", "否", "不确定"]),
        ("zh", ["yes", "不是", "？"]),
    ],
)
def test_answers_are_read_in_either_language(lang, written):
    assert read_answers(filled(written, lang=lang), "x.xlsx") == ("A1B2C3", {0: True, 1: False, 2: None})


def test_blank_answers_are_not_there():
    assert read_answers(filled([None, "no"]), "x.xlsx") == ("A1B2C3", {1: False})


def test_answers_are_read_from_csv_too():
    text = "Pair,Does this person say this problem? yes / no / ?\nA1B2C3-002,yes\n"
    assert read_answers(text.encode(), "x.csv") == ("A1B2C3", {1: True})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (filled(["maybe"]), 'x.xlsx, line 2: "maybe" is no answer. Write yes, no or ? (是, 否 or 不确定).'),
        (b"id,text\n1,lift\n", "no column called Pair, Does this person say this problem?"),
        (b"pair,answer\n17,yes\n", "x.xlsx, line 2: this line has no pair's number"),
        (b"pair,answer\nA1B2C3-001,yes\nA1B2C3-001,no\n", "line 3: A1B2C3-001 was answered twice, differently"),
        (b"pair,answer\nA1B2C3-001,yes\nFFFFFF-001,no\n", "holds pairs of 2 samples"),
        (b"pair,answer\n", "x.xlsx: holds no pair"),
    ],
)
def test_what_is_no_sample_is_told_in_one_sentence(content, told):
    with pytest.raises(InputError) as error:
        read_answers(content, "x.xlsx")
    assert told in str(error.value)
    assert str(error.value).count("\n") == 0


def test_sample_counts_as_answered_once_somebody_began():
    assert [is_answered(filled(answers), "x") for answers in ([], ["no"], ["maybe"])] == [False, True, True]
    assert is_answered(b"my thesis", "x")


# ----------------------------------------------------------------------------------------------------------- questions

SAID = [
    "The lift is broken. My number is 020 7946 0958.",
    "lift out of order",
    "Lift broken again",
    "The lift is broken.",
    "no bus",
]


def told(texts, quotes):
    """State and problems of a register where every row is one point; problem P says what is quoted."""
    n = len(texts)
    ids, row = pa.array([f"r{i}" for i in range(n)], pa.large_string()), pa.array(range(n), pa.int64())
    rows = {"row": row, "id": ids, "text": pa.array(texts, pa.large_string())}
    ends = pa.array([19 if i == 0 else len(t) for i, t in enumerate(texts)], pa.int32())
    points = {"row": row, "id": ids, "start": pa.array([0] * n, pa.int32()), "end": ends}
    empty = {f.name: pa.table({}) for f in fields(State)}
    state = replace(
        State(**empty),
        rows=pa.table({f.name: rows.get(f.name, pa.nulls(n, f.type)) for f in INPUT}),
        points=pa.table([points.get(f.name, pa.nulls(n, f.type)) for f in STATE_POINTS], schema=STATE_POINTS),
    )
    said = [{"id": f"r{i}", "start": 0, "end": ends[i].as_py()} for i in quotes]
    values = {"problem": ["P-1"], "title": ["Broken lift"], "quotes": [said]}
    problems = pa.table([values.get(f.name, pa.nulls(1, f.type)) for f in PROBLEMS], schema=PROBLEMS)
    return state, problems


def test_question_shows_the_point_the_title_and_quotes_of_others():
    state, problems = told(SAID, [1, 2])
    assert questions([(4, "P-1")], state, problems, mask_span) == [
        Question("no bus", "Broken lift", ("lift out of order", "Lift broken again"))
    ]


def test_question_never_quotes_the_point_itself():
    state, problems = told(SAID, [0, 1, 3])
    (found,) = questions([(3, "P-1")], state, problems, mask_span)
    assert found.quotes == ("lift out of order",)


def test_question_quotes_three_at_most_and_each_wording_once():
    state, problems = told(["no bus", "a lift", "b lift", "b lift", "c lift", "d lift"], [1, 2, 3, 4, 5])
    (found,) = questions([(0, "P-1")], state, problems, mask_span)
    assert found.quotes == ("a lift", "b lift", "c lift")


def test_question_masks_words_as_the_register_does():
    state, problems = told(["Call me on 020 7946 0958 please", "Mail bo@example.org about the lift"], [1])
    (found,) = questions([(0, "P-1")], state, problems, lambda text, start, end: mask_span(text, 0, len(text)))
    shown = (found.words, *found.quotes)
    assert [word in "".join(shown) for word in ("7946", "bo@example.org")] == [False, False]
