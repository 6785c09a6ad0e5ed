import daft
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift.extract import distinct, input_rows, points
from setright.sift.tables import INPUT, POINTS


def quiet(_n):
    return


def found(*texts, troubles=None):
    table = {"text": pa.array(texts, pa.large_string())}
    if troubles:
        table["trouble"] = pa.array(troubles, pa.string())
    return points(input_rows(pa.table(table)), "auto", quiet)


def test_input_rows_fill_what_is_absent():
    rows = input_rows(pa.table({"text": ["a", "b"]}))
    assert rows.schema == INPUT
    assert rows.select(["row", "id", "file", "line"]).to_pylist() == [
        {"row": 0, "id": "0", "file": 0, "line": 1},
        {"row": 1, "id": "1", "file": 0, "line": 2},
    ]


def test_input_rows_come_in_order_of_row_whatever_order_they_had():
    table = pa.table({"row": pa.array([1, 0], pa.int64()), "text": ["second", "first"]})
    assert input_rows(daft.from_arrow(table))["text"].to_pylist() == ["first", "second"]


def test_input_is_not_changed():
    table = pa.table({"text": ["a  B", None]})
    before = table.to_pydict()
    points(input_rows(table), "auto", quiet)
    assert table.to_pydict() == before


def test_every_row_has_a_line_and_a_reason_where_it_has_no_point():
    table = found("The lift is broken", None, "   ", "Thank you!", "!!!", troubles=[None, None, None, None, None])
    assert table.schema == POINTS
    assert table.select(["row", "reason"]).to_pylist() == [
        {"row": 0, "reason": None},
        {"row": 1, "reason": "blank"},
        {"row": 2, "reason": "blank"},
        {"row": 3, "reason": "thanks"},
        {"row": 4, "reason": "no words"},
    ]


def test_trouble_of_a_row_is_its_reason():
    assert found("broken", None, troubles=[None, "NUL byte"])["reason"].to_pylist() == [None, "NUL byte"]


def test_points_slice_back_to_the_text_as_written():
    text = "１．电梯坏了三个星期没人修。２．末班车八点就没了，回不了家。"
    table = found(text)
    said = [text[s:e] for s, e in zip(table["start"].to_pylist(), table["end"].to_pylist(), strict=True)]
    assert said == ["电梯坏了三个星期没人修。", "末班车八点就没了，回不了家。"]


def test_same_words_in_other_dress_are_one_text():
    texts, text = distinct(found("The lift is BROKEN!!", "the  lift is broken", "no buses at night"))
    assert (text.tolist(), texts.n_submissions.tolist(), texts.first.tolist()) == ([0, 0, 1], [2, 1], [0, 2])


def test_lines_without_a_point_have_no_text():
    texts, text = distinct(found(None, "the lift is broken"))
    assert (text.tolist(), len(texts)) == ([-1, 0], 1)


@pytest.mark.parametrize("n", [0, 1])
def test_none_and_one_row(n):
    table = found(*["the lift is broken"] * n)
    texts, text = distinct(table)
    assert (table.num_rows, len(texts), len(text)) == (n, n, n)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=12))
def test_no_row_is_ever_lost(texts):
    safe = [t if t is None else t.encode("utf-8", "replace").decode() for t in texts]
    assert sorted(set(found(*safe)["row"].to_pylist())) == list(range(len(texts)))


def test_row_that_repeats_itself_is_one_submission():
    texts, _ = distinct(found("1. The lift is broken.\n2. No buses at night.\n3. The lift is broken."))
    assert dict(zip(texts.keys.to_pylist(), texts.n_submissions.tolist(), strict=True)) == {
        "the lift is broken": 1,
        "no buses at night": 1,
    }
